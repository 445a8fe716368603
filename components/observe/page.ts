import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { scenarioSchema } from "../../settings/scenario.ts";
import type { Site } from "../../settings/site.ts";
import { siteSchema } from "../../settings/site-file.ts";
import { projectRoot } from "../../support/paths.ts";
import { observedOf } from "./facts.ts";
import { alertsOf, recordingRules } from "./rules/index.ts";

/** docs/alerts.md, made of the rules; `npm run generate` writes it, a test holds the committed one against it. */

export const pagePath = "docs/alerts.md";

const titles: Record<string, string> = {
    database: "M3DB",
    coordinator: "Coordinators",
    query: "Queries",
    aggregator: "Aggregator",
    etcd: "etcd",
    "remote-write": "Prometheus' remote write",
    nodes: "Nodes, pods, volumes",
};

/** As on the reference site, with the default thresholds. */
export function alertsPage(): string {
    const site = siteSchema.parse(parse(readFileSync(join(projectRoot, "sites/reference.yaml"), "utf8"))) as Site;
    const observed = observedOf({ site, scenario: scenarioSchema.parse({}), replicas: { coordinator: 2, query: 2 } });
    const lines = Object.entries(alertsOf(observed)).flatMap(([area, alerts]) => [
        `## ${titles[area] ?? area}`,
        "| alert | what it says | after | severity | likely cause | next |",
        "|---|---|---|---|---|---|",
        ...alerts.map((one) => {
            const next = one.next.startsWith("m3perf") || one.next.startsWith("kubectl") ? `\`${one.next}\`` : one.next;
            return `| \`${one.alert}\` | ${cell(one.summary)} | ${one.for} | ${one.severity} | ${cell(one.cause)} | ${next} |`;
        }),
        "",
    ]);
    const recorded = recordingRules(observed).map(({ record, title }) => `| \`${record}\` | ${title} |`);
    return [
        "# Alerts and recorded series",
        "Made by `npm run generate` of `components/observe/rules/`; as on the reference site (`sites/reference.yaml`), with the default",
        "thresholds (`m3perf:observe.thresholds`). … stands for what the alert fills in. How they get into a Prometheus: [observe.md](observe.md).",
        "",
        ...lines,
        "## Recorded series",
        "| series | what it is |",
        "|---|---|",
        ...recorded,
        "",
    ].join("\n");
}

/** Prometheus' templates are no text for a reader. */
const cell = (text: string) => text.replace(/\{\{[^}]*\}\}/g, "…").replaceAll("|", "\\|");

if (import.meta.main) writeFileSync(join(projectRoot, pagePath), alertsPage());
