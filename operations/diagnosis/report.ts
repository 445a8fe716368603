import type { Style } from "../checks/report.ts";
import { wrap } from "../checks/report.ts";
import type { Diagnosis, Found, Root } from "./diagnose.ts";
import type { Names, Sign, Trouble } from "./trouble.ts";

const shown = 6;

const painter =
    ({ color }: Style) =>
    (code: number, text: string) =>
        color ? `\x1b[${code}m${text}\x1b[0m` : text;

/** Lines of evidence, no more than a person reads. */
function seenLines(why: string[]): string[] {
    const more = why.length - shown;
    return [...why.slice(0, shown), ...(more > 0 ? [`and ${more} more`] : [])].map((line) => `seen: ${line}`);
}

/** Steps for a terminal: without the backquotes of Markdown. */
const plain = (steps: string[]) => steps.map((step) => step.replaceAll("`", ""));

const addressOf = ({ address = (text) => text }: Names) => address;

const fixOf = ({ trouble, sign }: Found, names: Names): string[] =>
    plain(sign.fix ?? trouble.fix(names, sign.about)).map(addressOf(names));

function rootLines(root: Root, names: Names): string[] {
    const { trouble, sign, consequences } = root;
    return [
        `it is about: ${sign.about.join(", ")}`,
        ...seenLines(sign.why),
        `cause: ${sign.cause ?? trouble.cause}`,
        ...fixOf(root, names).map((step) => `fix: ${step}`),
        `more: ${trouble.docs}, ${addressOf(names)(`m3perf diagnose ${trouble.id}`)}`,
        ...(consequences.length > 0
            ? [
                  `comes of it: ${consequences.map((one) => `${one.trouble.title.toLowerCase()} (${one.trouble.id})`).join("; ")}`,
              ]
            : []),
    ];
}

/** What `m3perf diagnose` prints. Pure. */
export function renderDiagnosis(
    { roots, unexplained, failed, checked }: Diagnosis,
    names: Names,
    style: Style,
): string {
    const paint = painter(style);
    const indented = (lines: string[]) =>
        lines.flatMap((line) => wrap(line, style.width - 2).map((text) => `  ${text}`));
    const blocks = roots.flatMap((root) => [
        `${paint(31, root.trouble.title)} (${root.trouble.id}${root.sign.sure === "likely" ? ", likely" : ""})`,
        ...indented(rootLines(root, names)),
        "",
    ]);
    const others = unexplained.flatMap(({ id, title, evidence, cause = "", next = "" }) => [
        `${paint(31, "not explained by a known trouble")}: ${title} (${id})`,
        ...indented([...seenLines(evidence), `cause: ${cause}`, `next: ${next}`]),
        "",
    ]);
    return `${[...blocks, ...others, paint(failed.length === 0 ? 32 : 31, summary({ roots, unexplained, failed, checked }))].join("\n")}\n`;
}

function summary({ roots, unexplained, failed, checked }: Diagnosis): string {
    if (failed.length === 0) return `no trouble: ${checked} of ${checked} checks passed`;
    const names = roots.map(({ trouble }) => trouble.id).join(", ") || "none that is known";
    const rest = unexplained.length > 0 ? `; ${unexplained.length} not explained` : "";
    return `trouble: ${names}; ${failed.length} of ${checked} checks failed${rest}`;
}

/** What is known of a trouble. Pure. */
export function renderTrouble(trouble: Trouble, names: Names, style: Style): string {
    const lines = [
        `id: ${trouble.id}`,
        ...trouble.looks.map((line) => `looks like: ${line}`),
        `cause: ${trouble.cause}`,
        ...Object.entries(trouble.tells).map(([check, evidence]) => `told by: ${check}: ${evidence}`),
        ...plain(trouble.fix(names, ["NAME"])).map((step) => `fix: ${addressOf(names)(step)}`),
        `prevention: ${trouble.prevention}`,
        `more: ${trouble.docs}`,
    ];
    const paint = painter(style);
    return [
        paint(1, trouble.title),
        ...lines.flatMap((line) => wrap(line, style.width - 2).map((text) => `  ${text}`)),
        "",
    ].join("\n");
}

/** Whether a trouble is there, in one line and its evidence. Pure. */
export function renderPresence(
    trouble: Trouble,
    { roots, failed, checked }: Diagnosis,
    names: Names,
    style: Style,
): string {
    const paint = painter(style);
    const asRoot = roots.find((root) => root.trouble.id === trouble.id);
    if (asRoot) return lines([paint(31, "it is there"), ...rootLines(asRoot, names)], style);
    for (const root of roots) {
        const found = root.consequences.find((one) => one.trouble.id === trouble.id);
        if (!found) continue;
        const head = paint(
            31,
            `it is there, and comes of another: ${root.trouble.title.toLowerCase()} (${root.trouble.id})`,
        );
        return lines(
            [head, ...seenLines(found.sign.why), ...fixOf(root, names).map((step) => `fix of that: ${step}`)],
            style,
        );
    }
    const others =
        failed.length === 0
            ? ""
            : `; ${failed.length} of ${checked} checks failed for other reasons: ${addressOf(names)("m3perf diagnose")}`;
    return lines([paint(32, `it is not there${others}`)], style);
}

const lines = ([head = "", ...rest]: string[], { width }: Style) =>
    `${[head, ...rest.flatMap((line) => wrap(line, width - 2).map((text) => `  ${text}`))].join("\n")}\n`;

const signJson = ({ sure, why, about, cause }: Sign, trouble: Trouble) => ({
    sure,
    about,
    evidence: why,
    cause: cause ?? trouble.cause,
});

/** What `--json` prints. */
export function diagnosisJson({ roots, unexplained, failed, checked }: Diagnosis, names: Names) {
    return {
        ok: failed.length === 0,
        checked,
        failed,
        troubles: roots.map((root) => ({
            id: root.trouble.id,
            title: root.trouble.title,
            ...signJson(root.sign, root.trouble),
            fix: fixOf(root, names),
            docs: root.trouble.docs,
            consequences: root.consequences.map(({ trouble, sign }) => ({
                id: trouble.id,
                title: trouble.title,
                ...signJson(sign, trouble),
            })),
        })),
        unexplained,
    };
}
export type DiagnosisJson = ReturnType<typeof diagnosisJson>;

/** A trouble as data, for `--list --json`. */
export function troubleJson(
    { id, title, looks, cause, tells, wake, prevention, docs, ...trouble }: Trouble,
    names: Names,
) {
    return { id, title, looks, cause, tells, wake, fix: plain(trouble.fix(names, ["NAME"])), prevention, docs };
}
