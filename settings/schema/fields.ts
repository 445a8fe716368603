import { isIP } from "node:net";
import * as z from "zod";
import { cpuProblem, durationProblem, memoryProblem } from "../unit-problems.ts";
import { cpuPattern, durationPattern, memoryPattern } from "../units.ts";

/**
 * Kinds of values that several settings share. Every setting has a `describe`: the reference page and the JSON Schema are made of
 * it, and a kind's `title` says there what it takes.
 */

/** Reads as "must be <what>" in the error's text. */
export const must = (what: string) => ({ error: `must be ${what}` });

/** A text with a unit: the pattern is what an editor can check, `problem` finds what is wrong in full and says what to write. */
function withUnit(title: string, examples: string[], pattern: RegExp, problem: (value: unknown) => string | undefined) {
    const error = ({ input }: { input?: unknown }) => problem(input);
    return z
        .string({ error })
        .regex(pattern, { error, abort: true })
        .refine((text) => problem(text) === undefined, { error })
        .meta({ title, examples });
}

export const memory = withUnit("Kubernetes quantity", ["512Mi", "4Gi"], memoryPattern, memoryProblem);
export const cpu = withUnit("Kubernetes CPU quantity", ["250m", "2"], cpuPattern, cpuProblem);
export const duration = withUnit(
    "whole hours, minutes, seconds",
    ["48h", "1h30m", "10s"],
    durationPattern,
    durationProblem,
);
export const count = z.int(must("a whole number, at least 1")).min(1, must("at least 1"));
export const nodePort = z
    .int(must("a port from 30000 to 32767"))
    .min(30000, must("a port from 30000 to 32767 (the range of NodePorts)"))
    .max(32767, must("a port from 30000 to 32767 (the range of NodePorts)"));
export const dnsLabel = z
    .string()
    .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, must("lower-case letters, digits and dashes, 63 at most"));
/** A namespace is the end of its services' names; a URL whose host ends in a number is an address (WHATWG URL, "ends in a number"). */
export const hostLabel = dnsLabel.regex(
    /^(?!(\d+|0x[0-9a-f]*)$)/,
    must("a name that is no number: m3coordinator.7 would be read as an address"),
);
export const httpUrl = z
    .url(must("an http or https URL"))
    .regex(/^https?:\/\/\S+$/, must("an http or https URL"))
    .meta({ title: "URL" });
export const cidr = z.string().refine((text) => {
    const [address = "", bits, ...more] = text.split("/");
    const family = isIP(address);
    return (
        family !== 0 && more.length === 0 && /^\d{1,3}$/.test(bits ?? "") && Number(bits) <= (family === 4 ? 32 : 128)
    );
}, must('an address range, like "10.0.0.0/24" or "10.0.0.7/32"'));
/** Shards of a placement or a topic. */
export const shards = count.max(4096, must("at most 4096"));
/** A piece of M3's own configuration file, for what has no setting here. */
export const configOverride = z
    .record(z.string(), z.unknown(), must("an object as M3's configuration file has it"))
    .default({})
    .describe(
        "Merged over the process' configuration file, for what has no setting: lists replace, null removes. M3 refuses keys that it does not know.",
    );
