import { line } from "d3-shape";
import { strokeOf } from "../../watch/plot/strokes.ts";
import { n } from "../../watch/plot/text.ts";
import { lonely, thinned, withGaps } from "../../watch/plot/thin.ts";
import type { Point } from "../../watch/plot/traces.ts";
import { type Chart, mostSlots } from "../figures/chart.ts";
import type { Span } from "../figures/spans.ts";
import { type TimeAxis, type ValueAxis, valueAxis } from "./axes.ts";
import { type Html, html } from "./html.ts";

/** Height of the part of a chart that lines are drawn in, of what is above it (labels of faults) and below (times). */
const plot = { height: 150, above: 16, below: 22 };
/** Lines are drawn to this width and stretched to the page's; strokes and texts are not. */
const drawnWidth = 1000;

/** What every chart of a report has in common. */
export interface Shared {
    time: TimeAxis;
    faults: Span[];
    heals: Span[];
    phases: Span[];
}

/**
 * One chart with its title and its key. The width is the page's: what lies across is in percent, the lines in an inner drawing that is
 * stretched, so that text keeps its size on any screen. Pure.
 */
export function chartHtml(whole: Chart, shared: Shared): Html {
    const chart = { ...whole, lines: whole.lines.map((one) => ({ ...one, points: inside(one.points, shared.time) })) };
    const { id, title, unit, note, lines } = chart;
    const axis = valueAxis(chart, plot.height);
    const described = lines.map((one) => `${one.name}: ${told(chart, one)}`).join("; ");
    const marks = [...shared.faults, ...shared.heals].map(({ label, title }) => `${label} ${title}`).join(", ");
    return html`<figure class="chart" id="${id}">
<figcaption><strong>${title}</strong> <span class="unit">${unit}</span></figcaption>
<svg width="100%" height="${plot.above + plot.height + plot.below}" role="img" aria-labelledby="${id}-title ${id}-desc">
<title id="${id}-title">${title}, ${unit}</title>
<desc id="${id}-desc">${described}${marks ? `. Marked: ${marks}` : ""}</desc>
<svg y="${plot.above}" width="100%" height="${plot.height}" class="plot">
${bands(shared)}
${grid(chart, axis, shared.time)}
${level(chart, axis)}
<svg width="100%" height="${plot.height}" viewBox="0 0 ${drawnWidth} ${plot.height}" preserveAspectRatio="none">
${lines.map(({ points, stroke }) => path(points, stroke, axis, shared.time, chart.gapMs))}</svg>
${lines.map(({ points, stroke }) => dots(points, stroke, axis, shared.time, chart.gapMs))}
</svg>
${labels(shared)}
</svg>
<ul class="key">${lines.map((one) => html`<li>${keyLine(one.stroke)}<span>${one.name}</span> <span class="told">${told(chart, one)}</span></li>`)}</ul>
${note && html`<p class="note">${note}</p>`}
</figure>
`;
}

/** What was before the run or after it would lie on the chart's edge. */
const inside = (points: Point[], { from, to }: TimeAxis) => points.filter(([at]) => at >= from && at <= to);

/** The line as it is drawn, beside its name. */
const keyLine = (stroke: number) =>
    html`<svg class="line" width="30" height="10" aria-hidden="true" focusable="false"><path d="M0,5H30" class="s${stroke % 9}"${dash(stroke)}/></svg>`;

const dash = (stroke: number) => {
    const { dash } = strokeOf(stroke);
    return dash ? html` stroke-dasharray="${dash}"` : html``;
};

const across = (time: TimeAxis, at: number) => `${Number(time.percent(at).toFixed(2))}%`;

function bands({ time, faults, heals, phases }: Shared): Html {
    const edge = (at: number, kind: string) =>
        html`<line class="${kind}" x1="${across(time, at)}" x2="${across(time, at)}" y1="-4" y2="${plot.height}"/>`;
    const band = ({ kind, from, to, label, title }: Span) => {
        const width = Number(Math.max(0.15, time.percent(to) - time.percent(from)).toFixed(2));
        return html`<rect class="${kind}" x="${across(time, from)}" width="${width}%" y="0" height="${plot.height}"><title>${label} ${title}</title></rect>${edge(from, `${kind}-edge`)}${edge(to, `${kind}-end`)}`;
    };
    const step = ({ from, label, title }: Span) =>
        html`<line class="phase" x1="${across(time, from)}" x2="${across(time, from)}" y1="0" y2="${plot.height}"><title>${label} ${title}</title></line>`;
    return html`${phases.slice(1).map(step)}
${[...heals, ...faults].map(band)}`;
}

/**
 * Above the plot, the label of each fault and heal where it begins, with its title where there is room; one that would lie on the one
 * before is left out: its band has its edges, and the list above the charts has its times.
 */
function labels({ time, faults, heals }: Shared): Html {
    const marks = [...faults, ...heals].sort((a, b) => a.from - b.from);
    let free = Number.NEGATIVE_INFINITY;
    return html`${marks.map(({ kind, from, label, title, target }, index) => {
        const at = time.percent(from);
        if (at < free) return false;
        free = at + 6;
        const room = Math.min(100, ...marks.slice(index + 1).map((next) => time.percent(next.from))) - at;
        const text = target && !title.includes(target) ? `${title}, ${target}` : title;
        const atEnd = at > 94;
        // Of a thousand pixels, 7 for a letter.
        const fits = !atEnd && text.length * 0.7 + 4 < room;
        return html`<text class="${kind}-label" x="${across(time, from)}" dx="${atEnd ? -3 : 3}" y="11"${atEnd && html` text-anchor="end"`}>${label}${fits && html`<tspan class="minor" dx="5">${text}</tspan>`}</text>`;
    })}`;
}

function grid({ text }: Chart, { y, ticks }: ValueAxis, time: TimeAxis): Html {
    return html`${time.ticks.map(({ at, text, minor }) => html`<g class="${minor ? "minor" : "major"}"><line class="grid" x1="${across(time, at)}" x2="${across(time, at)}" y1="0" y2="${plot.height + 4}"/><text x="${across(time, at)}" y="${plot.height + 17}" text-anchor="middle">${text}</text></g>`)}
${ticks.map((tick, index) => html`<line class="${index === 0 ? "base" : "grid"}" x1="0" x2="100%" y1="${n(y(tick))}" y2="${n(y(tick))}"/><text x="-7" y="${n(y(tick) + 4)}" text-anchor="end">${short(text(tick))}</text>`)}`;
}

/** "10.0k" and "2.00 GiB" as a tick's round figure: "10k", "2 GiB". */
const short = (text: string) => text.replace(/\.0+(?=\D|$)/, "");

function level({ level }: Chart, { y }: ValueAxis): Html {
    if (!level) return html``;
    const at = n(y(level.value));
    return html`<line class="level" x1="0" x2="100%" y1="${at}" y2="${at}"/><text class="level-name" x="100%" dx="-4" y="${n(y(level.value) - 4)}" text-anchor="end">${level.name}</text>`;
}

function path(points: Point[], stroke: number, { y }: ValueAxis, time: TimeAxis, gapMs: number): Html {
    const most = 2 * mostSlots;
    const gap = gapMs * Math.max(1, Math.ceil(points.length / (most / 2)));
    const shape = line<Point>(
        ([at]) => Number(n((time.percent(at) / 100) * drawnWidth)),
        ([, value]) => Number(n(y(value ?? 0))),
    ).defined(([, value]) => value !== null)(withGaps(thinned(points, most), gap));
    return html`<path d="${shape ?? ""}" class="s${stroke % 9}"${dash(stroke)}/>\n`;
}

/** A line of one point between two gaps has no length: a dot says that it is there. */
function dots(points: Point[], stroke: number, { y }: ValueAxis, time: TimeAxis, gapMs: number): Html {
    const alone = lonely(points, gapMs).slice(0, mostSlots);
    return html`${alone.map(([at, value]) => html`<circle class="d${stroke % 9}" cx="${across(time, at)}" cy="${n(y(value))}" r="2"/>`)}`;
}

/** A line in words: its mean where that says something, and its highest. */
function told({ text, mean }: Chart, line: Chart["lines"][number]): string {
    const values = line.points.flatMap(([, value]) => value ?? []);
    if (values.length === 0) return "not known";
    const highest = `max ${text(values.reduce((high, value) => Math.max(high, value)))}`;
    const middle = line.mean ?? values.reduce((sum, value) => sum + value, 0) / values.length;
    return mean ? `mean ${text(middle)}, ${highest}` : highest;
}
