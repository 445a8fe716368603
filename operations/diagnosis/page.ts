/** docs/diagnosis.md, made of the troubles. `node operations/diagnosis/write-page.ts` (npm run generate) writes it. */
import type { Names, Trouble } from "./trouble.ts";
import { troubles as known } from "./troubles/index.ts";

/** Names of the reference topology, for the page. */
export const referenceNames: Names = {
    namespace: "m3db",
    cluster: "m3-cluster",
    monitoring: "monitoring",
    inspect: [
        "kubectl -n monitoring get configmap prometheus-server -o yaml",
        "kubectl -n monitoring logs deployment/prometheus-server",
    ],
};

export const pagePath = "docs/diagnosis.md";

const head = `# Diagnosis
<!-- Made of operations/diagnosis/troubles by npm run generate: change it there. -->
\`m3perf diagnose\` runs the checks of \`m3perf verify\` and says which known trouble the environment has: root causes first, each with
its evidence, cause and fix, and under it what comes of it. What failed and fits no known trouble is told as that.

\`\`\`
npx m3perf diagnose                    # which trouble is it?
npx m3perf diagnose etcd-quorum-lost   # what is known of one, and is it there?
npx m3perf diagnose --list
\`\`\`

Exit code 0: none. 1: some (the named one, where one is named). \`--json\` has everything. It writes the test series of \`verify\` and
changes nothing else. A fix may have to be done in order: heal the first, then run it again.
\`test/e2e/52-faults.full.test.ts\` makes troubles on purpose in the lab and holds what is told of them; troubles that it does
not make are recognised in unit tests only.

| trouble | id |
|---|---|
`;

/** Pure. */
export function page(troubles: Trouble[] = known): string {
    const rows = troubles.map(({ id, title }) => `| [${title}](#${anchor(title)}) | \`${id}\` |`);
    return `${head}${rows.join("\n")}\n${troubles.map(section).join("")}`;
}

function section({ id, title, looks, cause, tells, wake, prevention, docs, fix }: Trouble): string {
    const told = Object.entries(tells).map(([check, evidence]) => `- \`${check}\`: ${evidence}`);
    const others = wake.filter((check) => !(check in tells)).map((check) => `\`${check}\``);
    const steps = fix(referenceNames, ["NAME"]).map((step) => `- ${step}`);
    return [
        "",
        `## ${title}`,
        `\`${id}\``,
        "",
        ...looks.map((line) => `- looks like: ${line}`),
        `- cause: ${cause}`,
        "",
        "How verify tells it:",
        ...told,
        ...(others.length > 0 ? [`- may fail with it: ${others.join(", ")}`] : []),
        "",
        "Fix:",
        ...steps,
        "",
        `Prevention: ${prevention}. More: [${docs}](${docs.replace(/^docs\//, "")}).`,
        "",
    ].join("\n");
}

/** As GitHub makes it of a heading. */
const anchor = (title: string) =>
    title
        .toLowerCase()
        .replace(/[^\w\s-]/g, "")
        .replaceAll(" ", "-");
