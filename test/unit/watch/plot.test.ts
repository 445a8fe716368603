import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { plotLog } from "../../../operations/watch/plot/index.ts";
import { panelsOf } from "../../../operations/watch/plot/panels.ts";
import { strokeOf } from "../../../operations/watch/plot/strokes.ts";
import { svgOf } from "../../../operations/watch/plot/svg.ts";
import { lonely, thinned, withGaps } from "../../../operations/watch/plot/thin.ts";
import { emptyDrawn, type Point, withSample } from "../../../operations/watch/plot/traces.ts";
import { components, type PodFigures, type Sample } from "../../../operations/watch/sample.ts";
import { keyLine } from "../../../operations/watch/view/line.ts";
import { at, node, pod, sample, told } from "./fixture.ts";

/** An hour, a sample a minute, in which a pod is killed and a node goes away for a while. */
const hour = Array.from({ length: 61 }, (_, i): Sample => {
    const then = at + i * 60_000;
    const away = i >= 30 && i < 40;
    return sample({
        at: then,
        time: new Date(then).toISOString(),
        intervalSeconds: 60,
        nodes: [node("worker-1", { at: then, ready: !away, state: away ? "NotReady" : "Ready" })],
        pods: [
            pod("m3-cluster-rep0-0", { at: then, cpuCores: i / 60, restarts: i < 20 ? 0 : 1, lastEnd: "OOMKilled" }),
            pod("m3coordinator-<a>", { component: "coordinator", at: then, cpuCores: 0.2, memoryLimitBytes: null }),
        ],
        processes: [told("m3coordinator-<a>", { component: "coordinator", at: then, samples: 500 + i, errors: 0 })],
    });
});

function drawnOf(samples: Sample[]) {
    const drawn = emptyDrawn();
    for (const one of samples) withSample(drawn, one);
    return drawn;
}

describe("watch: the plot", () => {
    it("has CPU by component, memory against limit, samples, lag, errors and nodes, each with its unit", () => {
        const panels = panelsOf(drawnOf(hour));
        assert.deepEqual(
            panels.map(({ title, unit, lines }) => [title, unit, lines.map(({ name }) => name)]),
            [
                ["CPU by component", "cores", ["coordinator", "dbnode"]],
                ["Memory, fullest pod of each component", "% of its limit", ["dbnode"]],
                ["Samples", "a second", ["coordinator", "Prometheus sends"]],
                ["Remote write behind", "seconds", ["remote write behind"]],
                ["Errors and lost samples", "a second", ["coordinator", "Prometheus lost"]],
                ["Memory of nodes", "% of what the node has", ["worker-1"]],
            ],
        );
        assert.deepEqual(panels[0]?.lines[1]?.points.at(-1), [at + 3_600_000, 1]);
        assert.deepEqual(panelsOf(drawnOf([sample({ nodes: [], pods: [], processes: [], prometheus: null })])), []);
    });

    it("marks restarts and nodes that went and came", () => {
        assert.deepEqual(
            drawnOf(hour).events.map(({ at: then, text }) => [(then - at) / 60_000, text]),
            [
                [20, "m3-cluster-rep0-0 restarted (OOMKilled)"],
                [30, "worker-1 NotReady"],
                [40, "worker-1 Ready"],
            ],
        );
    });

    it("is one whole SVG that needs nothing from outside, with every name escaped", () => {
        const drawn = drawnOf(hour);
        const svg = svgOf(panelsOf(drawn), drawn);
        assert.match(svg, /^<svg xmlns="http:\/\/www\.w3\.org\/2000\/svg" viewBox="0 0 \d+ \d+"/);
        assert.ok(svg.endsWith("</svg>\n"));
        assert.equal(svg.match(/https?:/g)?.length, 1, "only the name of the XML namespace");
        assert.doesNotMatch(svg, /NaN|undefined|Infinity|<a>/);
        assert.match(svg, /<text[^>]*>17:40<\/text>/, "the time axis");
        assert.match(svg, /<tspan[^>]*>cores<\/tspan>/);
        assert.match(svg, /limit: killed/);
        // Every tag is closed: the same number of <g> and </g>, and text only in text elements.
        assert.equal(svg.match(/<g>/g)?.length, svg.match(/<\/g>/g)?.length);
    });

    it("has a line for each name, told apart without colour", () => {
        const dashes = Array.from({ length: components.length }, (_, index) => strokeOf(index).dash);
        assert.equal(new Set(dashes).size, components.length);
        assert.equal(
            new Set(Array.from({ length: components.length }, (_, index) => strokeOf(index).color)).size,
            components.length,
        );
    });

    it("tells the lines of many nodes apart, and names as many as there is room for", () => {
        const strokes = Array.from({ length: 40 }, (_, index) => strokeOf(index));
        assert.equal(new Set(strokes.map(({ color, dash }) => `${color} ${dash}`)).size, 40);
        const line = (index: number) => ({ name: `node-${index}`, points: [[at, index]] as Point[], stroke: index });
        const key = (count: number) => {
            const lines = Array.from({ length: count }, (_, index) => line(index));
            const panel = { title: "CPU", unit: "cores", atLeast: 1, text: String, lines };
            const svg = svgOf([panel], drawnOf(hour));
            const names = [...svg.matchAll(/y="([\d.]+)">(node-\d+)</g)].map(([, y, name]) => ({ y: Number(y), name }));
            assert.ok(
                names.every(({ y }, index) => index === 0 || y - (names[index - 1]?.y ?? 0) >= 12),
                "they overlap",
            );
            return { names: names.map(({ name }) => name), more: />and (\d+) more</.exec(svg)?.[1] };
        };
        assert.deepEqual([key(10).names.length, key(10).more], [10, undefined]);
        const many = key(30);
        assert.deepEqual([many.names.length, many.more, many.names.at(-1)], [9, "21", "node-29"]);
    });

    it("has the same line for a component in every chart", () => {
        const strokes = panelsOf(drawnOf(hour)).flatMap(({ lines }) =>
            lines.map(({ name, stroke }) => `${name} ${stroke}`),
        );
        const of = (name: string) =>
            new Set(
                strokes.filter((text) => text.toLowerCase().startsWith(name)).map((text) => text.split(" ").at(-1)),
            );
        assert.deepEqual([of("coordinator").size, of("dbnode").size, of("prometheus").size], [1, 1, 1]);
        assert.notDeepEqual(of("coordinator"), of("dbnode"));
    });

    it("is not drawn across a time in which nothing is known", () => {
        const points: Point[] = [
            [0, 1],
            [10, 2],
            [100, 3],
            [110, null],
            [120, 4],
        ];
        assert.deepEqual(withGaps(points, 30), [
            [0, 1],
            [10, 2],
            [11, null],
            [100, 3],
            [110, null],
            [120, 4],
        ]);
        assert.deepEqual(lonely(points, 30), [
            [100, 3],
            [120, 4],
        ]);
    });

    it("keeps peaks and gaps when it has more points than pixels", () => {
        const points = Array.from({ length: 10_000 }, (_, i): Point => [i, i === 5003 ? 99 : i % 7]);
        const thin = thinned(points, 400);
        assert.ok(thin.length <= 402, String(thin.length));
        assert.ok(thin.some(([, value]) => value === 99));
        assert.ok(thin.every(([x], i) => i === 0 || x > (thin[i - 1]?.[0] ?? 0)));
        const gone = points.map(([x, value]): Point => [x, x > 3000 && x < 4000 ? null : value]);
        assert.ok(thinned(gone, 400).some(([, value]) => value === null));
    });

    it("is drawn of a log of days, which has more points than a call takes arguments", () => {
        const points = Array.from({ length: 200_000 }, (_, i): Point => [at + i * 5000, i === 7 ? 99 : 1]);
        const lines = [{ name: "dbnode", points, stroke: 0 }];
        const panel = { title: "CPU", unit: "cores", atLeast: 1, text: String, lines };
        const drawn = { ...drawnOf(hour), from: at, to: at + 200_000 * 5000 };
        assert.match(svgOf([panel], drawn), />100<\/text>/, "the axis goes to the highest point");
    });

    it("does not take a figure that is old for what was there", () => {
        const stale = sample({ at: at + 600_000, pods: [pod("m3-cluster-rep0-0", { at })] });
        assert.deepEqual(drawnOf([stale]).cpu.get("dbnode"), [[at + 600_000, null]]);
    });

    it("has no sum of which a part is not known; a pod that does not run has none", () => {
        const two = (second: Partial<PodFigures>) =>
            drawnOf([sample({ pods: [pod("m3-cluster-rep0-0"), pod("m3-cluster-rep1-0", second)] })]);
        const [memory, cpu] = ["memoryBytes", "cpu"].map(
            (name) => (second: Partial<PodFigures>) => two(second)[name as "cpu"].get("dbnode")?.[0]?.[1],
        );
        assert.deepEqual([memory?.({}), cpu?.({})], [3 * 2 ** 30, 1]);
        const silent = { at: at - 600_000 };
        assert.deepEqual([memory?.(silent), cpu?.(silent)], [null, null]);
        const begins = { at: null, memoryBytes: null, cpuCores: null, state: "Pending" };
        assert.deepEqual([memory?.(begins), cpu?.(begins)], [1.5 * 2 ** 30, 0.5]);
    });

    it("does not go on with the rate of a process that does not answer any more", () => {
        const dbnodes = (ages: number[]) =>
            sample({ processes: ages.map((age, index) => told(`m3-cluster-rep${index}-0`, { at: at - age * 1000 })) });
        const rate = (ages: number[]) => drawnOf([dbnodes(ages)]).samples.get("dbnode (all replicas)")?.[0]?.[1];
        assert.deepEqual([rate([1, 40]), rate([1, 46]), rate([46, 46])], [1080, 540, null]);
        assert.match(keyLine(dbnodes([1, 46])), /dbnode 540 samples\/s/);
    });

    it("is written from a log, also from one of a single sample", async () => {
        const folder = mkdtempSync(join(tmpdir(), "m3perf-plot-"));
        try {
            const [log, out] = [join(folder, "w.jsonl"), join(folder, "w.svg")];
            writeFileSync(log, `${JSON.stringify(sample())}\n{"half":`);
            assert.deepEqual(await plotLog(log, out), { samples: 1, broken: 1 });
            assert.doesNotMatch(readFileSync(out, "utf8"), /NaN|undefined/);
            await assert.rejects(plotLog(log, join(folder, "no", "w.svg")), /the plot cannot be written/);
        } finally {
            rmSync(folder, { recursive: true });
        }
    });
});
