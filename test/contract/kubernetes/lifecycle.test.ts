import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { waitFor } from "../../../support/wait.ts";
import { type Harness, startPlugin, useHarness } from "./harness.ts";

function isGone(pid: number): Promise<boolean> {
    return waitFor({ what: `the end of process ${pid}`, timeout: 6 }, () => {
        try {
            process.kill(pid, 0);
            return false;
        } catch {
            return true;
        }
    });
}

describe("kubernetes plugin: its process and its configuration", function () {
    this.timeout(60_000);
    const harness = useHarness();
    let h: Harness;
    before(() => {
        h = harness();
    });

    it("says its version, exactly the SDK's", async () => {
        assert.equal(await h.plugin.version(), "4.34.2");
    });

    for (const signal of ["SIGINT", "SIGTERM"] as const) {
        it(`ends on ${signal}, also in the middle of a wait`, async () => {
            const plugin = await startPlugin();
            await plugin.configure({ kubeconfig: h.api.kubeconfig, namespace: h.namespace });
            const urn = h.urn("core/v1:Service", signal.toLowerCase());
            const { inputs } = await plugin.check(urn, {
                apiVersion: "v1",
                kind: "Service",
                spec: { selector: { app: "nobody" }, ports: [{ port: 80 }] },
            });
            const pending = plugin.create(urn, inputs, { timeout: 60 }).catch((error: Error) => error.message);
            await waitFor({ what: "the wait for endpoints", timeout: 20 }, () =>
                plugin.log.some(({ message }) => message.includes("endpoints")),
            );
            plugin.process.kill(signal);
            await isGone(plugin.process.pid ?? 0);
            assert.match(String(await pending), /not ready|cancelled|UNAVAILABLE|connection/i);
            await plugin.stop();
        });
    }

    it("ends when its parent is gone", async () => {
        const plugin = await startPlugin();
        const executable = plugin.process.spawnfile;
        // A shell that starts the plugin, tells its pid and is then killed without a word to its child.
        const shell = spawn("sh", ["-c", '"$0" 127.0.0.1:1 >/dev/null & echo $!; wait', executable], {
            stdio: ["ignore", "pipe", "ignore"],
        });
        const pid = await new Promise<number>((resolve) =>
            shell.stdout.once("data", (text) => resolve(Number(String(text)))),
        );
        // Its first line, a shell's, knows the parent; from then on it watches it (lab/plugins/bundle.ts).
        await waitFor({ what: "the plugin to know its parent", timeout: 20, every: 0.02 }, () =>
            readFileSync(`/proc/${pid}/cmdline`, "utf8").includes("--parent="),
        );
        shell.kill("SIGKILL");
        await isGone(pid);
        await plugin.stop();
    });

    it("refuses settings that it does not know or that have the wrong type, with their path", async () => {
        const failures = await h.plugin.checkConfig({
            kubeconfg: "x",
            enableServerSideApply: "perhaps",
            namespace: "a",
        });
        assert.deepEqual(failures.map(({ property }) => property).sort(), ["enableServerSideApply", "kubeconfg"]);
    });

    it("another cluster replaces the provider, another token of the same cluster does not", async () => {
        const config = (server: string, token: string) => ({
            kubeconfig: JSON.stringify({
                apiVersion: "v1",
                kind: "Config",
                "current-context": "c",
                contexts: [{ name: "c", context: { cluster: "k", user: "u" } }],
                clusters: [{ name: "k", cluster: { server } }],
                users: [{ name: "u", user: { token } }],
            }),
        });
        const same = await h.plugin.diffConfig(config("https://a:6443", "1"), config("https://a:6443", "2"));
        assert.deepEqual(same.replaces, []);
        assert.equal(same.changes, 2);
        const other = await h.plugin.diffConfig(config("https://a:6443", "1"), config("https://b:6443", "1"));
        assert.deepEqual(other.replaces, ["kubeconfig"]);
    });
});
