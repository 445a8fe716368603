/** Every query of dashboards and rules, asked of a live Prometheus. */
import { dashboardsOf } from "../../components/observe/dashboards/index.ts";
import type { Observed } from "../../components/observe/facts.ts";
import { alertsOf, recordingRules } from "../../components/observe/rules/index.ts";

export interface Asked {
    /** "dashboard m3db, Bootstrapped": where it stands. */
    where: string;
    expr: string;
    /** It rightly gives nothing; this other one gives data instead. */
    inner?: string;
    /** It gives nothing in the lab, and here is why: asked all the same, so that no mark hides one that does. */
    notInLab?: string;
}

/** As Grafana fills it in for scrapes of a minute apart. */
const filled = (expr: string) => expr.replaceAll("$__rate_interval", "5m");

export function everyQuery(observed: Observed): Asked[] {
    const panels = dashboardsOf(observed).flatMap(({ area, rows }) =>
        rows.flatMap((row) =>
            row.panels.flatMap(({ title, queries }) =>
                queries.map(({ expr, emptyWhenHealthy, notInLab }) => ({
                    where: `dashboard ${area}, ${title}`,
                    expr: filled(expr),
                    ...(emptyWhenHealthy ? { inner: emptyWhenHealthy.inner } : {}),
                    ...(notInLab ? { notInLab } : {}),
                })),
            ),
        ),
    );
    const recorded = recordingRules(observed).map(({ record, expr }) => ({ where: `recording rule ${record}`, expr }));
    const alerts = Object.values(alertsOf(observed))
        .flat()
        .map(({ alert, value, notInLab }) => ({
            where: `alert ${alert}`,
            expr: value,
            ...(notInLab ? { notInLab } : {}),
        }));
    return [...panels, ...recorded, ...alerts];
}

/** What a Prometheus answers to an instant query. */
export type Ask = (query: string) => Promise<unknown[]>;

/** Those that fail or give nothing, in words; none: all is well. */
export async function unanswered(queries: Asked[], ask: Ask): Promise<string[]> {
    const problems: string[] = [];
    for (const { where, expr, inner, notInLab } of queries) {
        try {
            const found = await ask(expr);
            if (notInLab !== undefined) {
                if (found.length > 0)
                    problems.push(`${where}: has data in the lab, too: its mark is wrong (${notInLab})`);
            } else if (inner === undefined) {
                if (found.length === 0) problems.push(`${where}: no data: ${expr}`);
            } else if ((await ask(inner)).length === 0)
                problems.push(`${where}: no data where there must be: ${inner}`);
        } catch (error) {
            problems.push(`${where}: ${error instanceof Error ? error.message : String(error)}: ${expr}`);
        }
    }
    return problems;
}
