import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { operatorEntries } from "../../../lab/images/operator.ts";
import { type ApiServer, kubeconfig, startApiServer } from "../../support/apiserver.ts";
import { installDefinition, operatorToken, TestCluster } from "./cluster.ts";
import { FakeCoordinator } from "./coordinator.ts";

/** The very file that lab/images puts into the image, as a process of its own. */
describe("operator: the bundled program", function () {
    this.timeout(60_000);
    let api: ApiServer;
    let dir: string;
    let program: string;
    const coordinator = new FakeCoordinator();
    const children: ChildProcess[] = [];

    before(async () => {
        dir = mkdtempSync(join(tmpdir(), "m3perf-operator-"));
        program = join(dir, "main.mjs");
        const bundle = (await operatorEntries()).find(({ path }) => path.endsWith("main.mjs"));
        assert.ok(bundle && "text" in bundle);
        writeFileSync(program, bundle.text);
        api = await startApiServer();
        await installDefinition(api);
        writeFileSync(join(dir, "kubeconfig"), kubeconfig(api.url, api.authority, await operatorToken(api)), {
            mode: 0o600,
        });
        await coordinator.start();
    });

    after(async () => {
        for (const child of children) child.kill("SIGKILL");
        await coordinator.stop();
        await api.stop();
        rmSync(dir, { recursive: true, force: true });
    });

    function run(args: string[], env: Record<string, string>) {
        const child = spawn(process.execPath, [program, ...args], { env, stdio: ["ignore", "ignore", "pipe"] });
        children.push(child);
        let text = "";
        child.stderr?.setEncoding("utf8").on("data", (chunk: string) => {
            text += chunk;
        });
        return { child, ended: once(child, "close"), output: () => text };
    }

    it("reconciles a cluster, in less than 120 MiB, and ends on SIGTERM", async () => {
        const { child, ended, output } = run(["-debug", "-human-time"], { KUBECONFIG: join(dir, "kubeconfig") });
        const cluster = new TestCluster(api, "process");
        try {
            await cluster.create({ externalCoordinator: { serviceEndpoint: coordinator.address } });
            await cluster.bootstrapped();
            assert.deepEqual(coordinator.calls.slice(0, 5), [
                "GET placement (404)",
                "POST placement/init",
                "GET namespace",
                "POST namespace",
                "POST namespace",
            ]);
            const [, kilobytes] = /VmHWM:\s+(\d+) kB/.exec(readFileSync(`/proc/${child.pid}/status`, "utf8")) ?? [];
            const peak = Number(kilobytes) / 1024;
            assert.ok(peak > 0 && peak < 120, `peak of resident memory: ${peak} MiB`);
            await cluster.delete();
            await cluster.until("the cluster to go", async () => (await cluster.get()) === undefined);
        } catch (error) {
            console.error(output().slice(-4000));
            throw error;
        } finally {
            await cluster.stop();
        }
        child.kill("SIGTERM");
        assert.deepEqual(await ended, [0, null]);
        for (const line of output().trimEnd().split("\n")) {
            const { level, ts, msg } = JSON.parse(line) as Record<string, string>;
            assert.ok(level && ts && msg, line);
        }
        const token = /"token":"([^"]+)"/.exec(readFileSync(join(dir, "kubeconfig"), "utf8"))?.[1] ?? "";
        assert.ok(token !== "" && !output().includes(token));
    });

    it("says what is missing: a cluster around it, a known flag", async () => {
        const outside = run([], {});
        assert.deepEqual(await outside.ended, [1, null]);
        assert.match(outside.output(), /not in a cluster .* give -kubecfg-file or KUBECONFIG/);
        const wrong = run(["-debg"], {});
        assert.deepEqual(await wrong.ended, [2, null]);
        assert.match(wrong.output(), /flag provided but not defined: -debg\nUsage of m3db-operator:/);
    });
});
