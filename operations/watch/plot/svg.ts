import { scaleLinear, scaleUtc } from "d3-scale";
import { line } from "d3-shape";
import { clockOf } from "../../cli/output.ts";
import type { Panel } from "./panels.ts";
import { strokeOf } from "./strokes.ts";
import { escaped, n } from "./text.ts";
import { lonely, thinned, withGaps } from "./thin.ts";
import type { Drawn, Point } from "./traces.ts";

/** Where things are, in pixels of the drawing. */
const size = { width: 1120, panelHeight: 172, header: 62, footer: 34, left: 64, right: 214, gap: 18, titleHeight: 22 };
const mostPoints = 1200;

const dark = "#1b1b1b";
const muted = "#555555";

/** The whole drawing: one chart under the other over the same time. Needs nothing from outside. Pure. */
export function svgOf(panels: Panel[], { stack, site, from, to, gapMs, events }: Drawn): string {
    const { width, panelHeight, header, footer, left, right, gap } = size;
    // A log of one sample has no width in time: give it a minute.
    const end = to > from ? to : from + 60_000;
    const x = scaleUtc([from, end], [left, width - right]);
    const height = header + panels.length * (panelHeight + gap) + footer;
    const period = `${isoMinute(from)} to ${isoMinute(end)} UTC`;
    const title = `m3perf watch: ${stack} on ${site}`;
    const bottom = height - footer - gap;
    const marks = events
        .slice(0, 60)
        .map(
            ({ at, text }) =>
                `<line x1="${n(x(at))}" x2="${n(x(at))}" y1="${header}" y2="${bottom}" stroke="#b00020" stroke-width="1" stroke-dasharray="1 3"><title>${escaped(`${clockOf(at)} ${text}`)}</title></line>` +
                `<path d="M${n(x(at))},${header} l-4,-7 h8 z" fill="#b00020"/>`,
        );
    const told = events.length === 0 ? "no restart and no change of a node's state" : `▼ ${eventText(events)}`;
    return [
        `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${width} ${height}" width="${width}" height="${height}" role="img" font-family="Helvetica, Arial, 'DejaVu Sans', sans-serif" font-size="12" fill="${dark}">`,
        `<title>${escaped(`${title}, ${period}`)}</title>`,
        `<desc>${escaped(panels.map((panel) => `${panel.title} (${panel.unit}): ${panel.lines.map(({ name }) => name).join(", ")}`).join("; "))}</desc>`,
        `<rect width="${width}" height="${height}" fill="#ffffff"/>`,
        `<text x="${left}" y="22" font-size="16" font-weight="bold">${escaped(title)}</text>`,
        `<text x="${width - 16}" y="22" text-anchor="end" fill="${muted}">${escaped(period)}</text>`,
        `<text x="${left}" y="41" fill="${events.length > 0 ? "#b00020" : muted}">${escaped(cut(told, 165))}</text>`,
        ...panels.map((panel, index) => panelSvg(panel, x, header + index * (panelHeight + gap), gapMs)),
        ...marks,
        ...timeAxis(x, bottom),
        "</svg>",
        "",
    ].join("\n");
}

type TimeScale = ReturnType<typeof scaleUtc<number, number>>;

function panelSvg(
    { title, unit, lines, level, atLeast, text }: Panel,
    x: TimeScale,
    top: number,
    gapMs: number,
): string {
    const { width, panelHeight, left, right, titleHeight } = size;
    const [upper, lower] = [top + titleHeight, top + panelHeight];
    // Not Math.max of all: a long log has more points than a call takes arguments.
    const most = lines
        .flatMap(({ points }) => points)
        .reduce((highest, [, value]) => Math.max(highest, value ?? 0), atLeast);
    const y = scaleLinear([0, most], [lower, upper]).nice(4);
    const path = line<Point>(
        ([at]) => Number(n(x(at))),
        ([, value]) => Number(n(y(value ?? 0))),
    ).defined(([, value]) => value !== null);
    const grid = y
        .ticks(4)
        .map(
            (tick) =>
                `<line x1="${left}" x2="${width - right}" y1="${n(y(tick))}" y2="${n(y(tick))}" stroke="${tick === 0 ? muted : "#dddddd"}"/>` +
                `<text x="${left - 8}" y="${n(y(tick) + 4)}" text-anchor="end" fill="${muted}">${escaped(text(tick))}</text>`,
        );
    const times = x
        .ticks(8)
        .map((tick) => `<line x1="${n(x(tick))}" x2="${n(x(tick))}" y1="${upper}" y2="${lower}" stroke="#eeeeee"/>`);
    const limit = level
        ? `<line x1="${left}" x2="${width - right}" y1="${n(y(level.value))}" y2="${n(y(level.value))}" stroke="#b00020" stroke-width="1.2"/>` +
          `<text x="${width - right - 6}" y="${n(y(level.value) - 4)}" text-anchor="end" fill="#b00020" font-size="11">${escaped(level.name)}</text>`
        : "";
    const drawn = lines.map(({ points, stroke }) => {
        const { color, dash } = strokeOf(stroke);
        const shape =
            path(
                withGaps(thinned(points, mostPoints), gapMs * Math.max(1, Math.ceil(points.length / (mostPoints / 2)))),
            ) ?? "";
        return `<path d="${shape}" fill="none" stroke="${color}" stroke-width="1.8" stroke-linejoin="round"${dash ? ` stroke-dasharray="${dash}"` : ""}/>`;
    });
    // A line of one point between two gaps has no length: a dot says that it is there.
    const dots = lines.flatMap(({ points, stroke }) =>
        lonely(points, gapMs).map(
            ([at, value]) => `<circle cx="${n(x(at))}" cy="${n(y(value))}" r="2" fill="${strokeOf(stroke).color}"/>`,
        ),
    );
    return [
        `<g>`,
        `<text x="${left}" y="${top + 13}"><tspan font-weight="bold">${escaped(title)}</tspan><tspan fill="${muted}" dx="6">${escaped(unit)}</tspan></text>`,
        ...times,
        ...grid,
        ...drawn,
        ...dots,
        limit,
        ...legend(lines, upper, text),
        "</g>",
    ].join("\n");
}

/** Beside the chart: the line as it is drawn, its name, and its last value. As many as there is room for, those that had the most. */
function legend(lines: Panel["lines"], top: number, text: (value: number) => string): string[] {
    const start = size.width - size.right + 12;
    const step = 14;
    const room = Math.floor((size.panelHeight - size.titleHeight) / step);
    const most = (line: Panel["lines"][number]) =>
        line.points.reduce((highest, [, value]) => Math.max(highest, value ?? 0), 0);
    const named =
        lines.length <= room
            ? lines
            : [...lines]
                  .sort((a, b) => most(b) - most(a))
                  .slice(0, room - 1)
                  .sort((a, b) => lines.indexOf(a) - lines.indexOf(b));
    const others =
        named.length === lines.length
            ? []
            : [
                  `<text x="${start}" y="${n(top + 12 + named.length * step)}" fill="${muted}">and ${lines.length - named.length} more</text>`,
              ];
    const keys = named.map(({ name, points, stroke }, index) => {
        const { color, dash } = strokeOf(stroke);
        const y = top + 8 + index * step;
        const last = points.findLast(([, value]) => value !== null)?.[1];
        return (
            `<line x1="${start}" x2="${start + 26}" y1="${n(y)}" y2="${n(y)}" stroke="${color}" stroke-width="2.2"${dash ? ` stroke-dasharray="${dash}"` : ""}/>` +
            `<text x="${start + 32}" y="${n(y + 4)}">${escaped(cut(name, 22))}<tspan fill="${muted}" dx="5">${escaped(last === undefined || last === null ? "" : text(last))}</tspan></text>`
        );
    });
    return [...keys, ...others];
}

function timeAxis(x: TimeScale, bottom: number): string[] {
    const ticks = x.ticks(8);
    const format = x.tickFormat(
        8,
        (x.domain()[1]?.getTime() ?? 0) - (x.domain()[0]?.getTime() ?? 0) < 8 * 60_000 ? "%H:%M:%S" : "%H:%M",
    );
    const longer = (x.domain()[1]?.getTime() ?? 0) - (x.domain()[0]?.getTime() ?? 0) > 20 * 3_600_000;
    const text = longer ? x.tickFormat(8, "%d %b %H:%M") : format;
    return [
        ...ticks.map(
            (tick) =>
                `<line x1="${n(x(tick))}" x2="${n(x(tick))}" y1="${bottom}" y2="${bottom + 5}" stroke="${muted}"/>` +
                `<text x="${n(x(tick))}" y="${bottom + 18}" text-anchor="middle" fill="${muted}">${escaped(text(tick))}</text>`,
        ),
        `<text x="${size.width - size.right + 12}" y="${bottom + 18}" fill="${muted}">UTC; last values at the right</text>`,
    ];
}

function eventText(events: Drawn["events"]): string {
    const [first] = events;
    const others = events.length > 1 ? `, and ${events.length - 1} more` : "";
    return first ? `${clockOf(first.at)} ${first.text}${others}` : "";
}

const isoMinute = (at: number) => new Date(at).toISOString().slice(0, 16).replace("T", " ");
const cut = (text: string, most: number) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);
