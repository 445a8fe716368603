import { systems } from "./check.ts";
import type { CheckResult } from "./run.ts";

/** JUnit XML, as CI systems read it: a test suite for each system, a test case for each check. Pure. */
export function junitOf(name: string, results: CheckResult[], at: Date): string {
    const suites = systems
        .map((system) => ({ system, cases: results.filter((result) => result.system === system) }))
        .filter(({ cases }) => cases.length > 0);
    return [
        '<?xml version="1.0" encoding="UTF-8"?>',
        `<testsuites ${attributes({ name, ...totals(results) })}>`,
        ...suites.flatMap(({ system, cases }) => [
            `  <testsuite ${attributes({ name: `${name}.${system}`, ...totals(cases), timestamp: at.toISOString().slice(0, 19) })}>`,
            ...cases.flatMap(testCase),
            "  </testsuite>",
        ]),
        "</testsuites>",
        "",
    ].join("\n");
}

function totals(results: CheckResult[]) {
    const failures = results.filter(({ ok }) => !ok).length;
    const time = results.reduce((sum, { seconds }) => sum + seconds, 0).toFixed(2);
    return { tests: String(results.length), failures: String(failures), errors: "0", skipped: "0", time };
}

function testCase({ id, system, title, ok, seconds, evidence, cause, next }: CheckResult): string[] {
    const head = attributes({ classname: `verify.${system}`, name: `${id}: ${title}`, time: seconds.toFixed(2) });
    const seen = evidence.join("\n");
    if (ok) return [`    <testcase ${head}>`, `      <system-out>${escaped(seen)}</system-out>`, "    </testcase>"];
    const text = [seen, `cause: ${cause ?? ""}`, `next: ${next ?? ""}`].join("\n");
    const failure = attributes({ type: id, message: evidence[0] ?? title });
    return [`    <testcase ${head}>`, `      <failure ${failure}>${escaped(text)}</failure>`, "    </testcase>"];
}

const attributes = (values: Record<string, string>) =>
    Object.entries(values)
        .map(
            ([name, value]) =>
                `${name}="${escaped(value)
                    .replace(/\s/g, (space) => `&#${space.charCodeAt(0)};`)
                    .replaceAll("&#32;", " ")}"`,
        )
        .join(" ");

/** Without what XML 1.0 cannot hold at all: control characters (a log line with colours), halves of pairs. */
const escaped = (text: string) =>
    text
        .toWellFormed()
        // biome-ignore lint/suspicious/noControlCharactersInRegex: these are the ones to take away
        .replace(/[\u0000-\u0008\u000b\u000c\u000e-\u001f\ufffe\uffff]/g, "")
        .replaceAll("&", "&amp;")
        .replaceAll("<", "&lt;")
        .replaceAll(">", "&gt;")
        .replaceAll('"', "&quot;");
