import assert from "node:assert/strict";
import { dashboardJson, dashboardsOf, uidOf } from "../../../../components/observe/dashboards/index.ts";
import { type Panel, type Position, panelsOf } from "../../../../components/observe/dashboards/panels.ts";
import { recordingRules } from "../../../../components/observe/rules/index.ts";
import { observedWith } from "./environment.ts";

interface Json {
    uid: string;
    title: string;
    schemaVersion: number;
    templating: { list: { name: string; type: string }[] };
    panels: {
        id: number;
        type: string;
        title: string;
        description?: string;
        datasource?: { uid: string };
        gridPos: Position;
        fieldConfig?: { defaults: { unit: string } };
        targets?: { refId: string; expr: string; legendFormat: string }[];
    }[];
}

const observed = observedWith();
const all = dashboardsOf(observed).map((one) => ({
    area: one.area,
    json: JSON.parse(dashboardJson(observed, one)) as Json,
}));

const overlap = (one: Position, other: Position) =>
    one.x < other.x + other.w && other.x < one.x + one.w && one.y < other.y + other.h && other.y < one.y + one.h;

describe("dashboards", () => {
    it("are one for each area, under uids that stay and that Grafana takes", () => {
        assert.deepEqual(
            all.map(({ area }) => area),
            ["overview", "coordinator", "m3db", "aggregator", "etcd", "remote-write", "nodes"],
        );
        assert.equal(all[0]?.json.uid, "m3perf-m3db-overview");
        const long = uidOf({ namespace: "n".repeat(63) }, "overview");
        assert.ok(long.length <= 40, long);
        assert.notEqual(long, uidOf({ namespace: "n".repeat(63) }, "nodes"));
        assert.equal(new Set(all.map(({ json }) => json.uid)).size, all.length);
    });

    for (const { area, json } of all) {
        it(`${area}: ids are unique, panels lie side by side within 24 columns, none over another`, () => {
            const ids = json.panels.map(({ id }) => id);
            assert.equal(new Set(ids).size, ids.length);
            for (const [index, { gridPos, title }] of json.panels.entries()) {
                assert.ok(gridPos.x >= 0 && gridPos.x + gridPos.w <= 24, title);
                for (const other of json.panels.slice(index + 1))
                    assert.ok(!overlap(gridPos, other.gridPos), `${title} and ${other.title}`);
            }
        });

        it(`${area}: every panel has a unit, says what to look for, and asks the data source that is chosen`, () => {
            assert.deepEqual(
                json.templating.list.map(({ name, type }) => `${name} ${type}`),
                ["datasource datasource"],
            );
            const panels = json.panels.filter(({ type }) => type !== "row");
            assert.ok(panels.length >= 6, String(panels.length));
            for (const { title, description = "", datasource, fieldConfig, targets = [] } of panels) {
                assert.ok(description.length > 10 || description === "Mean.", `${title}: ${description}`);
                assert.equal(datasource?.uid, "$" + "{datasource}");
                assert.ok(fieldConfig?.defaults.unit, title);
                assert.ok(targets.length > 0, title);
                assert.equal(new Set(targets.map(({ refId }) => refId)).size, targets.length);
            }
        });
    }

    it("ask for recorded series under names that are recorded", () => {
        const names = new Set(recordingRules(observed).map(({ record }) => record));
        const asked = all.flatMap(({ json }) =>
            json.panels.flatMap(({ targets = [] }) =>
                targets.flatMap(({ expr }) => expr.match(/m3_\w+:\w+:\w+/g) ?? []),
            ),
        );
        assert.ok(asked.length > 10);
        assert.deepEqual(
            asked.filter((name) => !names.has(name)),
            [],
        );
    });

    it("follow the settings: namespace, names of labels, who answers queries", () => {
        const other = observedWith({
            namespace: "metrics",
            observe: { labels: { pod: "pod_name", m3Namespace: "namespace" } },
            query: { mode: "integrated" },
        });
        const text = dashboardsOf(other)
            .map((one) => dashboardJson(other, one))
            .join("");
        assert.ok(text.includes('namespace=\\"metrics\\"') && !text.includes('namespace=\\"m3db\\"'));
        assert.ok(text.includes("{{pod_name}}") && !text.includes("{{pod}}"));
        assert.ok(!text.includes("exported_namespace"));
        assert.ok(
            text.includes("coordinator_http_handler_http_handler_request") && !text.includes("query_http_handler"),
        );
    });

    it("lay panels out: a new line where one does not fit, a row's title above", () => {
        const panel = (kind: Panel["kind"]): Panel => ({
            kind,
            title: kind,
            description: "",
            unit: "short",
            queries: [],
        });
        const made = panelsOf([
            { title: "a", panels: [...Array.from({ length: 7 }, () => panel("stat")), panel("timeseries")] },
            { title: "b", panels: [panel("timeseries")] },
        ]) as { gridPos: Position; type: string }[];
        assert.deepEqual(
            made.map(({ type, gridPos: { x, y } }) => `${type} ${x},${y}`),
            [
                "row 0,0",
                ...[0, 4, 8, 12, 16, 20].map((x) => `stat ${x},1`),
                "stat 0,5",
                "timeseries 4,5",
                "row 0,13",
                "timeseries 0,14",
            ],
        );
    });
});
