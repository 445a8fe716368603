import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { resolveHosts, rsaHostKeys } from "../../../settings/hosts.ts";
import { hostKeyIn } from "../../../settings/known-hosts.ts";
import { problemsOf } from "../../../settings/problems.ts";
import { readTarget } from "../../../settings/read-target.ts";
import type { SiteNode, SiteSsh } from "../../../settings/site.ts";
import { siteSchema } from "../../../settings/site-file.ts";
import { UserError } from "../../../support/errors.ts";
import { projectRoot } from "../../../support/paths.ts";
import { node, scenario, siteWith } from "./sites.ts";

const ed = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIJcssVmiPa1bT6NYUp7M8erN9192KyrQ2pFU0xsvu4GT";
const other = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIP2IsH+R8NgEix4ECzmul/tLooroIC5u4Nnlm6GFQIPr";
const rsa = "ssh-rsa AAAAB3NzaC1yc2E=";
const ecdsa = "ecdsa-sha2-nistp256 AAAAE2VjZHNh";

describe("known_hosts", () => {
    it("gives the key of a host by name or address, alone or in a list", () => {
        const text = `# comment\n\nother ${other}\na,10.0.0.1 ${ed} root@a\r\n`;
        assert.equal(hostKeyIn(text, "10.0.0.1", 22), ed);
        assert.equal(hostKeyIn(text, "a", 22), ed);
        assert.equal(hostKeyIn(text, "A", 22), ed, "names are the same in capitals");
        assert.equal(hostKeyIn(text, "10.0.0.10", 22), undefined);
        assert.equal(hostKeyIn("", "a", 22), undefined);
    });

    it("tells ports apart", () => {
        const text = `[a]:2222 ${ed}\na ${other}\n[fd00::1]:2222 ${rsa}\n`;
        assert.equal(hostKeyIn(text, "a", 2222), ed);
        assert.equal(hostKeyIn(text, "a", 22), other);
        assert.equal(hostKeyIn(text, "a", 2223), undefined);
        assert.equal(hostKeyIn(text, "fd00::1", 2222), rsa);
    });

    it("prefers the strongest type, and takes an unknown one rather than none", () => {
        const lines = [`a ${rsa}`, `a ${ecdsa}`, `a ${ed}`, "a ssh-new AAAA"];
        assert.equal(hostKeyIn(lines.join("\n"), "a", 22), ed);
        assert.equal(hostKeyIn([lines[3], lines[0]].join("\n"), "a", 22), rsa);
        assert.equal(hostKeyIn(lines[3] ?? "", "a", 22), "ssh-new AAAA");
    });

    it("takes no authority's key for a host's, and no key that is revoked", () => {
        assert.equal(hostKeyIn(`@cert-authority a ${ed}`, "a", 22), undefined);
        assert.equal(hostKeyIn(`@revoked * ${ed}\na ${ed}`, "a", 22), undefined);
        assert.equal(hostKeyIn(`@revoked * ${ed}\na ${ed}\na ${rsa}`, "a", 22), rsa);
    });

    it("reads names as ssh-keygen hashes them", () => {
        const dir = mkdtempSync(join(tmpdir(), "m3perf-known-"));
        try {
            const file = join(dir, "known_hosts");
            writeFileSync(file, `a ${ed}\n[a]:2222 ${other}\n`);
            execFileSync("ssh-keygen", ["-q", "-H", "-f", file], { stdio: "ignore" });
            const text = execFileSync("cat", [file], { encoding: "utf8" });
            assert.match(text, /^\|1\|/);
            assert.equal(hostKeyIn(text, "a", 22), ed);
            assert.equal(hostKeyIn(text, "a", 2222), other);
            assert.equal(hostKeyIn(text, "b", 22), undefined);
        } finally {
            rmSync(dir, { recursive: true });
        }
    });
});

describe("settings: hosts", () => {
    let dir: string;
    let siteFile: string;
    beforeEach(() => {
        dir = mkdtempSync(join(tmpdir(), "m3perf-hosts-"));
        siteFile = join(dir, "site.yaml");
    });
    afterEach(() => rmSync(dir, { recursive: true }));

    const resolve = (nodes: Partial<SiteNode>[], ssh?: SiteSsh, keyInStack = false) => {
        const site = siteWith([]);
        site.nodes = nodes.map((more, index) => node(`n${index}`, ["m3db"], { address: `10.0.0.${index}`, ...more }));
        return resolveHosts({ ...site, ...(ssh ? { ssh } : {}) }, siteFile, keyInStack);
    };
    /** Paths and reasons, the site file's folder left out. */
    const told = ({ problems }: ReturnType<typeof resolve>) =>
        problems.map(({ path, reason }) => `${path} ${reason}`.replaceAll(`${dir}/`, ""));

    it("answer SSH where they, or the site, say how", () => {
        assert.deepEqual(resolve([{}, {}]), { hosts: [], problems: [] });
        const { hosts, problems } = resolve([{}, { ssh: { hostKey: ed, privateKeyFile: "key" } }]);
        assert.deepEqual(problems, []);
        assert.deepEqual(hosts, [
            {
                node: "n1",
                ssh: {
                    host: "10.0.0.1",
                    port: 22,
                    user: "root",
                    privateKeyFile: join(dir, "key"),
                    hostKey: ed,
                    jump: null,
                },
            },
        ]);
    });

    it("take from the site what they do not say themselves", () => {
        writeFileSync(join(dir, "known"), `10.0.0.0 ${ed}\n[10.0.0.1]:2222 ${other}\n`);
        const site: SiteSsh = { user: "ops", privateKeyFile: "~/key", knownHosts: "known" };
        const { hosts, problems } = resolve([{}, { ssh: { port: 2222, user: "ann" } }], site);
        assert.deepEqual(problems, []);
        const [first, second] = hosts.map(({ ssh }) => ssh);
        assert.deepEqual(
            [first?.user, first?.host, first?.port, first?.hostKey, first?.privateKeyFile],
            ["ops", "10.0.0.0", 22, ed, join(homedir(), "key")],
        );
        assert.deepEqual(
            [second?.user, second?.host, second?.port, second?.hostKey, second?.privateKeyFile],
            ["ann", "10.0.0.1", 2222, other, join(homedir(), "key")],
        );
    });

    it("with a known_hosts of their own do not use the site's host key", () => {
        writeFileSync(join(dir, "known"), `10.0.0.0 ${other}\n`);
        const { hosts } = resolve([{ ssh: { knownHosts: "known" } }, {}], { hostKey: ed, privateKeyFile: "key" });
        assert.deepEqual(
            hosts.map(({ ssh }) => ssh.hostKey),
            [other, ed],
        );
    });

    it("behind a jump host lend it user, key and known_hosts, not address, port or host key", () => {
        writeFileSync(join(dir, "known"), `10.0.0.0 ${ed}\nbastion ${other}\n`);
        const site: SiteSsh = { user: "ops", port: 2222, hostKey: ed, privateKeyFile: "key", knownHosts: "known" };
        const { hosts, problems } = resolve([{}], { ...site, jump: { host: "bastion" } });
        assert.deepEqual(problems, []);
        assert.deepEqual(hosts[0]?.ssh.jump, {
            host: "bastion",
            port: 22,
            user: "ops",
            privateKeyFile: join(dir, "key"),
            hostKey: other,
        });
        assert.equal(hosts[0]?.ssh.hostKey, ed);
        const own = { host: "bastion", user: "door", hostKey: rsa, privateKeyFile: "other" };
        const jump = resolve([{}], { ...site, jump: own }).hosts[0]?.ssh.jump;
        assert.deepEqual([jump?.user, jump?.hostKey, jump?.privateKeyFile], ["door", rsa, join(dir, "other")]);
    });

    it("need a key: in a file, or as the stack's secret", () => {
        const lines = told(resolve([{ ssh: { hostKey: ed } }, {}], { hostKey: ed }));
        assert.equal(lines.length, 2, lines.join("\n"));
        assert.match(lines[0] ?? "", /^site\.yaml: nodes\[0\]\.ssh\.privateKeyFile is missing.*config set --secret/);
        assert.match(lines[1] ?? "", /^site\.yaml: ssh\.privateKeyFile is missing/);
        const { hosts, problems } = resolve([{}], { hostKey: ed }, true);
        assert.deepEqual(problems, []);
        assert.equal(hosts[0]?.ssh.privateKeyFile, null);
    });

    it("need a host key, and what the whole site lacks is told once", () => {
        const lines = told(resolve([{}, {}, {}], {}));
        assert.equal(lines.length, 2, lines.join("\n"));
        assert.match(lines[0] ?? "", /^site\.yaml: ssh\.privateKeyFile is missing/);
        assert.match(lines[1] ?? "", /^site\.yaml: ssh\.hostKey is missing: host keys are always checked.*ssh-keyscan/);
    });

    it("whose key is not in known_hosts are named one by one; a file that cannot be read once", () => {
        writeFileSync(join(dir, "known"), `10.0.0.0 ${ed}\n`);
        const site = { privateKeyFile: "key", port: 2222 };
        const lines = told(resolve([{}, {}], { ...site, knownHosts: "known" }));
        assert.equal(lines.length, 2);
        assert.match(
            lines[0] ?? "",
            /^site\.yaml: ssh\.knownHosts has no key of \[10\.0\.0\.0\]:2222 .*-p 2222 10\.0\.0\.0/,
        );
        assert.match(lines[1] ?? "", /\[10\.0\.0\.1\]:2222/);
        assert.deepEqual(told(resolve([{}, {}], { ...site, knownHosts: "none" })), [
            "site.yaml: ssh.knownHosts is a file that is not there",
        ]);
        mkdirSync(join(dir, "folder"));
        const [folder, ...more] = told(resolve([{}, {}], { ...site, knownHosts: "folder" }));
        assert.match(folder ?? "", /^site\.yaml: ssh\.knownHosts cannot be read: EISDIR/);
        assert.deepEqual(more, []);
    });

    it("with a host key that is none are refused", () => {
        for (const hostKey of ["AAAA", "10.0.0.0 ssh-ed25519 AAAA", "ssh-ed25519", "ssh-ed25519 AAAA…"]) {
            const [line = "", ...more] = told(resolve([{ ssh: { hostKey, privateKeyFile: "key" } }]));
            assert.match(line, /^site\.yaml: nodes\[0\]\.ssh\.hostKey must look like "ssh-ed25519/, hostKey);
            assert.deepEqual(more, []);
        }
        const commented = resolve([{ ssh: { hostKey: ` ${ed} root@n0\n`, privateKeyFile: "key" } }]);
        assert.deepEqual(commented.problems, []);
    });

    it("with an RSA host key are warned of, once, where Pulumi's command provider goes to them", () => {
        const ssh = (hostKey: string) => ({ hostKey, privateKeyFile: "key" });
        const given = [{ ssh: ssh(rsa) }, { ssh: ssh(ed) }, { ssh: { ...ssh(ecdsa), port: 2222 } }];
        const { hosts } = resolve(given, { jump: { host: "bastion", hostKey: rsa } });
        const site = { ...siteWith([]), nodes: hosts.map((host) => node(host.node, ["coordinator"])) };
        const of = (config: object, more: object = {}) => rsaHostKeys({ ...site, ...more }, scenario(config), hosts);
        const [warning = "", ...more] = of({ kernel: { version: "latest" } });
        assert.deepEqual(more, []);
        assert.match(warning, /^the host key given for 10\.0\.0\.0:22, bastion:22 is ssh-rsa: .*ssh-ed25519/);
        assert.match(of({ kernel: { version: "latest", nodes: ["n1"] } }).join(), /given for bastion:22 is/);
        assert.deepEqual([...of({}), ...of({ roll: { id: "spring" } })], [], "rolls go there by themselves");
        assert.deepEqual(of({ hosts: { tuning: true } }), [], "no node has M3DB");
        const stored = { nodes: [node("n0", ["m3db"])] };
        assert.match(of({ hosts: { tuning: true } }, stored).join(), /given for 10\.0\.0\.0:22, bastion:22 is/);
        const export_ = { repository: { source: { kind: "export", node: "n0", path: "/export" } } };
        assert.match(of({}, export_).join(), /given for 10\.0\.0\.0:22, bastion:22 is/);
    });

    it("whose key file is wanting are named when the key is read, and nothing of it is shown", () => {
        const access = (privateKeyFile: string | null) => ({
            host: "10.0.0.1",
            port: 22,
            user: "ops",
            privateKeyFile,
            hostKey: ed,
            jump: null,
        });
        writeFileSync(join(dir, "words"), "secret words");
        for (const [file, pattern] of [
            [join(dir, "none"), /for ops@10\.0\.0\.1:22 cannot be read\n.*none\n.*ENOENT/],
            [join(dir, "words"), /words is no private key/],
            [null, /there is no private key for ops@10\.0\.0\.1:22/],
        ] as const) {
            assert.throws(
                () => readTarget(access(file)),
                (error) => {
                    assert.ok(error instanceof UserError);
                    assert.match(error.message, pattern);
                    assert.ok(!error.message.includes("secret words"));
                    return true;
                },
            );
        }
    });
});

describe("sites/reference.yaml", () => {
    const text = readFileSync(join(projectRoot, "sites/reference.yaml"), "utf8");
    const problems = (document: unknown) => problemsOf(siteSchema, document, "").map(({ path }) => path);

    it("is valid as it is", () => {
        assert.deepEqual(problems(parse(text)), []);
    });

    it("shows settings in its comments that are valid, too", () => {
        const commented = /^# (?= *(context|ssh|user|port|privateKeyFile|knownHosts|jump|powerCycle): ?)/gm;
        const document = parse(text.replaceAll(commented, ""));
        assert.deepEqual(Object.keys(document.ssh), ["user", "port", "privateKeyFile", "knownHosts", "jump"]);
        assert.deepEqual(document.powerCycle, ["virsh", "reset", "{node}"]);
        const [, node] = /^ +# - (\{.*\})$/m.exec(text) ?? [];
        document.nodes[1] = parse(node ?? "");
        assert.equal(document.nodes[1].failureDomain, "rack-1");
        assert.deepEqual(problems(document), []);
        const repositories = [...text.matchAll(/^# (repository: .*)$/gm)].map(([, line]) => parse(line ?? ""));
        assert.deepEqual(
            repositories.map(({ repository }) => repository.source.kind),
            ["export", "existing", "local"],
        );
        for (const one of repositories) assert.deepEqual(problems({ ...document, ...one }), []);
    });
});
