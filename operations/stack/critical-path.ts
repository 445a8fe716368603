import { nameOf } from "./events.ts";

/** When the engine worked on a resource, in seconds of one clock. */
export interface Span {
    urn: string;
    from: number;
    to: number;
}

/** What `pulumi stack export` tells of a resource (sdk/go/common/apitype, ResourceV3). */
export interface StateResource {
    urn: string;
    parent?: string;
    dependencies?: string[];
}

export interface Stretch {
    /** "StatefulSet etcd-members" */
    name: string;
    /** Seconds after the first resource was begun. */
    start: number;
    seconds: number;
    /** From when all that it depends on was there until it was begun. */
    waited: number;
}

/**
 * What an update took its time for: from the resource that ended last back to the first, each time by the one of its dependencies that ended
 * last. Making anything else sooner makes the update no shorter. Earliest first. Pure.
 */
export function criticalPath(spans: Span[], resources: StateResource[]): Stretch[] {
    const byUrn = new Map(spans.map((span) => [span.urn, span]));
    const begun = Math.min(...spans.map(({ from }) => from));
    const dependencies = dependenciesOf(resources);
    const path: Stretch[] = [];
    const seen = new Set<string>();
    let current = latest(spans);
    while (current && !seen.has(current.urn)) {
        const { urn, from, to } = current;
        seen.add(urn);
        // One that ended later was not waited for: it is in the state by another way.
        const before: Span[] = dependencies(urn).flatMap((one) => byUrn.get(one) ?? []);
        const next = latest(before.filter((one) => one.to <= from + grain && !seen.has(one.urn)));
        const waited = Math.max(0, from - (next?.to ?? begun));
        path.unshift({ name: nameOf(urn), start: from - begun, seconds: to - from, waited });
        current = next;
    }
    return path;
}

/** Seconds by which the clocks of two events may differ. */
const grain = 0.05;

const latest = (spans: Span[]): Span | undefined =>
    spans.reduce<Span | undefined>((last, one) => (last === undefined || one.to > last.to ? one : last), undefined);

/** A resource waits for its own dependencies and for those of the components that it is in. */
function dependenciesOf(resources: StateResource[]): (urn: string) => string[] {
    const byUrn = new Map(resources.map((one) => [one.urn, one]));
    return (urn) => {
        const found = new Set<string>();
        for (let at = byUrn.get(urn); at; at = at.parent === undefined ? undefined : byUrn.get(at.parent))
            for (const one of at.dependencies ?? []) found.add(one);
        return [...found];
    };
}

/** A table for a person. Pure. */
export function criticalPathText(path: Stretch[]): string {
    const width = Math.max(...path.map(({ name }) => name.length));
    const seconds = (value: number) => `${value.toFixed(1).padStart(6)} s`;
    const rows = path
        .filter((one) => one.seconds >= least || one.waited >= least)
        .map(({ name, start, seconds: took, waited }) => {
            const before = waited >= least ? `   after ${waited.toFixed(1)} s of waiting` : "";
            return `  at ${seconds(start)}  ${name.padEnd(width)}  ${seconds(took)}${before}`;
        });
    const last = path.at(-1);
    const total = last ? last.start + last.seconds : 0;
    return [`What the update's ${total.toFixed(1)} s went by, one after the other:`, ...rows].join("\n");
}

/** Seconds; what is shorter is not worth a line. */
const least = 0.1;
