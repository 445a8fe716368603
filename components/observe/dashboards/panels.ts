/** A small library of Grafana panels: what a panel says, and how it becomes Grafana's JSON. Pure. */

export interface Query {
    expr: string;
    /** Grafana's format: "{{pod}}". */
    legend: string;
    /** It rightly gives nothing on a healthy environment: why, and a query that gives data all the same. */
    emptyWhenHealthy?: { reason: string; inner: string };
    /** Why it gives nothing in m3perf's lab. */
    notInLab?: string;
}

export interface Panel {
    kind: "timeseries" | "stat" | "table";
    title: string;
    /** What to look for. */
    description: string;
    /** Grafana's id of a unit. */
    unit: string;
    queries: Query[];
    /** From which value on it is orange, and red. */
    steps?: { warning?: number; critical: number } | { below: number };
    stacked?: boolean;
    max?: number;
}

export interface Row {
    title: string;
    panels: Panel[];
}

export interface Position {
    x: number;
    y: number;
    w: number;
    h: number;
}

/** Grafana's grid is 24 wide. */
const width = 24;
const sizes = { stat: { w: 4, h: 4 }, timeseries: { w: 12, h: 8 }, table: { w: 24, h: 8 } } as const;

const datasource = { type: "prometheus", uid: "$" + "{datasource}" } as const;

/** Panels from left to right, a new line where one does not fit; each row begins with its title. */
export function panelsOf(rows: Row[]): object[] {
    const made: object[] = [];
    let y = 0;
    for (const { title, panels } of rows) {
        made.push({
            ...{ id: made.length + 1, type: "row", title, collapsed: false, panels: [] },
            gridPos: { x: 0, y, w: width, h: 1 },
        });
        y += 1;
        let x = 0;
        let height = 0;
        for (const panel of panels) {
            const { w, h } = sizes[panel.kind];
            if (x + w > width) {
                y += height;
                x = 0;
                height = 0;
            }
            made.push(panelOf(panel, made.length + 1, { x, y, w, h }));
            x += w;
            height = Math.max(height, h);
        }
        y += height;
    }
    return made;
}

function panelOf(panel: Panel, id: number, gridPos: Position): object {
    const { kind, title, description, unit } = panel;
    return {
        ...{ id, type: kind, title, description, datasource, gridPos },
        targets: panel.queries.map(({ expr, legend }, index) => ({
            ...{ refId: String.fromCharCode(65 + index), datasource, expr, legendFormat: legend },
            ...(kind === "timeseries" ? { range: true } : { instant: true, range: false }),
            ...(kind === "table" ? { format: "table" } : {}),
        })),
        fieldConfig: {
            defaults: {
                unit,
                min: 0,
                ...(panel.max === undefined ? {} : { max: panel.max }),
                ...thresholdsOf(panel),
                ...custom(panel),
            },
            overrides: [],
        },
        options: optionsOf(kind),
    };
}

function thresholdsOf({ steps }: Panel): object {
    const base = { color: "green", value: null };
    if (!steps) return { thresholds: { mode: "absolute", steps: [base] } };
    const levels =
        "below" in steps
            ? [
                  { color: "red", value: null },
                  { color: "green", value: steps.below },
              ]
            : [
                  base,
                  ...(steps.warning === undefined ? [] : [{ color: "orange", value: steps.warning }]),
                  { color: "red", value: steps.critical },
              ];
    return { thresholds: { mode: "absolute", steps: levels } };
}

function custom({ kind, stacked, steps }: Panel): object {
    if (kind !== "timeseries") return {};
    return {
        custom: {
            ...{
                drawStyle: "line",
                lineWidth: 1,
                fillOpacity: stacked ? 20 : 5,
                showPoints: "never",
                spanNulls: false,
            },
            stacking: { mode: stacked ? "normal" : "none", group: "A" },
            thresholdsStyle: { mode: steps ? "line" : "off" },
        },
    };
}

function optionsOf(kind: Panel["kind"]): object {
    if (kind === "stat") {
        return {
            ...{ colorMode: "value", graphMode: "none", justifyMode: "auto", textMode: "auto" },
            reduceOptions: { calcs: ["lastNotNull"], fields: "", values: false },
        };
    }
    if (kind === "table") return { showHeader: true };
    return {
        legend: { displayMode: "table", placement: "bottom", calcs: ["mean", "max", "lastNotNull"] },
        tooltip: { mode: "multi", sort: "desc" },
    };
}
