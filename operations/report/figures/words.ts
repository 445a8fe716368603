import { durationText } from "../../cli/output.ts";
import type { RunRecord } from "../../scenarios/types.ts";

/** Times and states for people. Pure. */

export { clockOf } from "../../cli/output.ts";

/** An error for people has lines; where there is room for one, they follow each other. */
export const inOneLine = (text: string) =>
    text
        .split("\n")
        .map((line) => line.trim())
        .filter(Boolean)
        .join(" · ");

export const dayAndClock = (at: number) => `${new Date(at).toISOString().slice(0, 19).replace("T", " ")} UTC`;

/** "+1:05", minutes and seconds after the start; "+1:02:05" from an hour on. */
export function offsetOf(at: number, start: number): string {
    const seconds = Math.round((at - start) / 1000);
    const whole = Math.abs(seconds);
    const two = (value: number) => String(value).padStart(2, "0");
    const [hours, minutes] = [Math.floor(whole / 3600), Math.floor(whole / 60) % 60];
    const text = hours > 0 ? `${hours}:${two(minutes)}:${two(whole % 60)}` : `${minutes}:${two(whole % 60)}`;
    return `${seconds < 0 ? "−" : "+"}${text}`;
}

export const lastedText = (ms: number) => durationText(Math.max(0, ms) / 1000);

export const stateText: Record<RunRecord["state"], { text: string; tone: "good" | "bad" | "only" }> = {
    passed: { text: "✓ passed", tone: "good" },
    failed: { text: "✗ failed", tone: "bad" },
    interrupted: { text: "interrupted", tone: "bad" },
    error: { text: "ended by an error", tone: "bad" },
    running: { text: "not ended", tone: "only" },
};

/** A whole count, with thousands apart. */
export const wholeText = (count: number) => Math.round(count).toLocaleString("en-US");

/** "99.98%", "0.002%": a small share is not rounded away. */
export function partText(part: number, whole: number): string {
    if (whole <= 0) return "-";
    const percent = (100 * part) / whole;
    if (percent === 0 || percent === 100) return `${percent}%`;
    if (percent > 99.995) return ">99.99%";
    return percent < 0.01 ? "<0.01%" : `${Number(percent.toFixed(2))}%`;
}
