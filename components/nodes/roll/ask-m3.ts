import type { V1Pod } from "@kubernetes/client-node";
import { messageOf } from "../../../support/errors.ts";
import { type HttpCall, type HttpResponse, jsonOf, shorten } from "../../../support/http.ts";
import type { M3State, Member, Placement } from "./m3-state.ts";
import type { TurnCluster } from "./turn-input.ts";

/** Ports of etcd's clients, of the database's own HTTP, of the coordinator inside dbnode (facts.md 4). */
const ports = { etcd: 2379, dbnode: 9002, coordinator: 7201 };

interface M3DBClusterObject {
    spec: { isolationGroups?: { numInstances?: number }[] };
}

/**
 * Asks every etcd member and every database pod, through the API server's proxy to pods: so it works wherever the kubeconfig
 * does. Undefined: there is no M3DBCluster. `pods`: those of the namespace.
 */
export async function askM3(call: HttpCall, cluster: TurnCluster, pods: () => Promise<V1Pod[]>) {
    const { namespace, name, etcd } = cluster;
    const kind = `/apis/operator.m3db.io/v1alpha1/namespaces/${namespace}/m3dbclusters/${name}`;
    const object = await call(kind);
    if (object.status === 404) return undefined; // nor does its kind have to be there
    const { spec } = jsonOf<M3DBClusterObject>(object, `M3DBCluster ${namespace}/${name}`);
    const there = new Map((await pods()).map((pod) => [pod.metadata?.name ?? "", pod]));
    const ask = (pod: string, port: number, path: string, headers: Record<string, string> = {}) =>
        call(`/api/v1/namespaces/${namespace}/pods/${pod}:${port}/proxy${path}`, { headers });
    const members = (names: string[], problemOf: (pod: string) => Promise<string | undefined>) =>
        Promise.all(names.map((pod) => member(pod, there.get(pod), problemOf)));
    const [etcdMembers, replicas] = await Promise.all([
        members(namesOf(etcd.statefulSet, etcd.members), async (pod) =>
            etcdProblem(await ask(pod, etcd.healthPort ?? ports.etcd, "/health")),
        ),
        // The operator's names: "<cluster>-rep<group>-<instance>". /health is 200 before the bootstrap is done (facts.md 4).
        members(
            (spec.isolationGroups ?? []).flatMap(({ numInstances = 0 }, group) =>
                namesOf(`${name}-rep${group}`, numInstances),
            ),
            async (pod) => {
                const { status, body } = await ask(pod, ports.dbnode, "/bootstrapped");
                return status === 200 ? undefined : `not bootstrapped (${status} ${shorten(body, 80)})`;
            },
        ),
    ]);
    const placement = await placementOf(replicas, (pod) =>
        // Without the header, a coordinator tells of "default_env", where nothing is.
        ask(pod, ports.coordinator, "/api/v1/services/m3db/placement", {
            "Cluster-Environment-Name": `${namespace}/${name}`,
        }),
    );
    return { etcd: etcdMembers, replicas, placement } satisfies M3State;
}

const namesOf = (base: string, count: number) => Array.from({ length: count }, (_, index) => `${base}-${index}`);

async function member(
    name: string,
    pod: V1Pod | undefined,
    problemOf: (pod: string) => Promise<string | undefined>,
): Promise<Member> {
    const node = pod?.spec?.nodeName;
    if (!pod) return { name, node, problem: "there is no such pod" };
    if (pod.metadata?.deletionTimestamp) return { name, node, problem: "its pod is ending" };
    if (node === undefined) return { name, node, problem: "its pod is Pending: on no node" };
    const problem = await problemOf(name).catch((error: unknown) => `does not answer (${messageOf(error)})`);
    return { name, node, problem };
}

/** A member says "true" only with a leader and after a read that a majority confirmed (etcd, "Monitoring"). */
function etcdProblem({ status, body }: HttpResponse): string | undefined {
    if (status === 200 && /"health"\s*:\s*"true"/.test(body)) return undefined;
    return `not healthy (${status} ${shorten(body, 80)})`;
}

/** From whichever database pod answers, those that are bootstrapped first. */
async function placementOf(
    replicas: Member[],
    ask: (pod: string) => Promise<HttpResponse>,
): Promise<M3State["placement"]> {
    let problem = "no database pod runs that could tell it";
    const running = replicas.filter(({ node }) => node !== undefined);
    for (const { name } of running.toSorted(
        (a, b) => Number(a.problem !== undefined) - Number(b.problem !== undefined),
    )) {
        try {
            const { placement } = jsonOf<{ placement?: Placement }>(await ask(name), `${name} /placement`);
            if (placement) return placement;
            problem = `${name} tells of none`;
        } catch (error) {
            problem = messageOf(error);
        }
    }
    return { problem };
}
