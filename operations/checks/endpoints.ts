import type { Environment } from "../../settings/environment.ts";
import type { EndpointSlice } from "../access/kubernetes.ts";
import { askM3, type Placement, type PlacementInstance } from "../access/m3.ts";
import { type Check, count, fail, pass, type System } from "./check.ts";

type Endpoint = NonNullable<EndpointSlice["endpoints"]>[number];

/** Addresses by Service, as the cluster's DNS has them. */
function byService(slices: EndpointSlice[]): Map<string, Endpoint[]> {
    const found = new Map<string, Endpoint[]>();
    for (const { metadata, endpoints } of slices) {
        const service = metadata.labels?.["kubernetes.io/service-name"] ?? "";
        found.set(service, [...(found.get(service) ?? []), ...(endpoints ?? [])]);
    }
    return found;
}

/**
 * What is wrong with where an instance's endpoint leads: "pod.service:port" is one pod behind a headless Service, "service:port" any
 * pod behind one. Pure.
 */
function judgeEndpoint(
    { id, endpoint, isolationGroup }: PlacementInstance,
    slices: EndpointSlice[],
    { namespace, nodes }: Pick<Environment, "namespace" | "nodes">,
): string[] {
    const services = byService(slices);
    const names = (endpoint.split(":")[0] ?? "").split(".");
    const [first = "", second] = names;
    if (services.has(first) && (second === undefined || second === namespace)) {
        const ready = (services.get(first) ?? []).filter(({ conditions }) => conditions?.ready !== false);
        return ready.length > 0 ? [] : [`${id}: no pod behind the Service ${first} is ready`];
    }
    const service = second ?? first;
    const all = services.get(service);
    if (!all) return [`${id}: there is no Service ${service} for ${endpoint}`];
    const own = all.filter(({ hostname }) => hostname === first);
    if (own.length === 0) return [`${id}: ${first}.${service} has no address: no such pod runs`];
    const ready = own.find(({ conditions }) => conditions?.ready !== false);
    if (!ready) return [`${id}: ${first}.${service} is not ready`];
    const wrong: string[] = [];
    if (ready.targetRef?.name !== undefined && ready.targetRef.name !== first) {
        wrong.push(`${id}: ${first}.${service} is the pod ${ready.targetRef.name}`);
    }
    const group = nodes.find(({ name }) => name === ready.nodeName)?.isolationGroup;
    if (group !== undefined && isolationGroup && isolationGroup !== group) {
        wrong.push(`${id}: of ${isolationGroup} in the placement, but runs on ${ready.nodeName} of ${group}`);
    }
    return wrong;
}

function endpointsCheck(
    system: System,
    service: "m3db" | "m3aggregator" | "m3coordinator",
    text: Pick<Check, "title" | "means">,
): Check {
    return {
        id: `${system}.endpoints`,
        system,
        ...text,
        source: `manual run: services/${service}/placement; EndpointSlices, which are what the cluster's DNS answers`,
        async run(context) {
            const { environment, kubernetes } = context;
            const { namespace } = environment;
            const [{ placement }, slices] = await Promise.all([
                askM3<Placement>(context, `/api/v1/services/${service}/placement`),
                kubernetes.endpointSlices(namespace),
            ]);
            const instances = Object.values(placement.instances ?? {});
            // An aggregator's isolation group is its own name: only those of the database are the nodes'.
            const placed = instances.map((one) => (service === "m3db" ? one : { ...one, isolationGroup: "" }));
            const wrong = placed.flatMap((one) => judgeEndpoint(one, slices, environment));
            if (instances.length === 0) wrong.push("the placement has no instances");
            if (wrong.length === 0) return pass(instances.map(({ endpoint }) => endpoint).join(", "));
            return fail(
                wrong,
                `a pod of the placement does not run or moved to another group's node, or the placement names what is no longer there (${count(wrong.length, "endpoint")} of ${instances.length})`,
                `kubectl -n ${namespace} get endpointslices -o wide; kubectl -n ${namespace} get pods -o wide`,
            );
        },
    };
}

export const m3dbEndpoints = endpointsCheck("m3db", "m3db", {
    title: "every instance of the database's placement is a pod that runs, on a node of its isolation group",
    means: "Coordinators look for a replica where none is, or two replicas of a shard fail together with one group of nodes.",
});

export const coordinatorEndpoints = endpointsCheck("coordinator", "m3coordinator", {
    title: "the endpoint of the coordinators' placement leads to coordinators",
    means: "The aggregators do not find the coordinators: aggregated values are kept back, then dropped.",
});

export const aggregatorEndpoints = endpointsCheck("aggregator", "m3aggregator", {
    title: "every instance of the aggregators' placement is a pod that runs",
    means: "The coordinators send what is to be aggregated to where nobody is: aggregated namespaces get gaps.",
});
