import type { EnvironmentService } from "../../settings/environment.ts";
import { jsonOf, shorten } from "../access/http.ts";
import { isLive } from "../access/kubernetes.ts";
import { askM3, m3Ports, type Placement, type Topic } from "../access/m3.ts";
import { askEach, type Check, type CheckContext, count, fail, pass, type System, type Verdict } from "./check.ts";

interface Ready {
    readyReads?: { id: string }[];
    notReadyReads?: { id: string }[];
    readyWrites?: { id: string }[];
    notReadyWrites?: { id: string }[];
}

/** Names of the live pods behind a workload. */
export async function podsOf(
    { environment, kubernetes }: CheckContext,
    service: EnvironmentService,
): Promise<string[]> {
    const pods = await kubernetes.pods(environment.namespace, service.workload.selector);
    return pods.filter(isLive).map(({ metadata }) => metadata.name);
}

function noPods({ environment }: CheckContext, { workload }: EnvironmentService): Verdict {
    const target = `${workload.kind.toLowerCase()}/${workload.name}`;
    return fail(
        `${target} has no pods instead of ${workload.replicas}`,
        "it was scaled to 0, or its pods cannot be created",
        `kubectl -n ${environment.namespace} describe ${target}; kubectl -n ${environment.namespace} scale ${target} --replicas=${workload.replicas}`,
    );
}

/** A Job that is done is not run again by itself; one that a refresh no longer finds is made anew. */
const setupAgain = ({ environment: { namespace } }: CheckContext) =>
    `kubectl -n ${namespace} delete job -l app=m3-setup; m3perf up --refresh: the set-up job makes what is missing`;

/** Each process by itself: behind a Service, one bad process hides among the good. */
function readyCheck(
    system: System,
    title: string,
    uses: "writes" | "reads",
    of: (c: CheckContext) => EnvironmentService,
): Check {
    return {
        id: `${system}.ready`,
        system,
        title,
        source: "facts.md 4: /ready is 200 with {} while there is no ready namespace, so its body counts",
        means: `A process that runs does not serve ${uses} of a namespace: what it is sent fails, while the others answer.`,
        async run(context) {
            const service = of(context);
            const { namespace, cluster } = context.environment;
            const wanted = cluster.namespaces.map(({ name }) => name);
            const pods = await podsOf(context, service);
            if (pods.length === 0) return noPods(context, service);
            const { answers, errors } = await askEach(pods, async (pod) => {
                const response = await context.kubernetes.pod(namespace, pod, m3Ports.coordinatorHttp, "/ready");
                const ready = jsonOf<Ready>(response, "/ready");
                const names = (uses === "writes" ? ready.readyWrites : ready.readyReads) ?? [];
                const missing = wanted.filter((name) => !names.some(({ id }) => id === name));
                return missing.length > 0 ? `not ready for ${uses}: ${missing.join(", ")}` : undefined;
            });
            const wrong = [...errors];
            for (const { name, answer } of answers) if (answer) wrong.push(`${name}: ${answer}`);
            if (wrong.length === 0)
                return pass(`${count(pods.length, "pod")} ready for ${uses} of ${wanted.join(", ")}`);
            const pod = wrong[0]?.split(":")[0];
            return fail(
                wrong,
                "too few dbnodes answer it, a namespace is not READY, or it cannot reach etcd",
                `kubectl -n ${namespace} logs ${pod}`,
            );
        },
    };
}

export const coordinatorReady = readyCheck(
    "coordinator",
    "every coordinator is ready to write to every namespace",
    "writes",
    ({ environment }) => environment.coordinator,
);

export const queryReady = readyCheck(
    "query",
    "every query process is ready to read from every namespace",
    "reads",
    ({ environment }) => environment.query,
);

export const coordinatorPlacement: Check = {
    id: "coordinator.placement",
    system: "coordinator",
    title: "the coordinators are in their placement, so that aggregates reach them",
    source: "manual run: services/m3coordinator/placement",
    means: "The aggregators do not find the coordinators: aggregated values do not reach M3DB.",
    async run(context) {
        const { placement } = await askM3<Placement>(context, "/api/v1/services/m3coordinator/placement");
        const instances = Object.values(placement.instances ?? {});
        const endpoints = instances.map(({ endpoint }) => endpoint);
        // The Service's whole name: m3coordinator-<cluster> is another one, of the coordinators inside the dbnodes.
        if (endpoints.some((endpoint) => endpoint.startsWith(`${context.environment.coordinator.service}:`))) {
            return pass(endpoints.join(", "));
        }
        return fail(
            `endpoints: ${endpoints.join(", ") || "none"}`,
            "the set-up job has not run, or etcd was emptied after it",
            setupAgain(context),
        );
    },
};

export const aggregatorHealth: Check = {
    id: "aggregator.leader",
    system: "aggregator",
    title: "the aggregators are healthy, and one of them leads",
    source: "facts.md 4: leadership is in /status, /health does not know it",
    means: "With no leader nothing is aggregated; with two, values are written twice.",
    async run(context) {
        const { namespace, aggregator } = context.environment;
        const pods = await podsOf(context, aggregator);
        if (pods.length === 0) return noPods(context, aggregator);
        const { answers, errors } = await askEach(pods, async (pod) => {
            const get = (path: string) => context.kubernetes.pod(namespace, pod, m3Ports.aggregatorHttp, path);
            jsonOf(await get("/health"), "/health");
            const { status } = jsonOf<{ status?: { flushStatus?: { electionState?: string } } }>(
                await get("/status"),
                "/status",
            );
            return status?.flushStatus?.electionState ?? "unknown";
        });
        // They are one shard set: one writes, the others follow and wait.
        const leaders = answers.filter(({ answer }) => answer === "leader");
        const followers = answers.filter(({ answer }) => answer === "follower");
        if (errors.length === 0 && leaders.length === 1 && followers.length === pods.length - 1) {
            const names = followers.map(({ name }) => name).join(", ");
            return pass(`${leaders[0]?.name} leads${names ? `, ${names} would take over` : ""}`);
        }
        return fail(
            [...errors, ...answers.map(({ name, answer }) => `${name}: ${answer}`)],
            leaders.length > 1
                ? "the aggregators are not one shard set, so each writes: their placement is not the one that the set-up job makes"
                : "no aggregator has won the election in etcd yet (10 s after its start at the earliest), or it has no placement",
            `kubectl -n ${namespace} logs ${pods[0]}`,
        );
    },
};

export const aggregatorPlacement: Check = {
    id: "aggregator.placement",
    system: "aggregator",
    title: "every shard of the aggregation belongs to an aggregator",
    source: "manual run: services/m3aggregator/placement",
    means: "What falls on a shard that nobody owns is not aggregated.",
    async run(context) {
        const { aggregator } = context.environment;
        const { placement } = await askM3<Placement>(context, "/api/v1/services/m3aggregator/placement");
        const instances = Object.values(placement.instances ?? {});
        const wrong: string[] = [];
        if (instances.length !== aggregator.workload.replicas) {
            wrong.push(`${count(instances.length, "instance")} instead of ${aggregator.workload.replicas}`);
        }
        const owned = new Set(instances.flatMap(({ shards }) => (shards ?? []).map(({ id }) => id)));
        const shards = placement.numShards ?? 0;
        if (shards === 0 || owned.size !== shards) wrong.push(`${owned.size} of ${count(shards, "shard")} assigned`);
        const leaving = instances.filter((instance) => instance.shards?.some(({ state }) => state === "LEAVING"));
        for (const { id } of leaving) wrong.push(`${id} gives shards away`);
        if (wrong.length === 0)
            return pass(`${count(shards, "shard")} at ${instances.map(({ endpoint }) => endpoint).join(", ")}`);
        return fail(wrong, "the set-up job has not run, or the placement was changed by hand", setupAgain(context));
    },
};

export const topics: Check = {
    id: "aggregator.topics",
    system: "aggregator",
    title: "every m3msg topic has shards and its consumer",
    source: "manual run: Check Topic; facts.md 4: processes exit when a topic is missing at their start",
    means: "Coordinators and aggregators do not reach each other; a process that restarts now exits.",
    async run(context) {
        const { environment } = context;
        const byName = new Map(environment.topics.map((topic) => [topic.name, topic]));
        const { answers, errors } = await askEach([...byName.keys()], (name) =>
            askM3<Topic>(context, "/api/v1/topic", {
                "Topic-Name": name,
                "Cluster-Environment-Name": byName.get(name)?.environment ?? "",
            }),
        );
        const wrong = [...errors];
        for (const { name, answer } of answers) {
            // The same name in another environment is another service: its placement is not this cluster's.
            const told = (service: string, of: string) => `${service} of ${of || "no environment"}`;
            const services = answer.topic.consumerServices ?? [];
            const seen = services.map(({ serviceId }) => told(serviceId.name, serviceId.environment));
            const wanted = told(byName.get(name)?.consumer ?? "", environment.cluster.m3Environment);
            if (!seen.includes(wanted)) {
                wrong.push(`${name}: consumed by ${seen.join(", ") || "nobody"} instead of ${wanted}`);
            }
            if (!answer.topic.numberOfShards) wrong.push(`${name}: has no shards, so it takes no message`);
        }
        if (wrong.length === 0) {
            const shards = new Map(answers.map(({ name, answer }) => [name, answer.topic.numberOfShards ?? 0]));
            return pass(
                environment.topics
                    .map(({ name, consumer }) => `${name} (${count(shards.get(name) ?? 0, "shard")}) → ${consumer}`)
                    .join(", "),
            );
        }
        return fail(wrong, "the set-up job has not run, or etcd was emptied after it", setupAgain(context));
    },
};

/** NodePorts are what people and tools outside the cluster use: asked at every node, by its own address. */
export const nodePorts: Check = {
    id: "nodes.ports",
    system: "nodes",
    title: "every NodePort answers at every node",
    source: "manual run: metrics by 32330, 32556, writes by 32555, reads by 32558",
    means: "People and tools outside the cluster do not reach a service at that node, though it may run well.",
    async run(context) {
        const { environment } = context;
        const ports = (["coordinator", "query", "aggregator"] as const).flatMap((name) => {
            const { nodePort, metricsNodePort } = environment[name];
            const health = nodePort === undefined ? [] : [{ name, port: nodePort, path: "/health" }];
            const metrics = metricsNodePort === undefined ? [] : [{ name, port: metricsNodePort, path: "/metrics" }];
            return [...health, ...metrics];
        });
        const calls = new Map<string, { node: { address: string }; port: number; path: string }>(
            environment.nodes.flatMap((node) =>
                ports.map((port) => [`${node.name} ${port.name} ${port.port}${port.path}`, { node, ...port }] as const),
            ),
        );
        const { answers, errors } = await askEach([...calls.keys()], async (title) => {
            const call = calls.get(title);
            if (!call) return undefined;
            const { status, body } = await context.nodePort(call.node.address, call.port, call.path);
            if (status !== 200) return `answered ${status}: ${shorten(body, 80)}`;
            return call.path === "/metrics" && !body.includes("# TYPE") ? "answered no metrics" : undefined;
        });
        const wrong = [...errors];
        for (const { name, answer } of answers) if (answer) wrong.push(`${name}: ${answer}`);
        if (wrong.length === 0) {
            return pass(`${ports.map(({ port }) => port).join(", ")} at ${count(environment.nodes.length, "node")}`);
        }
        const everywhere = wrong.length === calls.size;
        return fail(
            wrong,
            everywhere
                ? "this machine has no route to the nodes' addresses, a firewall is between, or kube-proxy is down"
                : "the service behind the port has no ready pod, or kube-proxy is down at that node",
            `kubectl -n ${environment.namespace} get services,endpoints`,
        );
    },
};
