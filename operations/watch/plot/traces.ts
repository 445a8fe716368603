import { type Component, components, type PodFigures, type Sample } from "../sample.ts";
import { answering, mostOf, ofComponent, sumOf } from "../view/history.ts";
import { shareOf } from "../view/numbers.ts";

/** One value at one time; null: it was not known then. */
export type Point = readonly [at: number, value: number | null];

/** Lines by name, in the order in which they were first seen. */
export type Lines = Map<string, Point[]>;

/** What of a log is drawn. */
export interface Drawn {
    stack: string;
    site: string;
    from: number;
    to: number;
    /** A longer time between two samples is a gap: nobody watched, or nothing answered. */
    gapMs: number;
    cpu: Lines;
    /** Of its limit, the fullest pod of each component. */
    memory: Lines;
    /** All pods of a component together. */
    memoryBytes: Lines;
    nodeCpu: Lines;
    nodeMemory: Lines;
    samples: Lines;
    errors: Lines;
    lag: Lines;
    /** Restarts of containers, and nodes that went away. */
    events: { at: number; text: string }[];
    /** The last state of what events are about. */
    known: Map<string, number | boolean>;
}

export function emptyDrawn(): Drawn {
    const lines = () => new Map<string, Point[]>();
    return {
        stack: "",
        site: "",
        from: Number.POSITIVE_INFINITY,
        to: Number.NEGATIVE_INFINITY,
        gapMs: 0,
        cpu: lines(),
        memory: lines(),
        memoryBytes: lines(),
        nodeCpu: lines(),
        nodeMemory: lines(),
        samples: lines(),
        errors: lines(),
        lag: lines(),
        events: [],
        known: new Map(),
    };
}

/** Adds a sample's figures. One that is older than the last one (a log of two runs at once) is left out. */
export function withSample(drawn: Drawn, sample: Sample): void {
    const { at } = sample;
    if (at <= drawn.to) return;
    drawn.from = Math.min(drawn.from, at);
    drawn.to = at;
    drawn.stack = sample.stack;
    drawn.site = sample.site;
    drawn.gapMs = Math.max(drawn.gapMs, 3000 * sample.intervalSeconds);
    // A figure that is old is not what was there at this time.
    const fresh = (taken: number | null) => taken !== null && at - taken < 60_000 + 3000 * sample.intervalSeconds;
    const add = (lines: Lines, name: string, value: number | null) => {
        const points = lines.get(name) ?? [];
        lines.set(name, points);
        points.push([at, value]);
    };
    for (const component of components) {
        const pods = sample.pods.filter((pod) => pod.component === component);
        if (pods.length === 0) continue;
        const now = pods.filter((pod) => fresh(pod.at));
        // Without those of a node that does not tell, a sum would fall although nothing has.
        const all = pods.every((pod) => fresh(pod.at) || !runs(pod));
        add(drawn.cpu, component, all ? together(now.map(({ cpuCores }) => cpuCores)) : null);
        add(drawn.memoryBytes, component, all ? together(now.map(({ memoryBytes }) => memoryBytes)) : null);
        if (pods.some(({ memoryLimitBytes }) => memoryLimitBytes !== null)) {
            add(drawn.memory, component, mostOf(now.map((pod) => shareOf(pod.memoryBytes, pod.memoryLimitBytes))));
        }
    }
    for (const node of sample.nodes) {
        const known = fresh(node.at);
        add(drawn.nodeCpu, node.name, known ? shareOf(node.cpuCores, node.cpuCapacityCores) : null);
        add(drawn.nodeMemory, node.name, known ? shareOf(node.memoryBytes, node.memoryCapacityBytes) : null);
    }
    for (const component of ["coordinator", "dbnode", "aggregator", "query"] satisfies Component[]) {
        if (ofComponent(sample, component).length === 0) continue;
        const now = answering(sample, component);
        if (component !== "query")
            add(drawn.samples, `${component}${component === "dbnode" ? " (all replicas)" : ""}`, sumOf(now, "samples"));
        add(drawn.errors, component, sumOf(now, "errors"));
    }
    const { prometheus } = sample;
    if (prometheus) {
        const known = fresh(prometheus.at);
        add(drawn.samples, "Prometheus sends", known ? prometheus.sent : null);
        add(drawn.lag, "remote write behind", known ? prometheus.lagSeconds : null);
        const { failed, dropped } = prometheus;
        const lost = failed === null && dropped === null ? null : (failed ?? 0) + (dropped ?? 0);
        add(drawn.errors, "Prometheus lost", known ? lost : null);
    }
    addEvents(drawn, sample);
}

/** Its containers go on, whether or not somebody knows what they take. */
const runs = ({ state }: PodFigures) => state === "Running" || state === "Terminating";

/** The sum of those that are known; unknown where none is. */
function together(values: (number | null)[]): number | null {
    const known = values.filter((value) => value !== null);
    return known.length === 0 ? null : known.reduce((sum, value) => sum + value, 0);
}

function addEvents(drawn: Drawn, { at, pods, nodes }: Sample): void {
    for (const { name, restarts, lastEnd } of pods) {
        const before = drawn.known.get(`pod ${name}`);
        if (typeof before === "number" && restarts > before) {
            drawn.events.push({ at, text: `${name} restarted${lastEnd ? ` (${lastEnd})` : ""}` });
        }
        drawn.known.set(`pod ${name}`, restarts);
    }
    for (const { name, ready, state } of nodes) {
        const before = drawn.known.get(`node ${name}`);
        if (state === "unknown") continue;
        if (typeof before === "boolean" && before !== ready) drawn.events.push({ at, text: `${name} ${state}` });
        drawn.known.set(`node ${name}`, ready);
    }
}
