import * as z from "zod";
import { bytesOf, secondsOf } from "../units.ts";

/** Kinds of values that several settings share. Every setting has a `describe`: the reference page and the JSON Schema are made of it. */

/** Reads as "must be <what>" in the error's text. */
export const must = (what: string) => ({ error: `must be ${what}` });

export const memory = z.string(must('a Kubernetes quantity, like "512Mi" or "4Gi"')).refine((text) => bytesOf(text), {
    error: 'must be a Kubernetes quantity, like "512Mi" or "4Gi"',
});
export const cpu = z.string().regex(/^\d+(\.\d+)?m?$/, must('a Kubernetes CPU quantity, like "250m" or "2"'));
export const duration = z
    .string(must('whole hours, minutes, seconds as Go writes them, like "48h" or "1h30m"'))
    .refine((text) => secondsOf(text), must('whole hours, minutes, seconds as Go writes them, like "48h" or "1h30m"'));
export const count = z.int(must("a whole number, at least 1")).min(1, must("at least 1"));
export const nodePort = z
    .int(must("a port from 30000 to 32767"))
    .min(30000, must("a port from 30000 to 32767 (the range of NodePorts)"))
    .max(32767, must("a port from 30000 to 32767 (the range of NodePorts)"));
export const dnsLabel = z
    .string()
    .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, must("lower-case letters, digits and dashes, 63 at most"));
/** Shards of a placement or a topic. */
export const shards = count.max(4096, must("at most 4096"));
