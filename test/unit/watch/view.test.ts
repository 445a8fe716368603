import assert from "node:assert/strict";
import type { Sample } from "../../../operations/watch/sample.ts";
import { painted } from "../../../operations/watch/terminal.ts";
import { noHistory, withSample } from "../../../operations/watch/view/history.ts";
import { keyLine } from "../../../operations/watch/view/line.ts";
import {
    ageText,
    barText,
    bytesText,
    countText,
    millisecondsText,
    sparkText,
} from "../../../operations/watch/view/numbers.ts";
import { screenLines } from "../../../operations/watch/view/screen.ts";
import { fitted, plainText, span, widthOf } from "../../../operations/watch/view/text.ts";
import { at, node, pod, sample } from "./fixture.ts";

const mode = "every 5s; q quits";
const lines = (of: Sample, width: number, height: number, now = at) =>
    screenLines({
        sample: of,
        history: withSample(noHistory, of),
        now,
        width,
        height,
        mode,
        log: "log a.jsonl: 3 samples",
    });
const text = (of: Sample, width: number, height: number, now = at) =>
    lines(of, width, height, now).map((line) => plainText(line).trimEnd());

/** An environment that is larger than a screen. */
const large = sample({
    nodes: Array.from({ length: 12 }, (_, i) => node(`worker-${i + 1}`)),
    pods: Array.from({ length: 30 }, (_, i) => pod(`m3-cluster-rep${i % 3}-${i}`, i === 27 ? { ready: false } : {})),
});

describe("watch: the screen", () => {
    it("has everything on a wide terminal", () => {
        assert.deepEqual(text(sample(), 150, 40), [
            "m3perf watch  dev on lab, every 5s; q quits                                                                                               17:30:05 UTC",
            "figures from metrics-server; nodes: their own cgroups in the lab                                                                log a.jsonl: 3 samples",
            "",
            "M3           ANSWER  SAMPLES/S  WRITES/S  READS/S  ERRORS/S  WRITE P50    P99   AGE         SAMPLES/S, LATELY",
            "coordinator     1/1        541      0.29      0.5         0     1.5 ms  12 ms   2 s                         █",
            "dbnode          1/2        540         9      0.5      0.25     1.5 ms  12 ms  12 s                         █",
            "etcd         1/1 answer, leader etcd-0, database 256 KiB, fsync p99 3.2 ms, 0 proposals pending, 0 failed/s  3 s old",
            "Prometheus   remote write 45 s behind, 541 samples/s sent, 0 lost/s, 1.5 retried/s, 624 pending, 1 of 50 shards  3 s old  █",
            "",
            "NODE      ROLES  STATE          CPU               MEMORY              MEM%              DISK  DISK%  AGE",
            "worker-1  m3db   Ready     0.25 / 4  3.00 GiB / 8.00 GiB  ███▊······   38%  40 GiB / 250 GiB    16%  4 s",
            "worker-2  m3db   NotReady     - / 4         - / 8.00 GiB                 -  40 GiB / 250 GiB    16%    -",
            "",
            "POD                NODE      STATE         RESTARTS   CPU   REQ/LIM    MEMORY      REQUEST/LIMIT              OF LIMIT  DISK   AGE",
            "m3coordinator-a    worker-4  Running              0  0.50  0.5/none   636 MiB   2.00 GiB/816 MiB  ███████▊··       78%     -   9 s",
            "m3-cluster-rep0-0  worker-1  Running    2 OOMKilled  0.50  0.5/none  1.90 GiB  2.00 GiB/2.00 GiB  █████████▌       95%     -   9 s",
            "m3-cluster-rep1-0  worker-2  not ready            0  0.50  0.5/none  1.50 GiB  2.00 GiB/2.00 GiB  ███████▌··       75%     -  95 s",
            "etcd-0             worker-1  Running              0  0.50  0.5/none    32 MiB          none/none                     -     -   9 s",
        ]);
    });

    it("keeps what matters on a narrow one", () => {
        assert.deepEqual(text(sample(), 72, 18), [
            "m3perf watch  dev on lab, every 5s; q quits                 17:30:05 UTC",
            "figures from metrics-server; nodes: their own cgroups in the lab",
            "",
            "M3           ANSWER  SAMPLES/S  WRITES/S  READS/S  ERRORS/S    P99   AGE",
            "coordinator     1/1        541      0.29      0.5         0  12 ms   2 s",
            "dbnode          1/2        540         9      0.5      0.25  12 ms  12 s",
            "etcd         1/1 answer, leader etcd-0, database 256 KiB, fsync p99 3.2…",
            "Prometheus   remote write 45 s behind, 541 samples/s sent, 0 lost/s, 1.…",
            "",
            "NODE      STATE          CPU               MEMORY  MEM%  DISK%  AGE",
            "worker-1  Ready     0.25 / 4  3.00 GiB / 8.00 GiB   38%    16%  4 s",
            "worker-2  NotReady     - / 4         - / 8.00 GiB     -    16%    -",
            "",
            "POD                 STATE       RESTARTS   CPU    MEMORY  OF LIMIT   AGE",
            "m3coordinator-a     Running            0  0.50   636 MiB       78%   9 s",
            "m3-cluster-rep0-0   Running    2 OOMKil…  0.50  1.90 GiB       95%   9 s",
            "m3-cluster-rep1-0   not ready          0  0.50  1.50 GiB       75%  95 s",
            "etcd-0              Running            0  0.50    32 MiB         -   9 s",
        ]);
    });

    it("has no line longer than the terminal and no more lines than it, whatever its size", () => {
        for (const of of [
            sample(),
            large,
            sample({ nodes: [], pods: [], processes: [], etcd: [], prometheus: null }),
        ]) {
            for (let width = 20; width <= 220; width += 5) {
                for (const height of [3, 10, 18, 24, 40, 80]) {
                    const shown = lines(of, width, height);
                    assert.ok(shown.length <= height, `${shown.length} lines at ${width}x${height}`);
                    for (const line of shown) {
                        assert.ok(widthOf(plainText(line)) <= width, `at ${width}x${height}: ${plainText(line)}`);
                    }
                }
            }
        }
    });

    it("shows those first that need a look where not all fit, and counts the others", () => {
        const shown = text(large, 120, 30);
        assert.ok(shown.some((line) => line.startsWith("m3-cluster-rep0-27 ")));
        assert.ok(shown.some((line) => /^ {2}… \d+ more pods, in order$/.test(line)));
        const pods = shown.filter((line) => line.startsWith("m3-cluster-rep")).length;
        const others = Number(/(\d+) more pods/.exec(shown.join("\n"))?.[1]);
        assert.equal(pods + others, 30);
    });

    it("says for how long the API server has not answered, once, and how old each figure is", () => {
        const error = "connect ECONNREFUSED 10.77.0.2:6443";
        const away = sample({
            sources: ["objects", "usage", "dbnode"].map((id) => ({ id, at, failures: 5, error, since: at })),
        });
        const shown = text(away, 120, 40, at + 83_000);
        const faults = shown.filter((line) => line.startsWith("!"));
        assert.deepEqual(faults, [`! the API server does not answer for 83 s: ${error}`]);
        const worker = shown.find((line) => line.startsWith("worker-1"));
        assert.match(worker ?? "", / 87 s$/);
    });

    it("names what is refused by what it is", () => {
        const error = "GET /api/v1/nodes answered 403: nodes is forbidden";
        const refused = sample({ sources: [{ id: "objects", at, failures: 1, error, since: at }] });
        assert.ok(text(refused, 120, 40).includes(`! no new figures of objects for 0 s: ${error}`));
        assert.match(keyLine(refused), / {2}no new figures of objects$/);
    });

    it("marks what is wrong by colour only where colour is wanted", () => {
        const bad = lines(sample(), 150, 40).map((line) => painted(line, true));
        assert.ok(bad.some((line) => line.includes("\x1b[31;1mNotReady")));
        assert.ok(lines(sample(), 150, 40).every((line) => !painted(line, false).includes("\x1b")));
    });
});

describe("watch: a line for what is no terminal", () => {
    it("has the key figures", () => {
        assert.equal(
            keyLine(sample()),
            "2026-11-27T17:30:05Z  nodes 1/2 ready  pods 3/4 ready  restarts 2  cpu 2.00  fullest m3-cluster-rep0-0 95% of its memory limit  coordinator 541 samples/s  dbnode 540 samples/s  errors 0.25/s  remote write 45 s behind",
        );
    });

    it("says that the API server is away", () => {
        const sources = [{ id: "objects", at, failures: 3, error: "connect ECONNREFUSED", since: at - 12_000 }];
        assert.match(keyLine(sample({ sources })), / {2}API SERVER DOES NOT ANSWER for 12 s$/);
    });
});

describe("watch: figures as text", () => {
    it("are short and tell what is not known from what is nothing", () => {
        assert.deepEqual([null, 0, 0.001, 0.29, 9.999, 12.34, 540.6, 9999.4, 12_345, 1_234_567].map(countText), [
            "-",
            "0",
            "<0.01",
            "0.29",
            "10",
            "12.3",
            "541",
            "9,999",
            "12.3k",
            "1.2M",
        ]);
        assert.deepEqual([null, 0, 512, 2 ** 20, 1.99 * 2 ** 30, 23.4 * 2 ** 30].map(bytesText), [
            "-",
            "0 B",
            "512 B",
            "1 MiB",
            "1.99 GiB",
            "23 GiB",
        ]);
        assert.deepEqual([null, 0.04, 12.4, 999.6, 61_000].map(millisecondsText), [
            "-",
            "0 ms",
            "12 ms",
            "1.0 s",
            "61.0 s",
        ]);
        assert.deepEqual([null, 0, 119, 120, 3600, 400_000].map(ageText), [
            "-",
            "0 s",
            "119 s",
            "2 min",
            "1 h 0 min",
            "4 d",
        ]);
    });

    it("are bars of the width that is asked for", () => {
        assert.deepEqual(
            [null, 0, 50, 100, 250].map((percent) => barText(percent, 4)),
            ["    ", "····", "██··", "████", "████"],
        );
        assert.equal(sparkText([1, null, 2, 8], 6), "  ▂ ▃█");
        assert.equal(sparkText([0, 0], 2), "▁▁");
    });

    it("are cut with a mark", () => {
        assert.equal(fitted("m3coordinator", 6), "m3coo…");
        assert.equal(fitted("12", 4, "right"), "  12");
        assert.equal(plainText([span("a"), span("b")]), "ab");
    });
});
