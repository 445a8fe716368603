import type { Environment } from "../../settings/environment.ts";
import type { HttpRequest, HttpResponse } from "../access/http.ts";
import type { Kubernetes } from "../access/kubernetes.ts";

/** Systems in the order in which they depend on each other; a report is grouped by them. */
export const systems = [
    "nodes",
    "pods",
    "etcd",
    "m3db",
    "coordinator",
    "query",
    "aggregator",
    "gateway",
    "data",
    "prometheus",
] as const;
export type System = (typeof systems)[number];

export interface Passed {
    ok: true;
    /** What was seen, in one short line. */
    evidence: string;
}

export interface Failed {
    ok: false;
    /** What was seen, one line each. */
    evidence: string[];
    /** The likeliest cause. */
    cause: string;
    /** What to do next, a command where possible. */
    next: string;
}

export type Verdict = Passed | Failed;

/** What a check may use. */
export interface CheckContext {
    environment: Environment;
    kubernetes: Kubernetes;
    /** HTTP to a NodePort at one node's address, not through the API server. */
    nodePort(address: string, port: number, path: string, request?: HttpRequest): Promise<HttpResponse>;
    /** Milliseconds since 1970. */
    now(): number;
    /** Waits so many milliseconds. */
    pause(milliseconds: number): Promise<unknown>;
    /** Milliseconds since 1970 since when we change the environment ourselves (`m3perf up`): what that makes is no fault. */
    since?: number;
}

/** One fact worth knowing. */
export interface Check {
    id: string;
    system: System;
    title: string;
    /** Where the fact and its way of being seen come from. */
    source: string;
    /** What it means to the user when it fails, for docs/verify.md. */
    means: string;
    /** Throwing counts as failed, with the message as the evidence. */
    run(context: CheckContext): Promise<Verdict>;
}

export const pass = (evidence: string): Passed => ({ ok: true, evidence });

export const fail = (evidence: string | string[], cause: string, next: string): Failed => ({
    ok: false,
    evidence: Array.isArray(evidence) ? evidence : [evidence],
    cause,
    next,
});

/** Asks the same of several things side by side; an error of one is kept with its name and does not hide the others. */
export async function askEach<T>(
    names: string[],
    ask: (name: string) => Promise<T>,
): Promise<{ answers: { name: string; answer: T }[]; errors: string[] }> {
    const settled = await Promise.allSettled(names.map(ask));
    const answers: { name: string; answer: T }[] = [];
    const errors: string[] = [];
    settled.forEach((result, index) => {
        const name = names[index] ?? "";
        if (result.status === "fulfilled") answers.push({ name, answer: result.value });
        else errors.push(`${name}: ${result.reason instanceof Error ? result.reason.message : String(result.reason)}`);
    });
    return { answers, errors };
}

/** "1 pod", "2 pods". */
export function count(n: number, noun: string): string {
    return `${n} ${noun}${n === 1 ? "" : "s"}`;
}
