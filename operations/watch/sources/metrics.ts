import { pick } from "../exposition.ts";
import { Rates } from "../rates.ts";
import type { Component } from "../sample.ts";
import type { Telling } from "./figures.ts";
import type { ListedPod } from "./objects.ts";
import { type Look, type Source, sideBySide } from "./source.ts";

/** The metrics pages of a component's pods. */
export interface Pages<T> extends Source {
    component: Component;
    /** The last that each pod told, by its name. */
    told: Map<string, { at: number; figures: T }>;
}

export interface PagesOptions<T> {
    component: Component;
    everyMs: number;
    /** Ports that may have the page; the first whose page has any of the metrics is kept for the pod. */
    ports: number[];
    telling: Telling<T>;
    /** The pods to ask now. */
    pods(): ListedPod[];
}

/** Asks every pod of a component for its metrics page, through the API server's proxy. */
export function metricsSource<T>({ component, everyMs, ports, telling, pods }: PagesOptions<T>): Pages<T> {
    const rates = new Rates();
    const portOf = new Map<string, number>();
    const source: Pages<T> = {
        id: component,
        component,
        everyMs,
        told: new Map(),
        async look(look) {
            const asked = pods().filter(({ status }) => status?.phase === "Running");
            forget(asked);
            return await sideBySide(asked.map((pod) => [pod.metadata.name, () => ask(look, pod)]));
        },
    };

    async function ask(look: Look, { metadata: { namespace, name } }: ListedPod): Promise<void> {
        const known = portOf.get(name);
        let last = new Error(`${name}: no metrics of its own at port ${ports.join(" or ")}`);
        for (const port of known === undefined ? ports : [known]) {
            const path = `/api/v1/namespaces/${namespace}/pods/${name}:${port}/proxy/metrics`;
            const { status, body } = await look.get(path, look.signal);
            if (status !== 200) {
                last = new Error(`${name}:${port}/metrics answered ${status}`);
                continue;
            }
            const metrics = pick(body, telling.names);
            if (metrics.length === 0) continue;
            portOf.set(name, port);
            source.told.set(name, {
                at: look.now(),
                figures: telling.figures(metrics, rates.update(name, look.elapsed(), telling.counters(metrics))),
            });
            return;
        }
        portOf.delete(name);
        throw last;
    }

    function forget(asked: ListedPod[]): void {
        const there = new Set(asked.map(({ metadata }) => metadata.name));
        for (const name of source.told.keys()) if (!there.has(name)) source.told.delete(name);
        for (const name of portOf.keys()) if (!there.has(name)) portOf.delete(name);
        rates.keep(there);
    }
    return source;
}
