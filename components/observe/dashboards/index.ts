import { createHash } from "node:crypto";
import type { Observed } from "../facts.ts";
import { aggregatorRows } from "./aggregator.ts";
import { coordinatorRows } from "./coordinator.ts";
import { etcdRows } from "./etcd.ts";
import { m3dbRows } from "./m3db.ts";
import { nodesRows } from "./nodes.ts";
import { overviewRows } from "./overview.ts";
import { panelsOf, type Row } from "./panels.ts";
import { remoteWriteRows } from "./remote-write.ts";

export interface Dashboard {
    area: string;
    title: string;
    rows: Row[];
}

/** One for each area, the overview first. */
export function dashboardsOf(observed: Observed): Dashboard[] {
    return [
        { area: "overview", title: "Overview", rows: overviewRows(observed) },
        { area: "coordinator", title: "Coordinator and query", rows: coordinatorRows(observed) },
        { area: "m3db", title: "M3DB", rows: m3dbRows(observed) },
        { area: "aggregator", title: "Aggregator", rows: aggregatorRows(observed) },
        { area: "etcd", title: "etcd", rows: etcdRows(observed) },
        { area: "remote-write", title: "Prometheus remote write", rows: remoteWriteRows(observed) },
        { area: "nodes", title: "Nodes and pods", rows: nodesRows(observed) },
    ];
}

/** Stays the same, so that links and stars do; 40 characters are Grafana's limit. */
export function uidOf({ namespace }: Pick<Observed, "namespace">, area: string): string {
    const uid = `m3perf-${namespace}-${area}`;
    return uid.length <= 40 ? uid : `m3perf-${createHash("sha256").update(uid).digest("hex").slice(0, 32)}`;
}

/** Grafana's JSON (schema 39, Grafana 10.4 and later; newer ones bring it up to date by themselves). */
export function dashboardJson(observed: Observed, { area, title, rows }: Dashboard): string {
    const json = {
        uid: uidOf(observed, area),
        title: `M3 ${observed.namespace} / ${title}`,
        tags: ["m3perf", "m3db"],
        schemaVersion: 39,
        editable: true,
        graphTooltip: 1,
        refresh: "30s",
        time: { from: "now-1h", to: "now" },
        timezone: "",
        templating: {
            list: [
                {
                    ...{ name: "datasource", label: "Data source", type: "datasource", query: "prometheus" },
                    ...{ refresh: 1, hide: 0, multi: false, includeAll: false, regex: "" },
                },
            ],
        },
        links: [
            { type: "dashboards", title: "M3", tags: ["m3perf"], asDropdown: true, keepTime: true, includeVars: true },
        ],
        annotations: { list: [] },
        panels: panelsOf(rows),
    };
    return `${JSON.stringify(json, null, 2)}\n`;
}
