import assert from "node:assert/strict";
import type { Chart } from "../../../../operations/report/figures/chart.ts";
import { timeAxis, valueAxis } from "../../../../operations/report/html/axes.ts";
import { chartHtml } from "../../../../operations/report/html/chart.ts";
import { html } from "../../../../operations/report/html/html.ts";
import { pageHtml } from "../../../../operations/report/html/page.ts";
import { palette, style } from "../../../../operations/report/html/style.ts";
import { runMarkdown } from "../../../../operations/report/markdown.ts";
import { runPage } from "../../../../operations/report/sections/page.ts";
import { lanesOf } from "../../../../operations/report/sections/timeline.ts";
import { topologyRows } from "../../../../operations/report/sections/topology.ts";
import { anchorOf, verdictsText } from "../../../../operations/report/sections/verdicts.ts";
import { renderReport, reportJson } from "../../../../operations/report/terminal.ts";
import { strokes } from "../../../../operations/watch/plot/strokes.ts";
import type { Point } from "../../../../operations/watch/plot/traces.ts";
import { hostile, hostileRun } from "../../../browser/hostile.ts";
import { madeUpRun } from "../../../support/run-folder.ts";

const run = { ...madeUpRun(), folder: "/nowhere", missing: [] };
const written = { html: "/nowhere/report.html", markdown: "/nowhere/report.md" };

const chart = (points: Point[], change: Partial<Chart> = {}): Chart => ({
    id: "c",
    title: "t",
    unit: "u",
    lines: [{ name: "one", points, stroke: 1 }],
    atLeast: 1,
    gapMs: 1500,
    text: String,
    ...change,
});

function contrast(a: string, b: string): number {
    const luminance = (hex: string) => {
        const [r = 0, g = 0, blue = 0] = [1, 3, 5].map((at) => {
            const part = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
            return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * blue;
    };
    const [x, y] = [luminance(a), luminance(b)];
    return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

describe("report: the page", () => {
    it("escapes every value of a template but what a template made", () => {
        const inner = html`<b>${"<i>"}</b>`;
        assert.equal(
            html`<p title="${`"'&<>`}">${inner}${[1, null, "x", [inner]]}${undefined}${false}</p>`.text,
            '<p title="&quot;&#39;&amp;&lt;&gt;"><b>&lt;i&gt;</b>1x<b>&lt;i&gt;</b></p>',
        );
    });

    it("allows nothing but its own style", () => {
        const page = pageHtml("a <title>", 'a "description"', html``);
        const [, policy = ""] = /http-equiv="Content-Security-Policy" content="([^"]*)"/.exec(page) ?? [];
        assert.match(
            policy,
            /^default-src &#39;none&#39;; style-src &#39;sha256-[\w+/]{43}=&#39;; img-src data:; base-uri &#39;none&#39;; form-action &#39;none&#39;$/,
        );
        assert.doesNotMatch(page, /<script| style="|https?:|unsafe/);
        assert.match(page, /<title>a &lt;title&gt;<\/title>/);
    });

    it("holds no figure that is none, no address from outside and no script, whatever the run says", () => {
        const bad = madeUpRun();
        hostileRun(bad);
        for (const one of [run, { ...bad, folder: "/nowhere", missing: [hostile] }]) {
            const page = runPage(one, new Set(["load.jsonl"]));
            assert.doesNotMatch(page.replace(style, ""), /NaN|>undefined<|Infinity|<script|<img| on\w+=["']/);
            assert.doesNotMatch(page, /(?:href|src)="(?!#|data:,"|load\.jsonl")/);
            assert.doesNotMatch(runMarkdown(one), /<script|<img|^\s*\[.*\]:/m);
            const question = "a\x1b[2Jb\rc";
            const text = renderReport({ ...one, run: { ...one.run, question } }, written, { width: 100, color: true });
            assert.ok(!text.includes("\x1b[2J") && !text.includes("\r"));
        }
    });

    it("tells lines and texts from the ground, on white and on dark", () => {
        for (const [name, { ground, panel, line: _, ...texts }] of Object.entries(palette)) {
            for (const [what, color] of Object.entries(texts)) {
                assert.ok(contrast(color, ground) >= 4.5, `${name} ${what} on the ground`);
                assert.ok(contrast(color, panel) >= 4.5, `${name} ${what} on a panel`);
            }
        }
        for (const { color, dark } of strokes) {
            assert.ok(contrast(color, palette.light.ground) >= 3, color);
            assert.ok(contrast(dark, palette.dark.ground) >= 3, dark);
        }
        assert.equal(new Set(strokes.map(({ dash }) => dash)).size, strokes.length);
    });

    it("lays time across and figures up, in even steps", () => {
        const { percent, ticks } = timeAxis(0, 600_000);
        assert.deepEqual([percent(-5), percent(300_000), percent(1e9)], [0, 50, 100]);
        assert.ok(ticks.some(({ minor }) => minor) && ticks.filter(({ minor }) => !minor).length <= 5);
        assert.deepEqual(
            timeAxis(0, 20_000)
                .ticks.slice(0, 2)
                .map(({ text }) => text),
            ["00:00:00", "00:00:02"],
        );
        assert.match(timeAxis(0, 3 * 86_400_000).ticks[1]?.text ?? "", /^01-\d\d \d\d:\d\d$/);
        const bytes = valueAxis(chart([[0, 3.2 * 2 ** 30]], { bytes: true }), 100);
        assert.deepEqual(
            bytes.ticks.map((tick) => tick / 2 ** 30),
            [0, 1, 2, 3, 4],
        );
        const log = valueAxis(
            chart(
                [
                    [0, 0],
                    [1, 3],
                    [2, 900],
                ],
                { log: true },
            ),
            100,
        );
        assert.deepEqual(log.ticks.map(Math.round), [1, 10, 100, 1000]);
        assert.equal(log.y(0), 100, "what is not above 0 lies at the bottom");
        const flat = valueAxis(chart([[0, 0]]), 100);
        assert.deepEqual([flat.ticks[0], flat.y(0), flat.ticks.at(-1)], [0, 100, 1]);
    });

    it("breaks a line where nothing is known, and shows a point that stands alone", () => {
        const shared = { time: timeAxis(0, 10_000), faults: [], heals: [], phases: [] };
        const drawn = chartHtml(
            chart([
                [0, 1],
                [1000, 2],
                [2000, null],
                [3000, 1],
                [9000, 1],
            ]),
            shared,
        ).text;
        const [, path = ""] = /<path d="(M[^"]*)" class="s1"[^>]*>\n/.exec(drawn) ?? [];
        assert.equal(path.match(/M/g)?.length, 3);
        assert.equal(drawn.match(/<circle/g)?.length, 2);
        assert.match(drawn, /<desc id="c-desc">one: max 2<\/desc>/);
    });

    it("puts faults of the same time under each other", () => {
        const fault = (label: string, from: number, to: number) => ({
            kind: "fault" as const,
            label,
            title: label,
            from,
            to,
            open: false,
        });
        const lanes = lanesOf([
            fault("F1", 0, 10),
            fault("F2", 2, 4),
            fault("F3", 4, 6),
            fault("F4", 3, 5),
            fault("F5", 10, 12),
        ]);
        assert.deepEqual(
            lanes.map((lane) => lane.map(({ label }) => label)),
            [["F1", "F5"], ["F2", "F3"], ["F4"]],
        );
    });

    it("draws what runs on each node, and where something was broken", () => {
        const rows = topologyRows(
            run.run.environment,
            run.watch[0],
            new Map([
                ["worker-2", ["F1"]],
                ["etcd-2", ["F2"]],
            ]),
        );
        assert.deepEqual(
            rows.map((row) => row.map(({ name }) => name)),
            [["worker-4", "worker-5"], ["worker-1", "worker-2", "worker-3"], ["master"]],
        );
        assert.deepEqual(
            rows[1]?.map(({ hit }) => hit),
            [[], ["F1"], ["F2"]],
        );
        assert.deepEqual(rows[1]?.[0]?.runs, ["m3-cluster-rep0-0", "etcd-0"]);
        assert.deepEqual(topologyRows(run.run.environment, undefined, new Map())[0]?.[0]?.runs, []);
    });

    it("leads each verdict to where its evidence is, as far as the page has it", () => {
        const anchors = new Set(["writes", "write-latency", "remote-write", "memory", "read-back", "timeline"]);
        const to = (file: string, what: string, id = "x") => anchorOf(file, what, id, anchors);
        assert.deepEqual(
            [
                to("load.jsonl", "p99 of writes"),
                to("load.jsonl", "errors"),
                to("load.jsonl", "rate"),
                to("load.jsonl", ""),
                to("load.jsonl", "what became of the samples, memory and errors", "write-p99"),
            ],
            ["write-latency", "writes", "writes", "writes", "write-latency"],
        );
        assert.deepEqual(
            [
                to("watch.jsonl", "lag"),
                to("watch.jsonl", "memory of dbnodes"),
                to("read-back.json", ""),
                to("memory", ""),
            ],
            ["remote-write", "memory", "read-back", "memory"],
        );
        assert.deepEqual(
            [to("reads.jsonl", "x"), to("other.json", "x"), to("__proto__", "x")],
            [undefined, undefined, undefined],
        );
    });

    it("counts verdicts in words", () => {
        const verdict = (ok: boolean | null) => ({ ...(run.verdicts[0] as (typeof run.verdicts)[0]), ok });
        assert.equal(
            verdictsText([true, false, null].map(verdict)),
            "1 of 2 objectives fail, 1 hold; 1 only measured.",
        );
        assert.equal(verdictsText([true, true].map(verdict)), "All 2 objectives hold.");
        assert.equal(verdictsText([true].map(verdict)), "The one objective holds.");
        assert.equal(verdictsText([null].map(verdict)), "No objective was set; 1 only measured.");
    });

    it("is told in short as Markdown, on a terminal and as JSON", () => {
        const markdown = runMarkdown(run);
        assert.match(markdown, /Nodes and pods were looked at every 5 s, coordinators, .* every 10 s, .* every 30 s:/);
        assert.match(markdown, /^# node-failure: ✗ failed\n/);
        assert.match(markdown, /\| no write is refused \| ✗ fails \| 0\.9% of samples refused \| 0 \|/);
        assert.match(markdown, /- F1 kubelet stopped \(worker-2\): 18:04:03 to 18:07:03 UTC, 3 min 0 s/);
        assert.match(markdown, /Before the run: all 6 checks passed|Verified before the run: all 6 checks passed/);
        const text = renderReport(run, written, { width: 100, color: false });
        assert.match(text, /^ {2}✗ fails {8}no write is refused: 0\.9% of samples refused \(asked: 0\)$/m);
        assert.match(text, /^page: {5}\/nowhere\/report\.html$/m);
        assert.ok(
            text.split("\n").every((line) => line.length <= 110),
            "fits a terminal",
        );
        const { verdicts, html } = reportJson(run, written);
        assert.deepEqual([verdicts.length, html], [6, written.html]);
    });
});
