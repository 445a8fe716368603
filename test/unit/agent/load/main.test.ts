import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import { type AddressInfo, connect } from "node:net";
import { createInterface } from "node:readline";
import { LoadMetrics } from "../../../../agent/load/metrics.ts";
import type { LoadInterval } from "../../../../agent/load/types.ts";
import { projectRoot } from "../../../../support/paths.ts";
import { waitFor } from "../../../../support/wait.ts";
import { receiver } from "../../../support/receiver.ts";

/** The generator as a container runs it: nothing but Node, no npm packages. */
function generator(words: string[], variables: Record<string, string> = {}) {
    const child = spawn(process.execPath, ["agent/load/main.ts", ...words], {
        cwd: projectRoot,
        env: { PATH: process.env.PATH, ...variables },
        stdio: ["ignore", "pipe", "pipe"],
    });
    let complaint = "";
    child.stderr.setEncoding("utf8").on("data", (part: string) => (complaint += part));
    return { child, complaint: () => complaint, ended: once(child, "close") };
}

async function freePort(): Promise<number> {
    const server = createServer().listen(0);
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    server.close();
    await once(server, "close");
    return port;
}

/** Rejects where a port takes no connections. */
async function connects(port: number): Promise<true> {
    const socket = connect(port, "127.0.0.1");
    try {
        await once(socket, "connect");
        return true;
    } finally {
        socket.destroy();
    }
}

describe("load: the generator as a program", () => {
    it("writes its lines to standard output, has figures for Prometheus, and ends cleanly on SIGTERM", async () => {
        const target = await receiver();
        const port = await freePort();
        const { child, ended } = generator(
            ["--series", "40", "--interval", "100ms", "--worker", "1/2", "--metrics-port", String(port)],
            { M3PERF_LOAD_REMOTE_URL: target.url },
        );
        const lines: LoadInterval[] = [];
        try {
            for await (const text of createInterface({ input: child.stdout })) {
                lines.push(JSON.parse(text) as LoadInterval);
                if (lines.length > 1) continue;
                const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
                assert.match(metrics, /^m3perf_load_samples_total\{outcome="acknowledged"\} 200$/m);
                assert.match(metrics, /^m3perf_load_latency_seconds_count 10$/m);
                assert.equal((await fetch(`http://127.0.0.1:${port}/health`)).status, 200);
                assert.equal((await fetch(`http://127.0.0.1:${port}/other`)).status, 404);
                child.kill("SIGTERM");
            }
            assert.deepEqual(await ended, [0, null]);
        } finally {
            await target.close();
        }
        const sum = (pick: (line: LoadInterval) => number) => lines.reduce((total, line) => total + pick(line), 0);
        assert.equal(
            sum((line) => line.acknowledged),
            target.received.length,
        );
        assert.equal(
            sum((line) => line.intended),
            target.received.length,
        );
        const slots = target.received.map(({ labels }) => Number(labels.slot));
        assert.deepEqual([Math.min(...slots), Math.max(...slots)], [20, 39]);
    });

    it("ends cleanly when it is asked to while it still encodes labels", async () => {
        const target = await receiver();
        const port = await freePort();
        const words = ["--series", "60k", "--labels", "20", "--batch", "20k", "--remote-url", target.url];
        const { child, ended } = generator([...words, "--metrics-port", String(port)]);
        child.stdout.resume();
        try {
            // From then on it encodes.
            await waitFor({ what: "the generator to serve its figures", timeout: 20, every: 0.02 }, () =>
                connects(port),
            );
            child.kill("SIGINT");
            assert.deepEqual(await ended, [0, null]);
        } finally {
            await target.close();
        }
    });

    it("says what it cannot write, and which port it cannot have", async () => {
        const target = await receiver();
        const port = new URL(target.url).port;
        const url = ["--remote-url", target.url, "--series", "20"];
        const file = generator([...url, "--out", "package.json/folder"]);
        const taken = generator([...url, "--metrics-port", port]);
        try {
            assert.deepEqual(await file.ended, [74, null]);
            assert.match(
                file.complaint(),
                /^the load's files cannot be written\n {2}--out package.json\/folder: ENOTDIR.*\n$/,
            );
            assert.deepEqual(await taken.ended, [74, null]);
            assert.match(
                taken.complaint(),
                /^the load's figures cannot be served\n {2}--metrics-port \d+: .*EADDRINUSE.*\n$/,
            );
        } finally {
            await target.close();
        }
    });

    it("refuses with code 64 what it does not know, everything at once", async () => {
        const { complaint, ended } = generator(["--serie", "5"], { M3PERF_LOAD_RATEE: "5" });
        assert.deepEqual(await ended, [64, null]);
        assert.match(complaint(), /--serie: is no option/);
        assert.match(complaint(), /M3PERF_LOAD_RATEE: is no setting of the load/);
    });

    it("refuses with code 64 a load that cannot be run", async () => {
        const { complaint, ended } = generator(["--series", "5", "--tenants", "2"]);
        assert.deepEqual(await ended, [64, null]);
        assert.match(complaint(), /this load cannot be run\n {2}--remote-url is missing/);
    });
});

describe("load: figures for Prometheus", () => {
    it("adds lines up, with cumulative buckets", () => {
        const metrics = new LoadMetrics();
        const line: LoadInterval = {
            v: 1,
            kind: "write",
            at: 0,
            seconds: 1,
            intended: 100,
            acknowledged: 60,
            refused: 20,
            unknown: 10,
            unsent: 10,
            requests: 9,
            errors: {},
            latency: [
                [800, 4],
                [30_208, 2],
                [90_112_000, 1],
            ],
            inHand: 3,
            waiting: 2,
            cpuSeconds: 0,
        };
        metrics.add(line);
        metrics.add({ ...line, inHand: 1, waiting: 0 });
        const text = metrics.text();
        for (const expected of [
            "m3perf_load_samples_intended_total 200",
            'm3perf_load_samples_total{outcome="refused"} 40',
            'm3perf_load_samples_total{outcome="unsent"} 20',
            "m3perf_load_requests_total 18",
            "m3perf_load_requests_in_hand 1",
            "m3perf_load_requests_waiting 0",
            'm3perf_load_latency_seconds_bucket{le="0.001"} 8',
            'm3perf_load_latency_seconds_bucket{le="0.025"} 8',
            'm3perf_load_latency_seconds_bucket{le="0.05"} 12',
            'm3perf_load_latency_seconds_bucket{le="60"} 12',
            'm3perf_load_latency_seconds_bucket{le="+Inf"} 14',
            "m3perf_load_latency_seconds_count 14",
        ])
            assert.ok(text.split("\n").includes(expected), `${expected} in\n${text}`);
    });
});
