/** What bench:ingest prints: how much went through, and which programs had the processors for it. */
import type { LoadSummary } from "../operations/load/summary.ts";
import { type CpuSeconds, m3Programs, sumOf } from "./cpu-seconds.ts";
import { median } from "./statistics.ts";

/** Of the seconds that count. */
export interface Found extends LoadSummary {
    used: CpuSeconds;
}

export interface Row {
    title: string;
    /** As many seconds without the load. */
    idle: CpuSeconds;
    found: Found[];
}

/** One row a way to M3, the first beside the others, which are its floors. `counted`: seconds. */
export function ratesTable(rows: Row[], counted: number): string {
    const perSecond = ({ acknowledged }: Found) => acknowledged / counted;
    const each = (text: (one: Found) => string | number, found: Found[]) => found.map(text).join(", ");
    const perSample = (seconds: number, { acknowledged }: Found) => Math.round((seconds * 1e6) / acknowledged);
    const m3 = ({ used }: Found) => sumOf(used, m3Programs);
    const floors = rows.slice(1).map(({ found }) => median(found.map(perSecond)));
    const lines = rows.map(({ title, found }) => {
        const rates = found.map(perSecond);
        const middle = median(rates);
        const lost = found.reduce((sum, { refused, unknown }) => sum + refused + unknown, 0);
        return [
            title,
            Math.round(middle),
            rates.map(Math.round).join(", "),
            lost,
            each((one) => perSample(m3(one).cpu, one), found),
            each((one) => perSample(m3(one).kernel, one), found),
            each((one) => (m3(one).cpu / counted).toFixed(2), found),
            each((one) => ((one.used.machine - m3(one).cpu) / counted).toFixed(2), found),
            ...floors.map((floor) => (middle / floor).toFixed(2)),
        ];
    });
    const columns = ["", "samples/s, median", "each", "refused or unknown"];
    const cpu = ["M3's CPU, µs a sample", "in the kernel", "M3, cores", "all else, cores"];
    return markdown([...columns, ...cpu, "of bare beside the lab", "of bare alone"], lines);
}

/** Below this many cores a program is not told. */
const little = 0.005;

/** Cores of each program without the load and with it, medians; what of it was in the kernel; and what a sample costs beyond the first. */
export function programsTable(rows: Row[], counted: number): string {
    const used = rows.flatMap(({ idle, found }) => [idle, ...found.map((one) => one.used)]);
    const known = [...new Set(used.flatMap(({ programs }) => Object.keys(programs)))];
    const most = (name: string) => Math.max(...used.map((one) => sumOf(one, [name]).cpu));
    const names = known.filter((name) => most(name) / counted >= little).sort((a, b) => most(b) - most(a));
    const lines = names.map((name) => [
        name,
        ...rows.flatMap(({ idle, found }) => {
            const before = sumOf(idle, [name]);
            const loaded = found.map((one) => sumOf(one.used, [name]));
            const beyond = found.map(({ acknowledged }, at) => ((loaded[at]?.cpu ?? 0) - before.cpu) / acknowledged);
            const cores = (seconds: number) => (seconds / counted).toFixed(3);
            return [
                `${cores(before.cpu)} (${cores(before.kernel)})`,
                `${cores(median(loaded.map(({ cpu }) => cpu)))} (${cores(median(loaded.map(({ kernel }) => kernel)))})`,
                (median(beyond) * 1e6).toFixed(1),
            ];
        }),
    ]);
    const columns = rows.flatMap(({ title }) => [`${title}: idle (kernel)`, "loaded (kernel)", "µs a sample"]);
    return markdown(["cores", ...columns], lines);
}

function markdown(columns: string[], lines: (string | number)[][]): string {
    const row = (cells: (string | number)[]) => `| ${cells.join(" | ")} |`;
    return [row(columns), `|${"---|".repeat(columns.length)}`, ...lines.map(row)].join("\n");
}
