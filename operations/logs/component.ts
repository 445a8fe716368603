import type { Environment } from "../../settings/environment.ts";
import { UserError } from "../../support/errors.ts";
import { nearestOf } from "../../support/nearest.ts";
import { type HttpCall, jsonOf } from "../access/http.ts";
import { selectorText } from "../access/kubernetes.ts";
import { exitCodes } from "../cli/exit.ts";
import type { Source } from "./tail.ts";

/** Pods by labels, or all whose name begins so (an existing Prometheus' labels are not ours to know), or one by its name. */
export type Chosen = { namespace: string; selector?: string; prefix?: string; pod?: string };

const components = [
    ...["etcd", "operator", "m3db", "coordinator", "query"],
    ...["aggregator", "gateway", "setup", "prometheus"],
] as const;

/** What a word stands for. Throws UserError for a component that this environment does not have. Pure. */
export function chosenOf(environment: Environment, word: string | undefined): Chosen {
    const { namespace, etcd, operator, cluster, coordinator, query, aggregator, gateway, prometheus } = environment;
    const labelled = (labels: Record<string, string>) => ({ namespace, selector: selectorText(labels) });
    const known: Record<string, Chosen | undefined> = {
        etcd: labelled(etcd.selector),
        operator: labelled(operator.selector),
        m3db: labelled(cluster.selector),
        coordinator: labelled(coordinator.workload.selector),
        query: labelled(query.workload.selector),
        aggregator: labelled(aggregator.workload.selector),
        gateway: gateway && labelled(gateway.workload.selector),
        setup: labelled({ app: "m3-setup" }),
        prometheus: {
            namespace: prometheus.namespace,
            prefix: `${prometheus.deployment ?? prometheus.statefulSet ?? prometheus.service}-`,
        },
    };
    if (word !== undefined && Object.hasOwn(known, word)) {
        const chosen = known[word];
        if (chosen) return chosen;
        throw new UserError(`this environment has no ${word}`, [], exitCodes.usage);
    }
    // The name of a pod ends in an ordinal or in what Kubernetes adds.
    if (word !== undefined && /^[a-z0-9][a-z0-9.-]*-[a-z0-9]+$/.test(word)) return { namespace, pod: word };
    const near = word === undefined ? undefined : nearestOf(word, [...components]);
    const what = near ? `did you mean ${near}?` : `allowed: ${components.join(", ")}, or a pod's name`;
    throw new UserError(`m3perf logs ${word ?? ""}`.trimEnd(), { what, next: "m3perf help logs" }, exitCodes.usage);
}

interface PodList {
    items: { metadata: { name: string; uid: string }; spec: { containers: { name: string }[] } }[];
}

/** The containers of the chosen pods, as they are now. */
export async function sourcesOf(call: HttpCall, chosen: Chosen): Promise<(Source & { uid: string })[]> {
    const { namespace, selector, prefix, pod } = chosen;
    const path = `/api/v1/namespaces/${namespace}/pods`;
    const query: Record<string, string> = selector ? { labelSelector: selector } : {};
    if (pod) query.fieldSelector = `metadata.name=${pod}`;
    const { items } = jsonOf<PodList>(await call(path, { query }), `GET ${path}`);
    return items
        .filter(({ metadata }) => prefix === undefined || metadata.name.startsWith(prefix))
        .flatMap(({ metadata, spec }) =>
            spec.containers.map((container) => ({
                namespace,
                pod: metadata.name,
                uid: metadata.uid,
                container: container.name,
            })),
        );
}
