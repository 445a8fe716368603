/**
 * The query load as a program: node agent/load/reads-main.ts --plan FILE|- --out FOLDER. The file is {"plan": a ReadPlan, "tokens": one
 * at most, which every query carries} as JSON (-: on standard input); FOLDER/reads.jsonl gets a line each second. It ends at the plan's durationMs, or on SIGINT or SIGTERM once the queries in
 * hand are answered; a second signal ends it at once. Exit code 0: it ended as it should, whatever was answered; 64: the
 * plan or the command line is wrong; 74: the file cannot be written.
 */
import { createWriteStream, mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { finished } from "node:stream/promises";
import { parseArgs } from "node:util";
import { abandoned } from "./parent.ts";
import { runReads } from "./reads.ts";
import { type ReadPlan, readPlanProblems } from "./reads-plan.ts";
import { tokenProblems } from "./tokens.ts";
import type { LoadInterval } from "./types.ts";

function fail(title: string, problems: string[], code = 64): never {
    process.stderr.write(`${[title, ...problems.map((text) => `  ${text}`)].join("\n")}\n`);
    process.exit(code);
}

function readCommandLine(words: string[]): { plan: string; out: string } {
    const options = { plan: { type: "string" }, out: { type: "string" } } as const;
    try {
        const { plan, out } = parseArgs({ args: words, options, strict: true }).values;
        if (plan !== undefined && out !== undefined) return { plan, out };
    } catch (error) {
        fail("the query load's options are wrong", [String(error)]);
    }
    return fail("the query load's options are wrong", ["usage: reads-main.ts --plan FILE|- --out FOLDER"]);
}

function readPlan(file: string): { plan: ReadPlan; token: string | undefined } {
    let read: { plan: ReadPlan; tokens?: string[] };
    let problems: string[];
    try {
        read = JSON.parse(readFileSync(file === "-" ? 0 : file, "utf8"));
        const { plan, tokens = [] } = read;
        problems = [
            ...readPlanProblems(plan),
            ...tokenProblems({ tokens: Math.min(tokens.length, 1) }, tokens).map(({ what, why }) => `${what}: ${why}`),
        ];
    } catch {
        // Not the error's text, which may quote a token.
        return fail(`--plan ${file} is no plan`, ['wanted: JSON of the form {"plan": …}']);
    }
    if (problems.length > 0) fail("this query load cannot be run", problems);
    return { plan: read.plan, token: read.tokens?.[0] };
}

async function main(): Promise<void> {
    const { plan: file, out } = readCommandLine(process.argv.slice(2));
    const { plan, token } = readPlan(file);
    const broken = (error: unknown) => fail(`${out} cannot be written`, [String(error)], 74);
    try {
        mkdirSync(out, { recursive: true });
    } catch (error) {
        broken(error);
    }
    const lines = createWriteStream(join(out, "reads.jsonl"), { flags: "a" }).on("error", broken);
    const told = (line: LoadInterval) => {
        lines.write(`${JSON.stringify(line)}\n`);
        // Where m3perf is gone, the lines still have to come to the file.
        if (process.connected) process.send?.(line, () => {});
    };
    const reads = runReads(plan, told, token);
    let asked = 0;
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
        process.on(signal, () => {
            if (asked++ > 0) process.exit(130);
            reads.stop();
        });
    }
    // From startReads: "stop". Where whoever started it is gone, nobody would end it.
    process.on("message", () => reads.stop());
    process.on("disconnect", () => reads.stop());
    if (abandoned()) reads.stop();
    await reads.done;
    await finished(lines.end());
    process.exit(0);
}

if (import.meta.main) await main();
