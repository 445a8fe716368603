import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { statSync } from "node:fs";
import { join } from "node:path";
import { filesOf } from "../../operations/access/secured.ts";
import type { TlsFiles } from "../../operations/access/tls-forward.ts";
import type { EtcdStatus } from "../../operations/etcd/status.ts";
import { send } from "../../support/http.ts";
import { projectRoot } from "../../support/paths.ts";
import { waitFor } from "../../support/wait.ts";
import {
    kubectl,
    kubectlJson,
    lab,
    m3perf,
    m3perfJson,
    settingsWith,
    standsOn,
    temporaryFolder,
    type UpJson,
} from "./environment.ts";

const nodePort = 32600;
const secured = {
    "m3perf:tls": { etcd: true, gateway: true },
    "m3perf:identities": [
        { name: "site", labels: { cluster: "site" } },
        { name: "operator", reads: "all", writes: false },
    ],
    "m3perf:gateway": { nodePort },
    "m3perf:prometheus": { identity: "site" },
};

interface Nodes {
    items: { status: { addresses: { type: string; address: string }[] } }[];
}

describe("e2e: etcd and the gateway with certificates", function () {
    this.timeout(30 * 60_000);
    let settings: string;
    let client: TlsFiles;
    let node = "";

    /** Out of a Secret, as m3perf itself reads them. */
    const files = (secret: string, wanted?: string[]) =>
        filesOf(async (path) => ({ status: 200, body: await kubectl("get", "--raw", path) }), "m3db", secret, wanted);
    const uids = async () =>
        kubectl("-n", "m3db", "get", "pods", "-l", "app=etcd", "-o", "jsonpath={.items[*].metadata.uid}");
    /** Exit code and output of curl in a database pod, which is in the network that M3 is in. */
    const curl = async (...words: string[]) => {
        const command = `curl -s -m 5 -o /dev/null -w '%{http_code}' ${words.join(" ")}; echo " $?"`;
        const text = await kubectl("-n", "m3db", "exec", "m3-cluster-rep0-0", "--", "sh", "-c", command);
        const [, status = "", code = ""] = /^(\d+) (\d+)/.exec(text.trim()) ?? [];
        return { status, code: Number(code) };
    };
    const gateway = (path: string, options: object = {}, scheme = "https") =>
        send(new URL(`${scheme}://${node}:${nodePort}${path}`), {}, options);

    before(async () => {
        standsOn("up", "up");
        settings = await settingsWith(secured);
    });

    it("is refused where etcd runs in plain text, before anything changes", async () => {
        const before = await uids();
        const { code, stderr, stdout } = await m3perf(["up", "--settings", settings]);
        assert.notEqual(code, 0);
        assert.match(stderr + stdout, /etcd cannot go from plain text to TLS while it runs; nothing was changed/);
        assert.equal(await uids(), before);
        const { unchanged, changes } = await m3perfJson<UpJson>(["preview"]);
        assert.equal(unchanged, true, JSON.stringify(changes));
    });

    it("comes up with a new environment, and every check passes", async () => {
        await m3perfJson(["down", "--keep-lab"]);
        const result = await m3perfJson<UpJson>(["up", "--settings", settings]);
        assert.equal(result.failed, 0, JSON.stringify(result.checks.filter(({ ok }) => !ok)));
        client = await files("m3perf-etcd-client");
        assert.ok(client.key?.includes("PRIVATE KEY"));
        const { items } = await kubectlJson<Nodes>("get", "nodes", "-l", "m3perf.io/role-coordinator=true");
        node = items[0]?.status.addresses.find(({ type }) => type === "InternalIP")?.address ?? "";
    });

    it("stays as it is: a second up has nothing to do", async () => {
        const { unchanged, changes } = await m3perfJson<UpJson>(["preview", "--settings", settings]);
        assert.equal(unchanged, true, JSON.stringify(changes));
    });

    it("etcd lets in M3's certificate, and neither plain http nor who has none", async () => {
        const at = "/var/lib/m3kv/etcd-tls";
        const url = "https://etcd-1.etcd.m3db:2379/health";
        const own = ["--cacert", `${at}/ca.crt`, "--cert", `${at}/tls.crt`, "--key", `${at}/tls.key`];
        assert.deepEqual(await curl(...own, url), { status: "200", code: 0 });
        for (const words of [
            ["--cacert", `${at}/ca.crt`, url],
            ["-k", url],
            ["http://etcd-1.etcd.m3db:2379/health"],
            [...own, "https://etcd-1.etcd.m3db:2380/members"],
        ])
            assert.notEqual((await curl(...words)).code, 0, words.join(" "));
        assert.deepEqual(await curl("http://etcd-1.etcd.m3db:2381/health"), { status: "200", code: 0 });
    });

    it("keys are for nobody's eyes but the process': files of its user, Secrets mounted read-only", async () => {
        const modes = await kubectl(
            ...["-n", "m3db", "exec", "m3-cluster-rep0-0", "--", "stat", "-c", "%a %u"],
            "/var/lib/m3kv/etcd-tls/tls.key",
        );
        assert.match(modes.trim(), /^[46]00 65534$/);
        for (const pod of ["etcd-0", "deployment/m3coordinator", "m3aggregator-0"]) {
            const touch = ["-n", "m3db", "exec", pod, "--", "sh", "-c", "touch /etc/m3perf-tls/x 2>&1; true"];
            assert.match(await kubectl(...touch), /Read-only file system/, pod);
        }
        const line = client.key?.split("\n")[1] ?? "";
        assert.ok(line.length > 30);
        for (const words of [["preview", "--settings", settings], ["etcd", "status"], ["verify"], ["open"]]) {
            const { stdout, stderr } = await m3perf([...words, "--json"]);
            assert.ok(!(stdout + stderr).includes(line), words.join(" "));
        }
    });

    it("m3perf etcd tells, takes and puts back, and etcdctl in a pod needs no flag", async () => {
        const { leader, members, problems } = await m3perfJson<EtcdStatus>(["etcd", "status"]);
        assert.ok(leader !== null);
        assert.deepEqual([members.length, problems], [3, []]);
        const file = join(await temporaryFolder(), "etcd.snapshot");
        const { keys } = await m3perfJson<{ keys: number }>(["etcd", "snapshot", file]);
        assert.ok(keys > 5 && statSync(file).size > 1000);
        await m3perfJson(["etcd", "restore", file, "--force"]);
        const health = ["etcdctl", "endpoint", "health", "--cluster"];
        await kubectl("-n", "m3db", "exec", "etcd-0", "--", "env", "ETCDCTL_API=3", ...health);
    });

    it("open leads to etcd, which knows the loopback's names", async () => {
        const words = ["open", "etcd", "--json", "--lab", lab];
        const child = spawn(join(projectRoot, "bin/m3perf"), words, { stdio: ["ignore", "pipe", "pipe"] });
        try {
            let told = "";
            child.stdout.on("data", (part: Buffer) => {
                told += part;
            });
            const url = await waitFor(
                { what: "open to tell its address", timeout: 60, every: 0.5 },
                async () => /"url": *"(https:[^"]+)"/.exec(told)?.[1],
            );
            const answer = await send(new URL(`${url}/health`), {}, client);
            assert.match(answer.body, /"health":"true"/);
            await assert.rejects(send(new URL(`${url}/health`), {}, { ca: client.ca }));
        } finally {
            const ended = once(child, "close");
            child.kill("SIGINT");
            await ended;
        }
    });

    it("the gateway speaks https by its authority, and sends plain http away without losing samples", async () => {
        const authority = await files("m3gateway-site", ["ca.crt"]);
        assert.equal((await gateway("/api/v1/labels", authority)).status, 401);
        await assert.rejects(gateway("/api/v1/labels"), /certificate/);
        assert.equal((await gateway("/api/v1/labels", {}, "http")).status, 503);
        const words = ["load", "--series", "1000", "--rate", "500", "--duration", "10s"];
        const { code, stderr } = await m3perf(words);
        assert.equal(code, 0, stderr);
    });

    it("a member that is made again comes back among the others, and so does a database pod", async () => {
        await kubectl("-n", "m3db", "delete", "pod", "etcd-2", "m3-cluster-rep1-0");
        const { code, stdout } = await m3perf(["verify", "--wait", "300"]);
        assert.equal(code, 0, stdout);
    });

    it("the gateway alone goes back to plain http and comes again, while etcd stays", async () => {
        const before = await uids();
        const plain = await settingsWith({ ...secured, "m3perf:tls": { etcd: true } });
        const result = await m3perfJson<UpJson>(["up", "--settings", plain]);
        assert.equal(result.failed, 0, JSON.stringify(result.checks.filter(({ ok }) => !ok)));
        assert.equal((await gateway("/api/v1/labels", {}, "http")).status, 401);
        const again = await m3perfJson<UpJson>(["up", "--settings", settings]);
        assert.equal(again.failed, 0, JSON.stringify(again.checks.filter(({ ok }) => !ok)));
        assert.equal(await uids(), before);
    });

    after(async function () {
        this.timeout(20 * 60_000);
        // The stages after this one have the stack's own settings, which etcd takes in a new environment only.
        await m3perf(["down", "--keep-lab"]);
        const { code, stderr } = await m3perf(["up"]);
        assert.equal(code, 0, stderr.slice(-3000));
    });
});
