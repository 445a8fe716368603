import type { Environment } from "../../settings/environment.ts";
import type { Get } from "./api.ts";
import { sampleOf } from "./assemble.ts";
import { type Component, pageMs, type Sample, type SourceState } from "./sample.ts";
import { diskSource } from "./sources/disk.ts";
import {
    aggregatorTelling,
    apiTelling,
    dbnodeTelling,
    etcdTelling,
    type ProcessNumbers,
    type Telling,
} from "./sources/figures.ts";
import { type Lines, labSource } from "./sources/lab.ts";
import { metricsSource } from "./sources/metrics.ts";
import { componentOf, objectsSource } from "./sources/objects.ts";
import { remoteWriteSource } from "./sources/remote-write.ts";
import type { Source } from "./sources/source.ts";
import { type UsageChoice, usageSource } from "./sources/usage.ts";

export interface CollectorOptions {
    environment: Environment;
    get: Get;
    intervalMs: number;
    usage: UsageChoice;
    /** Starts the child that tells of a lab's nodes; undefined: the site is no lab. */
    lab?: (() => Lines) | undefined;
    now?: () => number;
    /** ms of a clock that nobody steps. */
    elapsed?: () => number;
    /** A signal that ends a look after so long. */
    limit?: (milliseconds: number) => AbortSignal;
}

export type Sources = ReturnType<typeof makeSources>;

function makeSources({ environment, intervalMs, usage: choice, lab }: CollectorOptions) {
    const objects = objectsSource(environment, intervalMs);
    const pods = (component: Component) => () =>
        objects.pods.filter((pod) => componentOf(pod, environment) === component);
    const pages = (component: Component, every: number, ports: number[], telling: Telling<ProcessNumbers>) =>
        metricsSource({ component, everyMs: Math.max(intervalMs, every), ports, telling, pods: pods(component) });
    return {
        objects,
        usage: usageSource(choice, objects, intervalMs),
        disk: diskSource(objects),
        processes: [
            pages("coordinator", pageMs.busy, [7203], apiTelling("coordinator")),
            pages("query", pageMs.calm, [7203], apiTelling("query")),
            // Without a listen address of its own, a dbnode's metrics are on its debug port; 7203 has those of the coordinator
            // inside it.
            pages("dbnode", pageMs.calm, [9004, 7203], dbnodeTelling),
            pages("aggregator", pageMs.busy, [6002], aggregatorTelling),
        ],
        etcd: metricsSource({
            component: "etcd",
            everyMs: Math.max(intervalMs, pageMs.calm),
            ports: [environment.etcd.tls?.metricsPort ?? 2379],
            telling: etcdTelling,
            pods: pods("etcd"),
        }),
        prometheus: remoteWriteSource(environment.prometheus, Math.max(intervalMs, pageMs.busy)),
        lab: lab && labSource(lab, intervalMs),
    };
}

interface Watched {
    source: Source;
    state: SourceState;
    looks: number;
    startedAt: number;
    busy: boolean;
}

/** A rate needs two looks, and a fault is to be over: then the next one comes soon, whatever the source's pace. */
const paceMs = ({ source, state, looks }: Watched, intervalMs: number) =>
    looks < 2 || state.error !== null ? Math.min(source.everyMs, Math.max(intervalMs, pageMs.busy)) : source.everyMs;

/**
 * Looks at everything that is due, side by side, and makes a sample of what is known then. A look ends within one interval; a part
 * that fails keeps what it had, and is counted. None is looked at again before its last look has ended.
 */
export function createCollector(options: CollectorOptions) {
    const { get, intervalMs, limit = (ms) => AbortSignal.timeout(ms) } = options;
    const { now = Date.now, elapsed = () => performance.now() } = options;
    const sources = makeSources(options);
    const { objects, usage, disk, processes, etcd, prometheus, lab } = sources;
    const watched = [objects, usage, disk, ...processes, etcd, prometheus, ...(lab ? [lab] : [])].map(
        (source): Watched => ({
            source,
            state: { id: source.id, at: null, failures: 0, error: null, since: null },
            looks: 0,
            startedAt: Number.NEGATIVE_INFINITY,
            busy: false,
        }),
    );

    async function lookAt(one: Watched, signal: AbortSignal): Promise<void> {
        const { source, state } = one;
        one.startedAt = elapsed();
        one.looks += 1;
        one.busy = true;
        const ended = new Promise<never>((_, reject) => {
            const stop = () => reject(signal.reason);
            if (signal.aborted) stop();
            else signal.addEventListener("abort", stop, { once: true });
        });
        const look = source.look({ get, signal, now, elapsed }).finally(() => {
            one.busy = false;
        });
        try {
            const fault = await Promise.race([look, ended]);
            if (fault !== undefined) throw new Error(fault);
            Object.assign(state, { at: now(), error: null, since: null });
        } catch (error) {
            state.failures += 1;
            state.since ??= now();
            state.error = signal.aborted ? `no answer within ${seconds(limitMs(intervalMs))} s` : messageOf(error);
        }
    }

    return {
        async tick(): Promise<Sample> {
            const signal = limit(limitMs(intervalMs));
            // A little early is due, too: a timer's jitter must not make it every other look.
            const due = watched.filter(
                (one) => !one.busy && elapsed() - one.startedAt >= paceMs(one, intervalMs) * 0.9,
            );
            // The others need to know pods and nodes: the first time, these come before them.
            const before = objects.nodes.length === 0 ? due.filter(({ source }) => source === objects) : [];
            for (const one of before) await lookAt(one, signal);
            await Promise.all(due.filter((one) => !before.includes(one)).map((one) => lookAt(one, signal)));
            return sampleOf(
                options,
                sources,
                watched.map(({ state }) => ({ ...state })),
                now(),
            );
        },
        close: () => lab?.close(),
    };
}

export type Collector = ReturnType<typeof createCollector>;

/** A look's longest time: one interval, but long enough for a slow kubelet and short enough for a person. */
export const limitMs = (intervalMs: number) => Math.min(Math.max(intervalMs, 2000), 8000);
const seconds = (milliseconds: number) => Number((milliseconds / 1000).toFixed(1));
const messageOf = (error: unknown) => (error instanceof Error ? error.message : String(error)).split("\n")[0] ?? "";
