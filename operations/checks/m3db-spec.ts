import type { Container, EnvVar, M3DBCluster, Pod } from "../access/kubernetes.ts";
import { type Check, count, fail, pass } from "./check.ts";

const setLabel = "operator.m3db.io/stateful-set";
/** The operator gives these two to every pod by itself (lab/operator/objects/statefulset.ts, facts.md 4). */
const operatorsOwn = ["NAMESPACE", "M3CLUSTER_ENVIRONMENT"];

const factors: Record<string, number> = {
    n: 1e-9,
    u: 1e-6,
    m: 1e-3,
    "": 1,
    ...Object.fromEntries(["k", "M", "G", "T", "P", "E"].map((unit, i) => [unit, 1000 ** (i + 1)])),
    ...Object.fromEntries(["Ki", "Mi", "Gi", "Ti", "Pi", "Ei"].map((unit, i) => [unit, 1024 ** (i + 1)])),
};

/** Whether two Kubernetes quantities are the same amount: 1Gi is 1024Mi, 0.5 is 500m. Pure. */
export function sameQuantity(a: string | undefined, b: string | undefined): boolean {
    if (a === b) return true;
    const [one, other] = [a, b].map((text) => {
        const [, number, unit] = /^(\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)([a-zA-Z]*)$/.exec(text ?? "") ?? [];
        return Number(number) * (factors[unit ?? "?"] ?? Number.NaN);
    });
    // 0.1 and 100m differ in the last binary digit.
    return one !== undefined && other !== undefined && Math.abs(one - other) <= 1e-9 * Math.max(one, other);
}

function statefulSetOf({ metadata }: Pod): string {
    return metadata.labels?.[setLabel] ?? metadata.name.replace(/-\d+$/, "");
}

/** Variables by name; of one that is given twice, Kubernetes takes the last. */
function variables(list: EnvVar[] | undefined): Map<string, string> {
    return new Map(
        (list ?? []).map(({ name, value, valueFrom }) => [name, valueFrom ? shown(valueFrom) : (value ?? "")]),
    );
}

/** A reference as text; the API server fills in a field's apiVersion. */
const shown = (reference: unknown) =>
    JSON.stringify(reference, (key, value) => (key === "apiVersion" && value === "v1" ? undefined : value));

/** In what a database pod's container differs from the spec, one line each; resources that are not asked for do not count. Pure. */
export function specDifferences(container: Container, spec: M3DBCluster["spec"]): string[] {
    const wrong: string[] = [];
    const note = (what: string, has: string | undefined, asked: string | undefined) =>
        wrong.push(`${what} is ${has ?? "not set"}, asked is ${asked ?? "none"}`);
    if (container.image !== spec.image) note("image", container.image, spec.image);
    for (const [kind, noun] of [
        ["limits", "limit"],
        ["requests", "request"],
    ] as const) {
        for (const [resource, asked] of Object.entries(spec.containerResources?.[kind] ?? {})) {
            const has = container.resources?.[kind]?.[resource];
            if (!sameQuantity(has, asked)) note(`${resource} ${noun}`, has, asked);
        }
    }
    const [has, asked] = [variables(container.env), variables(spec.envVars)];
    for (const name of new Set([...has.keys(), ...asked.keys()])) {
        if (operatorsOwn.includes(name) && !asked.has(name)) continue;
        if (has.get(name) !== asked.get(name)) note(`env ${name}`, has.get(name), asked.get(name));
    }
    return wrong;
}

export const m3dbSpec: Check = {
    id: "m3db.spec",
    system: "m3db",
    title: "every database pod runs what the M3DBCluster asks for",
    source: "m3db-operator 0.14: a StatefulSet is only updated while it has the annotation operator.m3db.io/update=enabled",
    async run({ environment: { namespace, cluster }, kubernetes }) {
        const [{ spec }, all] = await Promise.all([
            kubernetes.m3dbCluster(namespace, cluster.name),
            kubernetes.pods(namespace, cluster.selector),
        ]);
        const pods = all.filter(({ metadata }) => !metadata.deletionTimestamp);
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
            "m3db-operator changes a StatefulSet only when it is annotated",
            `kubectl -n ${namespace} annotate statefulset ${[...sets].sort().join(" ")} operator.m3db.io/update=enabled`,
        );
    },
};
