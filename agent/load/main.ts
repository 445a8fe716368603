/**
 * The load generator as a program: node agent/load/main.ts OPTIONS. Its options are those of `m3perf load` (options.ts) and
 *   --plan FILE|-         {"plan": a LoadPlan, "tokens": its bearer tokens} as JSON instead of options (-: on standard input)
 *   --out FOLDER          keep plan.json, load.jsonl and ledger.jsonl there; without it, load.jsonl's lines go to standard output
 *   --metrics-port PORT   figures for Prometheus at /metrics
 * Options may come as environment variables, too: M3PERF_LOAD_SERIES. It ends at --duration, or on SIGINT or SIGTERM once the requests
 * in hand are answered; a second signal ends it at once. Exit code 0: it ended as it should, whatever the receiver answered.
 */
import { readFileSync } from "node:fs";
import { hostname } from "node:os";
import { readCommandLine } from "./command-line.ts";
import { LoadMetrics, serveMetrics } from "./metrics.ts";
import type { LoadTexts } from "./options.ts";
import { folderOutput, streamOutput } from "./output.ts";
import { abandoned } from "./parent.ts";
import { checked, type LoadProblem, type Planned, planFrom } from "./plan.ts";
import { type LoadEvents, prepareLoad, startLoad } from "./run.ts";
import { readTokens, tokenProblems } from "./tokens.ts";
import type { LoadPlan } from "./types.ts";

const usage = 64;

const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error));

function fail(title: string, problems: LoadProblem[], code = usage): never {
    const lines = problems.map(({ what, why, next }) => `  ${what}: ${why}${next ? `; ${next}` : ""}`);
    process.stderr.write([title, ...lines, ""].join("\n"));
    process.exit(code);
}

/** A plan with its tokens, from a file or from standard input. */
function readPlan(file: string): Planned & { tokens: string[] } {
    try {
        const read = JSON.parse(readFileSync(file === "-" ? 0 : file, "utf8")) as { plan: LoadPlan; tokens?: string[] };
        const { plan, tokens = [] } = read;
        return { ...checked(plan, tokenProblems(plan, tokens)), tokens };
    } catch {
        // Not the error's text, which may quote a token.
        const why = 'is no JSON of the form {"plan": …}, or cannot be read';
        return { plan: undefined, problems: [{ what: `--plan ${file}`, why }], tokens: [] };
    }
}

/** A plan from options, with the tokens in the files that they name. */
function planned(texts: LoadTexts): Planned & { tokens: string[] } {
    const { tokens, problems } = readTokens(texts);
    const made = planFrom(texts, { hostname: hostname(), now: new Date() });
    if (problems.length === 0) return { ...made, tokens };
    return { plan: undefined, problems: [...made.problems, ...problems], tokens };
}

/** Calls `ended` once somebody wants it to end: also while labels are still encoded, when nothing can be ended yet. */
function onEnding(ended: () => void): void {
    let signals = 0;
    const onSignal = () => {
        if (signals++ > 0) process.exit(130);
        ended();
    };
    process.on("SIGINT", onSignal).on("SIGTERM", onSignal);
    // As a child of m3perf: it asks, or is gone itself, and then nobody else would end this.
    process.on("message", (asked) => {
        if (asked === "stop") ended();
    });
    process.on("disconnect", ended);
    if (abandoned()) ended();
}

async function main(): Promise<void> {
    let stop: (() => void) | undefined;
    let ending = false;
    onEnding(() => {
        ending = true;
        stop?.();
    });
    const { texts, plan: file, out, port, problems } = readCommandLine(process.argv.slice(2), process.env);
    if (problems.length > 0) fail("the load's options are wrong", problems);
    const asked = file === undefined ? planned(texts) : readPlan(file);
    if (!asked.plan) fail("this load cannot be run", asked.problems);
    const { plan, tokens } = asked;

    const metrics = new LoadMetrics();
    const noPort = (error: unknown) =>
        fail("the load's figures cannot be served", [{ what: `--metrics-port ${port}`, why: messageOf(error) }], 74);
    const server = port === undefined ? undefined : await serveMetrics(metrics, port).catch(noPort);
    const broken = (error: unknown) =>
        fail("the load's files cannot be written", [{ what: `--out ${out}`, why: messageOf(error) }], 74);
    const prepared = prepareLoad(plan);
    const output =
        out === undefined
            ? streamOutput((text) => void process.stdout.write(text))
            : folderOutput(out, plan, prepared.startedAt, broken);
    let told = Promise.resolve();
    const events: LoadEvents = {
        interval(line) {
            metrics.add(line);
            output.interval(line);
            if (process.connected) told = new Promise((done) => process.send?.(line, () => done()));
        },
        ledger: output.ledger,
    };
    const load = startLoad(plan, prepared, events, tokens);
    stop = load.stop;
    if (ending) stop();
    await load.done;
    await Promise.all([output.end(), told]);
    server?.close();
    process.exit(0);
}

await main();
