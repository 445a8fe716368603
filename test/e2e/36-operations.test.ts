import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { stat } from "node:fs/promises";
import { join } from "node:path";
import { remoteWriteBody, remoteWriteHeaders } from "../../agent/remote-write.ts";
import type { EtcdStatus } from "../../operations/etcd/status.ts";
import type { LogLine } from "../../operations/logs/line.ts";
import type { Entry } from "../../operations/logs/timeline.ts";
import { projectRoot } from "../../support/paths.ts";
import { waitFor } from "../../support/wait.ts";
import { kubectl, lab, m3perf, m3perfJson, standsOn, temporaryFolder } from "./environment.ts";

/** A verb that goes on until it is ended, and what it has said. */
interface Going {
    output(): string;
    /** Ends it as Ctrl-C does; returns its exit code. */
    end(): Promise<number | null>;
}

function start(words: string[]): Going {
    const child: ChildProcess = spawn(join(projectRoot, "bin/m3perf"), [...words, "--lab", lab], {
        stdio: ["ignore", "pipe", "inherit"],
    });
    let text = "";
    child.stdout?.setEncoding("utf8").on("data", (part: string) => {
        text += part;
    });
    const ended = new Promise<number | null>((resolve) => child.once("close", resolve));
    return {
        output: () => text,
        end: () => {
            child.kill("SIGINT");
            return ended;
        },
    };
}

const lines = <T>(text: string) =>
    text
        .split("\n")
        .slice(0, -1)
        .map((line) => JSON.parse(line) as T);

describe("e2e: etcd, logs, events, open", function () {
    this.timeout(6 * 60_000);
    before(() => standsOn("up", "up"));

    it("etcd status tells three members, one leader, and M3's keys", async () => {
        const status = await m3perfJson<EtcdStatus>(["etcd", "status"]);
        assert.equal(status.members.length, 3);
        assert.match(status.leader ?? "none", /^etcd-\d$/);
        assert.deepEqual([status.alarms, status.problems], [[], []]);
        const prefixes = new Set(status.prefixes.map(({ prefix }) => prefix));
        for (const prefix of ["_sd.placement/", "_kv/", "/placement/", "/topic/"])
            assert.ok(prefixes.has(prefix), `${prefix} of ${[...prefixes]}`);
    });

    it("a snapshot is whole and nobody else's to read; restoring it changes nothing; reset is refused", async () => {
        const file = join(await temporaryFolder(), "etcd.snapshot");
        const taken = await m3perfJson<{ keys: number; sha256: string }>(["etcd", "snapshot", file]);
        assert.ok(taken.keys > 5, String(taken.keys));
        assert.equal((await stat(file)).mode & 0o777, 0o600);
        const restored = await m3perfJson<{ put: number; removed: number; same: number }>(["etcd", "restore", file]);
        assert.deepEqual([restored.put, restored.removed], [0, 0]);
        assert.ok(restored.same > 5);
        const held = await m3perf(["etcd", "reset", "--yes-i-mean", "dev"]);
        assert.notEqual(held.code, 0);
        assert.match(held.stderr, /refused; nothing was changed/);
        const other = await m3perf(["etcd", "reset", "--force", "--yes-i-mean", "production"]);
        assert.notEqual(other.code, 0);
        const { prefixes } = await m3perfJson<EtcdStatus>(["etcd", "status"]);
        assert.ok(prefixes.length > 3, "keys were deleted");
    });

    it("logs merges both coordinators, in order of time", async () => {
        const { code, stdout, stderr } = await m3perf(["logs", "coordinator", "--since", "1h", "--json"]);
        assert.equal(code, 0, stderr);
        const read = lines<LogLine>(stdout);
        assert.equal(new Set(read.map(({ pod }) => pod)).size, 2);
        const times = read.map(({ time }) => time);
        assert.deepEqual(times, times.toSorted());
    });

    it("events --follow shows a pod that goes and the one that comes; open goes on over it", async () => {
        const events = start(["events", "--follow", "--json", "--since", "1s"]);
        const open = start(["open", "coordinator", "query", "--json"]);
        try {
            const opened = await waitFor({ what: "open to tell its addresses", timeout: 60, every: 1 }, async () => {
                const end = open.output().trimEnd();
                return end.endsWith("]") && (JSON.parse(end) as { name: string; url: string }[]);
            });
            const at = (name: string) => opened.find((one) => one.name === name)?.url ?? "";
            const value = Math.floor(Math.random() * 1e9);
            const time = Date.now();
            const body = remoteWriteBody([{ labels: { __name__: "m3perf_open" }, samples: [{ value, time }] }]);
            const written = await fetch(`${at("coordinator")}/api/v1/prom/remote/write`, {
                method: "POST",
                headers: remoteWriteHeaders,
                body: new Uint8Array(body),
            });
            assert.equal(written.status, 200, await written.text());
            const read = async () => {
                const answer = await fetch(`${at("query")}/api/v1/query?query=m3perf_open`);
                return JSON.stringify(await answer.json()).includes(`"${value}"`);
            };
            // An instant query goes by whole seconds: what is younger shows with the next one.
            await waitFor(
                { what: "what was written through one forward to be read by the other", timeout: 30, every: 1 },
                read,
            );

            const pods = async () =>
                (await kubectl("-n", "m3db", "get", "pods", "-o", "name"))
                    .split("\n")
                    .filter((name) => name.startsWith("pod/m3query-"));
            const old = await pods();
            for (const pod of old) await kubectl("-n", "m3db", "delete", pod, "--wait=true");
            assert.ok(await read(), "the address stays while its pods are others");
            const fresh = (await pods()).map((name) => name.replace("pod/", "")).filter((name) => !old.includes(name));
            await waitFor({ what: "events of the new pods", timeout: 60, every: 1 }, async () => {
                const about = lines<Entry>(events.output()).map((entry) => entry.about);
                return fresh.some((name) => about.includes(`Pod ${name}`));
            });
        } finally {
            const codes = await Promise.all([events.end(), open.end()]);
            assert.deepEqual(codes, [130, 130]);
        }
        const { code, stdout } = await m3perf(["verify", "--wait", "180"]);
        assert.equal(code, 0, stdout);
    });
});
