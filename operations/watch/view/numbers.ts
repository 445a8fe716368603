/** Figures in few characters, for people. Unknown is "-". Pure. */

export const unknown = "-";

/** "1.23", "12.3", "123", "1,234", "12.3k", "1.2M". */
export function countText(value: number | null): string {
    if (value === null) return unknown;
    if (value === 0) return "0";
    if (value < 0.005) return "<0.01";
    if (value < 9.995) return trimmed(value.toFixed(2));
    if (value < 99.95) return trimmed(value.toFixed(1));
    const whole = Math.round(value);
    if (whole < 10_000) return whole.toLocaleString("en-US");
    if (value < 999_500) return `${(value / 1000).toFixed(value < 99_950 ? 1 : 0)}k`;
    return `${(value / 1e6).toFixed(value < 99.95e6 ? 1 : 0)}M`;
}

const trimmed = (text: string) => text.replace(/\.?0+$/, "");

/** "34 KiB", "512 MiB", "1.4 GiB", "23 GiB". */
export function bytesText(bytes: number | null): string {
    if (bytes === null) return unknown;
    const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
    let [value, unit] = [bytes, 0];
    while (value >= 1023.5 && unit < units.length - 1) [value, unit] = [value / 1024, unit + 1];
    // Up to 10 GiB in MiB-like detail: a limit of 1.4 GiB and a use of 1.38 must not look the same.
    const text = unit >= 3 && value < 9.995 ? value.toFixed(2) : value.toFixed(0);
    return `${text} ${units[unit]}`;
}

export function coresText(cores: number | null): string {
    return cores === null ? unknown : cores < 9.995 ? cores.toFixed(2) : cores.toFixed(1);
}

/** Share in percent; unknown where either part is. */
export function shareOf(part: number | null, whole: number | null): number | null {
    return part === null || whole === null || whole <= 0 ? null : (100 * part) / whole;
}

export function percentText(percent: number | null): string {
    return percent === null ? unknown : `${percent > 0 && percent < 0.5 ? "<1" : Math.round(percent)}%`;
}

/** "0.4 ms", "12 ms", "1.2 s". */
export function millisecondsText(ms: number | null): string {
    if (ms === null) return unknown;
    if (ms < 9.95) return `${Number(ms.toFixed(1))} ms`;
    return ms < 999.5 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}

/** "3 s", "2 min", "1 h 5 min", "3 d": how long something lasts or is ago. */
export function ageText(seconds: number | null): string {
    if (seconds === null) return unknown;
    const whole = Math.max(0, Math.round(seconds));
    if (whole < 120) return `${whole} s`;
    const minutes = Math.floor(whole / 60);
    if (minutes < 60) return `${minutes} min`;
    const hours = Math.floor(minutes / 60);
    return hours < 48 ? `${hours} h ${minutes % 60} min` : `${Math.floor(hours / 24)} d`;
}

/** A share as a bar of so many characters. */
export function barText(percent: number | null, width: number): string {
    if (percent === null) return " ".repeat(width);
    const eighths = Math.round((Math.min(Math.max(percent, 0), 100) / 100) * width * 8);
    const part = [..." ▏▎▍▌▋▊▉"][eighths % 8] ?? "";
    const full = "█".repeat(Math.floor(eighths / 8));
    return `${full}${eighths % 8 ? part : ""}`.padEnd(width, "·");
}

/** The last values as a line of bars of eight heights, the newest at the right; a gap for an unknown one. */
export function sparkText(values: readonly (number | null)[], width: number): string {
    const shown = values.slice(-width);
    const most = Math.max(...shown.map((value) => value ?? 0), 0);
    const bars = shown.map((value) => {
        if (value === null) return " ";
        return [..."▁▂▃▄▅▆▇█"][most === 0 ? 0 : Math.min(7, Math.floor((value / most) * 8))] ?? " ";
    });
    return bars.join("").padStart(width);
}
