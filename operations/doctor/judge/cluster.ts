import { nodeFacts } from "../../../settings/fit/facts.ts";
import { fitInput } from "../../../settings/fit/input.ts";
import { judgeFit } from "../../../settings/fit/judge.ts";
import type { Problem } from "../../../support/errors.ts";
import type { ClusterNode } from "../cluster.ts";
import { answered, type Examined, type Finding } from "../finding.ts";

/** What Kubernetes says of the nodes against the topology; kubelets; and whether SSH and Kubernetes speak of the same machines. */
export function cluster(examined: Examined): Finding[] {
    return [...kubelets(examined), ...topology(examined), ...strangers(examined)];
}

function kubelets(examined: Examined): Finding[] {
    return answered(examined).flatMap(({ node, facts: { kubelet, bootId } }): Finding[] => {
        if (!kubelet || kubelet.state === "active") return [];
        const asked = { node: node.name, fact: "kubelet", what: "kubelet", wanted: "active" } as const;
        const next = `systemctl status ${kubelet.unit}; journalctl -u ${kubelet.unit} -n 50 on the host`;
        const told = nodeOf(examined, node.name);
        if (!isReady(told) || told?.status?.nodeInfo?.bootID !== bootId)
            return [{ level: "failure", ...asked, found: kubelet.state, next }];
        const found = `${kubelet.state}, but Kubernetes calls the node Ready: stopped just now, or a service of another name`;
        return [{ level: "warning", ...asked, found, next }];
    });
}

const nodeOf = ({ cluster: answer }: Examined, node: string) =>
    answer.answers ? answer.nodes.find(({ metadata }) => metadata?.name === node) : undefined;

const isReady = (node: ClusterNode | undefined) =>
    node?.status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True") === true;

/** On M3DB's own nodes (components/manifests.ts, dedicated): its pods tolerate it, and where it is of no use any more `up` takes it away. */
const ownTaint = { key: "dedicated", value: "m3db", effect: "NoSchedule" };

function topology({ site, scenario, cluster: answer, warnings }: Examined): Finding[] {
    const told = warnings.map((found): Finding => ({ level: "warning", fact: "pods", what: "settings", found }));
    if (!answer.answers) {
        const found = `does not answer: ${answer.why}`;
        const next = answer.next ?? "correct the site file's kubeconfig, or start the cluster";
        const wanted = "what it says is allocatable, to hold the topology against";
        return [...told, { level: "warning", fact: "pods", what: "Kubernetes", found, wanted, next }];
    }
    const input = fitInput(site, scenario);
    const nodes = answer.nodes.map(withoutOwnTaint);
    const { problems, notes } = judgeFit(input, nodeFacts(nodes, answer.pods, input.own));
    return [
        ...told,
        ...problems.map((problem) =>
            findingOf(
                problem,
                site.nodes.map(({ name }) => name),
            ),
        ),
        ...notes.map((found): Finding => ({ level: "warning", fact: "pods", what: "Kubernetes", found })),
    ];
}

function withoutOwnTaint(node: ClusterNode): ClusterNode {
    const taints = node.spec?.taints?.filter(
        ({ key, value, effect }) => key !== ownTaint.key || value !== ownTaint.value || effect !== ownTaint.effect,
    );
    return taints ? { ...node, spec: { ...node.spec, taints } } : node;
}

/** "node worker-1: …" is told of that node. */
function findingOf({ what, why, next }: Problem, nodes: string[]): Finding {
    const node = nodes.find((name) => what.startsWith(`node ${name}: `));
    const found = node ? what.slice(`node ${node}: `.length) : what;
    return {
        level: "failure",
        ...(node ? { node } : {}),
        fact: "pods",
        what: "Kubernetes",
        found: why ? `${found} (${why})` : found,
        ...(next ? { next } : {}),
    };
}

/** A Ready node's kubelet tells its machine's boot id: SSH must lead to that same machine. */
function strangers(examined: Examined): Finding[] {
    return answered(examined).flatMap(({ node, path, facts }): Finding[] => {
        const told = nodeOf(examined, node.name);
        const bootId = told?.status?.nodeInfo?.bootID;
        // After a reboot, what Kubernetes knows is old until the kubelet is back.
        if (!isReady(told) || !bootId || facts.bootId === bootId || facts.kubelet?.state !== "active") return [];
        const found = "SSH leads to another machine than the node's kubelet runs on (their boot ids differ)";
        const next = `correct ${path}.address or its ssh: kubectl get nodes -o wide`;
        return [{ level: "failure", node: node.name, fact: "ssh", what: "machine", found, next }];
    });
}
