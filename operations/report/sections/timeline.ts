import type { Span } from "../figures/spans.ts";
import { clockOf, lastedText, offsetOf, wholeText } from "../figures/words.ts";
import type { Shared } from "../html/chart.ts";
import { type Html, html, table } from "../html/html.ts";
import type { LoadedRun } from "../read.ts";

/** More rows than these are in events.jsonl. */
const shownRows = 200;

interface Row {
    at: number;
    kind: string;
    title: string;
    target?: string | undefined;
    detail?: string | undefined;
    lasted?: number | undefined;
}

/** Steps, faults and heals as bars over the time of the charts, then all that happened as a table. `seen`: restarts and nodes, from the watch. Pure. */
export function timelineHtml(run: LoadedRun, shared: Shared, seen: { at: number; text: string }[]): Html {
    const start = run.run.startedAt;
    const rows = rowsOf(run, shared, seen);
    const cells = rows
        .slice(0, shownRows)
        .map(({ at, kind, title, target, detail, lasted }) => [
            html`<span class="nowrap">${clockOf(at)}</span>`,
            html`<span class="nowrap">${offsetOf(at, start)}</span>`,
            html`<span class="nowrap${/^(fault|error)/.test(kind) ? " bad" : ""}">${kind}</span>`,
            html`${title}${detail && html`<span class="why">${detail}</span>`}`,
            target ?? "",
            html`<span class="nowrap">${lasted === undefined ? "" : lastedText(lasted)}</span>`,
        ]);
    const more = rows.length - shownRows;
    return html`${bars(shared)}
${table("What happened, times in UTC and since the start of the run", ["Time", "After", "What", "", "Where", "Lasted"], cells)}
${more > 0 && html`<p>and ${more} more, in events.jsonl</p>`}`;
}

function rowsOf({ events }: LoadedRun, { phases, faults, heals }: Shared, seen: { at: number; text: string }[]): Row[] {
    const spans = [...phases, ...faults, ...heals];
    const told = events.map((event): Row => {
        const { at, title, target, kind } = event;
        const found = spans.find(
            (one) => one.from === at && one.title === title && one.target === target && one.kind === kind,
        );
        const until = kind !== "heal" && found && !found.open ? found.to : event.until;
        const rate = event.rate === undefined ? [] : [`${wholeText(event.rate)} samples/s intended`];
        return {
            at,
            title,
            target,
            detail: [...rate, ...(event.detail ? [event.detail] : [])].join("; ") || undefined,
            kind: [kind === "phase" ? "step" : kind, ...(found ? [found.label] : [])].join(" "),
            lasted: until === undefined ? undefined : until - at,
        };
    });
    const watched = seen.map(({ at, text }): Row => ({ at, kind: "seen", title: text }));
    return [...told, ...watched].sort((a, b) => a.at - b.at);
}

/** As many lanes of steps and of faults as there are at once (a ramp has its rates as steps of its own), over the same time as every chart. */
function bars({ time, phases, faults, heals }: Shared): Html {
    const lane = 24;
    const steps = lanesOf(phases);
    const lanes = lanesOf([...faults, ...heals].sort((a, b) => a.from - b.from));
    const below = lane * Math.max(1, steps.length);
    const height = below + lane * Math.max(1, lanes.length) + 8;
    const described = [...phases, ...faults, ...heals].map(
        ({ label, title, from, to }) => `${label} ${title}, ${clockOf(from)} to ${clockOf(to)}`,
    );
    const x = (at: number) => `${time.percent(at).toFixed(2)}%`;
    const bar = ({ label, title, from, to, open }: Span, y: number, kind: string) => {
        const width = time.percent(to) - time.percent(from);
        const text = html`<text class="inside${width < 6 && " minor"}" x="${(time.percent(from) + width / 2).toFixed(2)}%" y="${y + 14}" text-anchor="middle">${label}</text>`;
        return html`<g><title>${label} ${title}${open && " (no end is told)"}</title><rect class="${kind}" x="${x(from)}" width="${Math.max(0.3, width).toFixed(2)}%" y="${y}" height="${lane - 4}"/>${width > 2.4 && text}</g>`;
    };
    const tick = ({ at, text, minor }: Shared["time"]["ticks"][number]) =>
        html`<g class="${minor ? "minor" : "major"}"><line class="base" x1="${x(at)}" x2="${x(at)}" y1="${height - 2}" y2="${height + 3}"/><text x="${x(at)}" y="${height + 16}" text-anchor="middle">${text}</text></g>`;
    return html`<figure class="chart" id="bars"><figcaption><strong>Steps, faults and heals</strong> <span class="unit">over the time of every chart below</span></figcaption>
<svg width="100%" height="${height + 22}" role="img" aria-labelledby="bars-title bars-desc"><title id="bars-title">Steps, faults and heals over time</title><desc id="bars-desc">${described.join("; ")}</desc>
<text x="-7" y="15" text-anchor="end">steps</text><text x="-7" y="${below + 19}" text-anchor="end">faults</text>
${steps.map((list, index) => list.map((phase) => bar(phase, lane * index + 1, "lane")))}
${lanes.map((list, index) => list.map((fault) => bar(fault, below + lane * index + 5, `${fault.kind} outlined`)))}
${time.ticks.map(tick)}
</svg></figure>`;
}

/** What is at the same time is under each other. Pure. */
export function lanesOf(faults: readonly Span[]): Span[][] {
    const lanes: Span[][] = [];
    for (const fault of faults) {
        const free = lanes.find((lane) => lane.every(({ from, to }) => fault.from >= to || fault.to <= from));
        if (free) free.push(fault);
        else lanes.push([fault]);
    }
    return lanes;
}

/** What the labels in the charts stand for. Pure. */
export function marksText({ faults, heals }: Shared): Html {
    const marks = [...faults, ...heals].sort((a, b) => a.from - b.from);
    if (marks.length === 0)
        return html`<p>Nothing was broken in this run. Dotted lines: steps, as above. Times are UTC.</p>`;
    const items = marks.map(
        ({ kind, label, title, target, from, to, open }) =>
            html`<li><strong class="${kind === "fault" ? "bad" : "good"}">${label}</strong> ${title}${target && !title.includes(target) ? `, ${target}` : ""}: ${clockOf(from)} to ${clockOf(to)} (${lastedText(to - from)}${open ? ", no end is told" : ""})</li>`,
    );
    return html`<p>Shaded red (F): while something was broken. Shaded green (H): from its undoing until all was well again. Dotted lines: steps, as above. Times are UTC.</p><ul class="plain">${items}</ul>`;
}
