import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { addressPlan } from "../../../lab/cluster/addresses.ts";
import { type Layout, layout, makeFolders } from "../../../lab/cluster/layout.ts";
import { ensurePki } from "../../../lab/cluster/pki.ts";
import { startAs } from "../../../lab/cluster/started.ts";
import { together } from "../../../lab/cluster/together.ts";

describe("bringing a lab up", () => {
    const folder = mkdtempSync(join(tmpdir(), "m3perf-up-"));
    after(() => rmSync(folder, { recursive: true }));

    describe("a service", () => {
        it("is started anew where what it was started with is not what is wanted, and left alone where it is", async () => {
            const verbs: string[] = [];
            const ensure = (wanted: string, runs: boolean) =>
                startAs(join(folder, "kubelet"), wanted, runs, async (verb) => void verbs.push(verb));
            assert.equal(await ensure("one", false), "started");
            assert.equal(await ensure("one", true), "running");
            assert.equal(await ensure("two", true), "started");
            assert.equal(await ensure("two", true), "running");
            assert.equal(await ensure("two", false), "started");
            assert.deepEqual(verbs, ["start", "restart", "start"]);
        });

        it("is restarted by the next call where this one ended before its restart", async () => {
            const unit = join(folder, "kube-proxy");
            await startAs(unit, "one", false, async () => {});
            const killed = startAs(unit, "two", true, async () => {
                throw new Error("killed");
            });
            await assert.rejects(killed, /killed/);
            const verbs: string[] = [];
            await startAs(unit, "two", true, async (verb) => void verbs.push(verb));
            assert.deepEqual(verbs, ["restart"]);
        });

        it("of a lab whose version did not note it is restarted once: what it runs with is not known", async () => {
            assert.equal(await startAs(join(folder, "old"), "one", true, async () => {}), "started");
            assert.equal(await startAs(join(folder, "old"), "one", true, async () => {}), "running");
        });
    });

    describe("work on several hosts at a time", () => {
        const until = (signal: AbortSignal) =>
            new Promise<void>((resolve) => signal.addEventListener("abort", () => resolve(), { once: true }));

        it("has all ended when it ends, and throws the fault that stopped the others", async () => {
            const ended: string[] = [];
            const work = together(undefined, [
                async () => {
                    throw new Error("first");
                },
                async (signal) => {
                    await until(signal);
                    await sleep(20);
                    ended.push("second");
                    signal.throwIfAborted();
                },
                async (signal) => {
                    await until(signal);
                    throw new Error("third");
                },
            ]);
            await assert.rejects(work, /^Error: first$/);
            assert.deepEqual(ended, ["second"]);
        });

        it("is stopped by the caller's signal, and waits for its end, too", async () => {
            const stop = new AbortController();
            const ended: string[] = [];
            const work = together(stop.signal, [
                async (signal) => {
                    await until(signal);
                    await sleep(20);
                    ended.push("one");
                    signal.throwIfAborted();
                },
            ]);
            stop.abort(new Error("stopped"));
            await assert.rejects(work, /^Error: stopped$/);
            assert.deepEqual(ended, ["one"]);
        });

        it("returns what each has made, in order", async () => {
            const made = (milliseconds: number) => () => sleep(milliseconds, milliseconds);
            assert.deepEqual(await together(new AbortController().signal, [made(10), made(0)]), [10, 0]);
        });
    });

    it("keeps the machines' disks for root, also those of a lab that is there", async () => {
        const files = { root: join(folder, "lab"), machines: join(folder, "lab/machines") };
        mkdirSync(files.machines, { recursive: true });
        for (const path of [files.root, files.machines]) chmodSync(path, 0o755);
        await makeFolders(files);
        assert.equal(statSync(files.root).mode & 0o777, 0o711);
        assert.equal(statSync(files.machines).mode & 0o777, 0o700);
        assert.equal(join(layout("x").machines, "worker-1"), layout("x").machine("worker-1"));
    });

    it("makes the key of the service accounts again where a power cut has left an empty file", async function () {
        this.timeout(60_000);
        const pki = join(folder, "pki");
        const files: Layout = {
            ...layout("x"),
            pki,
            kubeconfig: join(pki, "admin.kubeconfig"),
            certificate: (name) => join(pki, `${name}.crt`),
            key: (name) => join(pki, `${name}.key`),
            componentKubeconfig: (name) => join(pki, `${name}.kubeconfig`),
        };
        mkdirSync(pki);
        writeFileSync(join(pki, "sa.pub"), "");
        await ensurePki(files, addressPlan(0), []);
        const made = readFileSync(join(pki, "sa.pub"), "utf8");
        assert.match(made, /^-----BEGIN PUBLIC KEY-----\n[\s\S]*-----END PUBLIC KEY-----\n$/);
        await ensurePki(files, addressPlan(0), []);
        assert.equal(readFileSync(join(pki, "sa.pub"), "utf8"), made, "one that is whole stays");
    });
});
