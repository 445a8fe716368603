import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { exec } from "../../../support/exec.ts";
import { projectRoot } from "../../../support/paths.ts";
import { ed25519Pair } from "../../support/ssh-keys.ts";
import { type SshServer, sshServer } from "../../support/sshd.ts";

describe("m3perf doctor (real sshds on 127.0.0.1)", function () {
    this.timeout(300_000);
    let server: SshServer;
    let dir: string;
    before(async () => {
        dir = mkdtempSync(join(tmpdir(), "m3perf-doctor-"));
        server = await sshServer();
        await server.start();
    });
    after(async () => {
        await server?.remove();
        rmSync(dir, { recursive: true, force: true });
    });

    /** The reference site with the hosts' SSH settings changed by node, and what doctor says of it. */
    async function doctor(ssh: Record<string, object>, config: object = {}, words: string[] = []) {
        const site = parse(await readReference());
        delete site.kubeconfig;
        for (const node of site.nodes) if (ssh[node.name]) node.ssh = ssh[node.name];
        writeFileSync(join(dir, "site.yaml"), stringify(site));
        const stack = join(dir, "Pulumi.dev.yaml");
        writeFileSync(stack, stringify({ config: { "m3perf:site": join(dir, "site.yaml"), ...config } }));
        const main = [join(projectRoot, "operations/cli/main.ts"), "doctor", "--settings", stack, ...words];
        // Neither Pulumi nor anything else is on the PATH.
        return await exec(process.execPath, main, { cwd: projectRoot, env: { PATH: "/none" }, timeout: 200 });
    }
    const readReference = async () => (await exec("cat", [join(projectRoot, "sites/reference.yaml")])).stdout;
    const way = (more: object = {}) => {
        writeFileSync(join(dir, "key"), server.privateKey, { mode: 0o600 });
        return { host: "127.0.0.1", port: server.port, hostKey: server.hostKey, privateKeyFile: "key", ...more };
    };

    it("asks every host side by side and tells what each answers", async () => {
        const stranger = ed25519Pair();
        writeFileSync(join(dir, "stranger"), stranger.private, { mode: 0o600 });
        const { code, stdout, stderr } = await doctor(
            {
                master: way(),
                "worker-1": way({ privateKeyFile: "stranger" }),
                "worker-2": way({ hostKey: stranger.public }),
                "worker-3": way({ port: 1 }),
                "worker-4": way({ privateKeyFile: "none" }),
                "worker-5": way({ jump: { host: "127.0.0.1", port: 1, hostKey: server.hostKey } }),
            },
            {},
            ["--json"],
        );
        assert.equal(code, 1, stderr);
        const report = JSON.parse(stdout);
        const found = Object.fromEntries(
            report.nodes.map(({ name, host }: { name: string; host: { state: string; fault?: string } }) => [
                name,
                host.fault ?? host.state,
            ]),
        );
        assert.deepEqual(found, {
            master: "answered",
            "worker-1": "key",
            "worker-2": "hostKey",
            "worker-3": "refused",
            "worker-4": "settings",
            "worker-5": "jump",
            repository: "no-ssh",
        });
        const { facts } = report.nodes[0].host;
        assert.ok(facts.cores > 0 && facts.memoryMi > 0 && facts.kernel && facts.root.ok);
        // It is this machine: its clock is ours.
        assert.ok(Math.abs(facts.clock.offset) <= facts.clock.error + 0.002, JSON.stringify(facts.clock));
        assert.ok(!/PRIVATE KEY/.test(stdout + stderr));
    });

    it("ends with 69 when nothing could be reached", async () => {
        const { code, stdout } = await doctor({ master: way({ port: 1 }) });
        assert.equal(code, 69);
        assert.match(stdout, /nothing of the site could be looked at/);
        assert.match(stdout, /FAIL master: SSH: root@127.0.0.1:1 refuses the connection/);
    });

    it("says which hosts need the stack's secret key, and takes it from a file", async () => {
        const { privateKeyFile: _, ...keyless } = way();
        const secret = { "m3perf:sshPrivateKey": { secure: "v1:sealed" } };
        const untold = await doctor({ master: keyless }, secret);
        assert.equal(untold.code, 69);
        assert.match(untold.stdout, /FAIL master: SSH: not tried: its key is the secret.*--key FILE/s);
        const told = await doctor({ master: keyless }, secret, ["--key", join(dir, "key"), "--json"]);
        assert.equal(JSON.parse(told.stdout).nodes[0].host.state, "answered", told.stderr);
        const wrong = await doctor({ master: keyless }, secret, ["--key", join(dir, "nothing")]);
        assert.equal(wrong.code, 64);
        assert.match(wrong.stderr, /--key .*nothing\n {2}ENOENT/);
    });

    it("stops at settings that are wrong, all at once", async () => {
        const { code, stderr } = await doctor({ master: { port: 22 } }, { "m3perf:isolation": "some" });
        assert.equal(code, 78);
        assert.match(stderr, /^3 settings are wrong in Pulumi\.dev\.yaml:/);
        assert.match(stderr, /nodes\[0\]\.ssh\.hostKey +is missing/);
    });
});
