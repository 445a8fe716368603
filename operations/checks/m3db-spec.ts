import { specDifferences } from "../../components/m3/m3db/spec-differences.ts";
import { isLive, type Pod } from "../access/kubernetes.ts";
import { type Check, count, fail, pass } from "./check.ts";

const setLabel = "operator.m3db.io/stateful-set";

function statefulSetOf({ metadata }: Pod): string {
    return metadata.labels?.[setLabel] ?? metadata.name.replace(/-\d+$/, "");
}

export const m3dbSpec: Check = {
    id: "m3db.spec",
    system: "m3db",
    title: "every database pod runs what the M3DBCluster asks for",
    source: "m3db-operator 0.14: a StatefulSet is only updated while it has the annotation operator.m3db.io/update=enabled",
    means: "A database pod runs old settings: the M3DBCluster says one thing, the process does another.",
    async run({ environment: { namespace, cluster }, kubernetes }) {
        const [{ spec }, all] = await Promise.all([
            kubernetes.m3dbCluster(namespace, cluster.name),
            kubernetes.pods(namespace, cluster.selector),
        ]);
        const pods = all.filter(isLive);
        if (pods.length === 0) {
            return fail(
                "there is no database pod",
                "the operator is down or cannot make the StatefulSets",
                `kubectl -n ${namespace} describe m3dbcluster ${cluster.name}`,
            );
        }
        const wrong: string[] = [];
        const sets = new Set<string>();
        for (const pod of pods) {
            const set = statefulSetOf(pod);
            // The database's container has its StatefulSet's name; spec.sidecarContainers come beside it.
            const container = pod.spec.containers?.find(({ name }) => name === set);
            const differences = container ? specDifferences(container, spec) : [`it has no container ${set}`];
            if (differences.length > 0) sets.add(set);
            wrong.push(...differences.map((text) => `${pod.metadata.name}: ${text}`));
        }
        if (wrong.length === 0) {
            const { limits, requests } = spec.containerResources ?? {};
            const size = `memory ${limits?.memory ?? "unlimited"}, cpu ${requests?.cpu ?? "not asked"}`;
            return pass(
                `${count(pods.length, "pod")}: ${spec.image}, ${size}, ${count(spec.envVars?.length ?? 0, "variable")}`,
            );
        }
        return fail(
            wrong,
            "an update did not finish (m3perf up goes on with it), or m3perf:m3db.update is manual: m3db-operator changes a StatefulSet only when it is annotated",
            `kubectl -n ${namespace} annotate statefulset ${[...sets].sort().join(" ")} operator.m3db.io/update=enabled`,
        );
    },
};
