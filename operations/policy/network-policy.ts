import { BlockList, isIP } from "node:net";

/**
 * What NetworkPolicies let pass, as Kubernetes defines them (networking.k8s.io/v1;
 * https://kubernetes.io/docs/concepts/services-networking/network-policies/, read for Kubernetes 1.35). Pure.
 */

type Labels = Record<string, string>;

export interface LabelSelector {
    matchLabels?: Labels;
    matchExpressions?: { key: string; operator: string; values?: string[] }[];
}

interface Peer {
    podSelector?: LabelSelector;
    namespaceSelector?: LabelSelector;
    ipBlock?: { cidr: string; except?: string[] };
}

export interface Port {
    port?: number | string;
    endPort?: number;
    protocol?: string;
}

export interface NetworkPolicy {
    metadata: { name: string; namespace: string };
    spec: {
        podSelector?: LabelSelector;
        policyTypes?: string[];
        ingress?: { from?: Peer[]; ports?: Port[] }[];
        egress?: { to?: Peer[]; ports?: Port[] }[];
    };
}

/** A pod on a network of its own. One on its node's network has its node's address: it is an `Outside`. */
export interface PolicyPod {
    name: string;
    namespace: string;
    labels: Labels;
    /** Of the node that it runs on: from there everything reaches it. */
    nodeAddresses?: string[];
    /** What its containers call their ports. */
    ports?: Record<string, number>;
}

export interface Outside {
    address: string;
}

export interface Traffic {
    from: PolicyPod | Outside;
    to: PolicyPod | Outside;
    port: number;
    protocol?: string;
}

export interface Cluster {
    policies: NetworkPolicy[];
    /** Labels of the namespaces. */
    namespaces: Record<string, Labels>;
}

export interface Passage {
    passes: boolean;
    /** Which policy, or why none is needed. */
    because: string;
}

type Direction = "Ingress" | "Egress";

/** Whether a connection comes about: its sender has to be let out, and its receiver has to let it in. */
export function passage(cluster: Cluster, traffic: Traffic): Passage {
    const { from, to } = traffic;
    if (isPod(from) && isPod(to) && from.name === to.name && from.namespace === to.namespace)
        return { passes: true, because: "a pod cannot be kept from itself" };
    const out = isPod(from) ? side(cluster, "Egress", from, to, traffic) : undefined;
    if (out && !out.passes) return out;
    if (!isPod(to)) return out ?? { passes: true, because: "no policy is of what is between outsiders" };
    if (!isPod(from) && to.nodeAddresses?.includes(from.address))
        return { passes: true, because: "a pod's own node always reaches it" };
    return side(cluster, "Ingress", to, from, traffic);
}

const isPod = (one: PolicyPod | Outside): one is PolicyPod => "labels" in one;

/** Policies add up: a pod that any selects for a direction is closed in it, but for what one of them opens. */
function side(cluster: Cluster, direction: Direction, pod: PolicyPod, other: PolicyPod | Outside, traffic: Traffic) {
    const { policies, namespaces } = cluster;
    const own = policies.filter((policy) => selectsPod(policy, pod) && typesOf(policy).includes(direction));
    if (own.length === 0) return { passes: true, because: `no policy selects ${pod.name} for ${direction}` };
    const opening = own.find((policy) =>
        rulesOf(policy, direction).some(
            ({ peers, ports }) =>
                anyOrNone(peers, (peer) => isPeer(peer, other, policy, namespaces)) &&
                anyOrNone(ports, (port) => isPort(port, traffic)),
        ),
    );
    const names = (opening ? [opening] : own).map(({ metadata }) => metadata.name).join(", ");
    return { passes: opening !== undefined, because: `${direction} of ${names}` };
}

/** A list that is empty or missing names everything. */
const anyOrNone = <T>(list: T[] | undefined, fits: (one: T) => boolean) =>
    list === undefined || list.length === 0 || list.some(fits);

function rulesOf({ spec }: NetworkPolicy, direction: Direction) {
    return direction === "Ingress"
        ? (spec.ingress ?? []).map(({ from, ports }) => ({ peers: from, ports }))
        : (spec.egress ?? []).map(({ to, ports }) => ({ peers: to, ports }));
}

export const selectsPod = ({ metadata, spec }: NetworkPolicy, pod: Pick<PolicyPod, "namespace" | "labels">): boolean =>
    metadata.namespace === pod.namespace && matches(spec.podSelector ?? {}, pod.labels);

export const typesOf = ({ spec }: NetworkPolicy): string[] =>
    spec.policyTypes ?? ["Ingress", ...((spec.egress ?? []).length > 0 ? ["Egress"] : [])];

/**
 * A block of addresses is for what is outside. Plugins differ in whether it names pods, too; here it does not, so what passes here passes with
 * all of them.
 */
function isPeer(
    peer: Peer,
    one: PolicyPod | Outside,
    policy: NetworkPolicy,
    namespaces: Cluster["namespaces"],
): boolean {
    const { podSelector, namespaceSelector, ipBlock } = peer;
    if (ipBlock) return !isPod(one) && within(ipBlock, one.address);
    if (!isPod(one)) return false;
    const home = namespaceSelector
        ? matches(namespaceSelector, namespaces[one.namespace] ?? {})
        : one.namespace === policy.metadata.namespace;
    return home && matches(podSelector ?? {}, one.labels);
}

function within({ cidr, except = [] }: NonNullable<Peer["ipBlock"]>, address: string): boolean {
    const family = isIP(address) === 6 ? "ipv6" : "ipv4";
    const inside = (range: string) => {
        const [net = "", bits] = range.split("/");
        if ((isIP(net) === 6 ? "ipv6" : "ipv4") !== family) return false;
        const list = new BlockList();
        list.addSubnet(net, Number(bits), family);
        return list.check(address, family);
    };
    return inside(cidr) && !except.some(inside);
}

/** A port without a number is all of its protocol's; a name is what the receiving pod's containers call it. */
function isPort({ port, endPort, protocol = "TCP" }: Port, traffic: Traffic): boolean {
    if (protocol !== (traffic.protocol ?? "TCP")) return false;
    if (port === undefined) return true;
    if (typeof port === "string") return isPod(traffic.to) && traffic.to.ports?.[port] === traffic.port;
    return traffic.port >= port && traffic.port <= (endPort ?? port);
}

function matches({ matchLabels = {}, matchExpressions = [] }: LabelSelector, labels: Labels): boolean {
    return (
        Object.entries(matchLabels).every(([key, value]) => labels[key] === value) &&
        matchExpressions.every(({ key, operator, values = [] }) => {
            const value = labels[key];
            switch (operator) {
                case "In":
                    return value !== undefined && values.includes(value);
                case "NotIn":
                    return value === undefined || !values.includes(value);
                case "Exists":
                    return value !== undefined;
                case "DoesNotExist":
                    return value === undefined;
                default:
                    throw new Error(`no operator of a label selector: ${operator}`);
            }
        })
    );
}
