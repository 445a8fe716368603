import assert from "node:assert/strict";
import type { IncomingMessage } from "node:http";
import { Readable } from "node:stream";
import type { HttpStream } from "../../../operations/access/http.ts";
import { filterOf, lineText, millisecondsOf, shortName } from "../../../operations/cli/verbs/logs.ts";
import { chosenOf } from "../../../operations/logs/component.ts";
import { followLogs } from "../../../operations/logs/follow.ts";
import { type LogLine, levelOf, readable, splitTime } from "../../../operations/logs/line.ts";
import { merge, Tail } from "../../../operations/logs/tail.ts";
import { environment } from "./healthy.ts";

const source = (pod: string) => ({ namespace: "m3db", pod, container: "main", uid: pod });
const at = (second: number, fraction = "") => `2026-11-27T18:00:0${second}${fraction && `.${fraction}`}Z`;
const since = at(0, "000000000");
const signal = () => new AbortController().signal;
const collect = async (log: AsyncGenerator<LogLine, unknown>) => {
    const lines: string[] = [];
    for await (const { line } of log) lines.push(line);
    return lines;
};

/** An API server with the whole log of each pod: it answers from the whole second that is asked for, as the real one does. */
class Api {
    logs = new Map<string, string[]>();
    asked: string[] = [];
    /** Of the next requests: how many lines come before the connection breaks. */
    breaks: number[] = [];

    stream: HttpStream = async (path, { query }) => {
        const pod = /pods\/([^/]+)\/log/.exec(path)?.[1] ?? "";
        this.asked.push(`${pod} ${query?.sinceTime}`);
        const log = this.logs.get(pod);
        if (!log) return { status: 404, body: Readable.from([]) as IncomingMessage };
        const from = query?.sinceTime ?? "";
        const lines = log.filter((line) => line.slice(0, 19) >= from.slice(0, 19)).map((line) => `${line}\n`);
        const limit = this.breaks.shift();
        const body = Readable.from(
            (async function* () {
                yield* limit === undefined ? lines : lines.slice(0, limit);
                if (limit !== undefined) throw new Error("socket hang up");
            })(),
        );
        return { status: 200, body: body as IncomingMessage };
    };
}

describe("logs", () => {
    it("come in order from several replicas", async () => {
        const api = new Api();
        api.logs.set("a", [`${at(1)} a1`, `${at(3, "5")} a3`, `${at(4)} a4`]);
        api.logs.set("b", [`${at(2)} b2`, `${at(3, "25")} b3`]);
        api.logs.set("c", []);
        const tails = ["a", "b", "c"].map((pod) => new Tail(source(pod), api.stream, since));
        const read = tails.map((tail) => tail.read({ follow: false, signal: signal() }));
        assert.deepEqual(await collect(merge(read)), ["a1", "b2", "b3", "a3", "a4"]);
    });

    it("have no line twice and none lost when the connection breaks, wherever it does", async () => {
        // Three lines of one and the same time, and two alike of it.
        const log = [`${at(1)} one`, `${at(1, "5")} x`, `${at(1, "5")} x`, `${at(1, "5")} y`, `${at(2)} two`];
        for (let first = 0; first <= log.length; first++) {
            for (let second = 0; second <= log.length; second++) {
                const api = new Api();
                api.logs.set("a", log);
                api.breaks = [first, second];
                const tail = new Tail(source("a"), api.stream, since);
                const seen: string[] = [];
                for (let i = 0; i < 3; i++) {
                    const lines = tail.read({ follow: true, signal: signal() });
                    try {
                        for await (const { line } of lines) seen.push(line);
                    } catch (error) {
                        assert.match(String(error), /the log of a broke off: socket hang up/);
                    }
                }
                assert.deepEqual(seen, ["one", "x", "x", "y", "two"], `broken after ${first} and ${second}`);
            }
        }
    });

    it("are followed over a pod that is made again and an API server that goes away", async () => {
        const api = new Api();
        api.logs.set("old", [`${at(1)} first`]);
        const stop = new AbortController();
        const seen: string[] = [];
        const said: string[] = [];
        let looks = 0;
        await followLogs({
            stream: api.stream,
            ...{ since, follow: true, previous: false, signal: stop.signal, every: 0.002 },
            async sources() {
                looks += 1;
                if (looks === 1) return [source("old")];
                if (looks < 4) throw new Error("connect ECONNREFUSED");
                api.logs.delete("old");
                api.logs.set("new", [`${at(5)} second`]);
                if (api.asked.filter((line) => line.startsWith("new")).length > 2) stop.abort();
                return [source("new")];
            },
            show: ({ pod, line }) => seen.push(`${pod} ${line}`),
            say: (text) => said.push(text),
        });
        assert.deepEqual(seen, ["old first", "new second"]);
        assert.deepEqual(said, [
            "the API server does not answer, waiting for it: connect ECONNREFUSED",
            "the API server answers again",
        ]);
    });

    it("of one that cannot be read hide no other, and say so once, followed or not", async () => {
        const api = new Api();
        api.logs.set("a", [`${at(1)} a1`]);
        api.logs.set("c", [`${at(2)} c2`]);
        const refused = JSON.stringify({ kind: "Status", message: 'pods "b" is forbidden:  no right to pods/log' });
        for (const follow of [false, true]) {
            const stop = new AbortController();
            const seen: string[] = [];
            const said: string[] = [];
            let asked = 0;
            const stream: HttpStream = async (path, request) => {
                if (path.includes("/pods/b/")) {
                    asked += 1;
                    if (asked > 3) stop.abort();
                    return { status: 403, body: Readable.from([refused]) as IncomingMessage };
                }
                if (path.includes("/pods/d/")) throw new Error("connect ECONNREFUSED 10.0.0.1:6443");
                return api.stream(path, request);
            };
            const silent = await followLogs({
                ...{ stream, since, follow, previous: false, signal: stop.signal, every: 0.002 },
                sources: async () => ["a", "b", "c", "d"].map(source),
                show: ({ line }) => seen.push(line),
                say: (text) => said.push(text),
            });
            assert.deepEqual(seen, ["a1", "c2"], `follow: ${follow}`);
            assert.deepEqual(said.sort(), [
                'the log of b answered 403: pods "b" is forbidden: no right to pods/log',
                "the log of d cannot be asked for: connect ECONNREFUSED 10.0.0.1:6443",
            ]);
            assert.equal(silent, 2);
        }
    });

    it("tell a refusal of the API server", async () => {
        const stream: HttpStream = async () => ({ status: 403, body: Readable.from([]) as IncomingMessage });
        const tail = new Tail(source("a"), stream, since);
        await assert.rejects(collect(tail.read({ follow: false, signal: signal() })), /the log of a answered 403/);
    });

    it("have times that sort as text", () => {
        assert.deepEqual(splitTime("2026-11-27T18:00:01.5Z a  b"), {
            time: "2026-11-27T18:00:01.500000000Z",
            line: "a  b",
        });
        assert.deepEqual(splitTime("2026-11-27T18:00:01Z"), { time: "2026-11-27T18:00:01.000000000Z", line: "" });
        assert.equal(splitTime("unable to retrieve container logs"), undefined);
    });

    const zap = '{"level":"warn","ts":1.5,"msg":"late","key":"_kv/x","n":3,"error":"a b"}';
    it("show zap's JSON as words and everything else as it is", () => {
        assert.equal(readable(zap), 'WARN  late key=_kv/x n=3 error="a b"');
        for (const line of ["plain", "{broken", '{"level":1,"msg":"x"}', "panic: x"])
            assert.equal(readable(line), line);
    });

    it("know the levels of M3, etcd 3.4 and Prometheus", () => {
        assert.equal(levelOf(zap), "warn");
        assert.equal(levelOf('{"level":"fatal","msg":"x"}'), "error");
        assert.equal(levelOf("2026-11-27 18:20:46.721583 W | etcdserver: took too long"), "warn");
        assert.equal(levelOf("ts=2026-11-27T18:04:55.776Z caller=main.go:973 level=info msg=x"), "info");
        assert.equal(levelOf("goroutine 1 [running]:"), undefined);
    });

    it("are filtered by level and expression; what tells no level is shown", () => {
        const lines = [zap, '{"level":"info","msg":"fine"}', "goroutine 1"];
        assert.deepEqual(lines.filter(filterOf({ level: "warn" })), [zap, "goroutine 1"]);
        assert.deepEqual(lines.filter(filterOf({ grep: "^go|fine" })), lines.slice(1));
        assert.throws(() => filterOf({ level: "loud" }), /--level = loud[\s\S]*allowed: debug, info, warn, error/);
        assert.throws(() => filterOf({ grep: "(" }), /--grep = \(/);
    });

    it("are of a component, or of a pod by its name", () => {
        assert.deepEqual(chosenOf(environment, "etcd"), { namespace: "m3db", selector: "app=etcd" });
        assert.deepEqual(chosenOf(environment, "prometheus"), {
            namespace: "monitoring",
            prefix: "prometheus-server-",
        });
        assert.deepEqual(chosenOf(environment, "etcd-0"), { namespace: "m3db", pod: "etcd-0" });
        assert.throws(() => chosenOf(environment, "gateway"), /has no gateway/);
        assert.throws(() => chosenOf(environment, "qery"), /did you mean query\?/);
        assert.throws(() => chosenOf(environment, undefined), /allowed: etcd, operator/);
    });

    it("take a duration and nothing like it", () => {
        assert.equal(millisecondsOf("--since", "1h30m"), 5_400_000);
        for (const value of ["10", "1d", "", "-5m"])
            assert.throws(() => millisecondsOf("--since", value), /--since = /);
    });

    it("are short, and coloured only where asked", () => {
        const line = { time: at(1, "500000000"), pod: "m3query-5fd487b8db-jcj2k", container: "m3query", line: "x" };
        assert.equal(lineText(line, false), "18:00:01.500 m3query-jcj2k x");
        const shown = lineText(line, true).replaceAll("\u001b", "ESC").replace(/3\d/, "3N");
        assert.equal(shown, "18:00:01.500 ESC[3Nmm3query-jcj2kESC[0m x");
        assert.equal(shortName("m3-cluster-rep0-0"), "m3-cluster-rep0-0");
    });
});
