/** Whether database pods are what the M3DBCluster asks for; verify and the roll (roll.ts) go by the same comparison. */

interface EnvVar {
    name: string;
    value?: string;
    valueFrom?: unknown;
}

/** Kubernetes quantities by resource: { limits: { memory: "1Gi" } }. */
interface Resources {
    limits?: Record<string, string>;
    requests?: Record<string, string>;
}

export interface ContainerLike {
    image?: string | undefined;
    env?: EnvVar[] | undefined;
    resources?: Resources | undefined;
}

/** The part of an M3DBCluster's spec that says so; with our digest among its variables (podDigestVariable), all of it. */
export interface PodSource {
    image?: string;
    containerResources?: Resources;
    envVars?: EnvVar[];
}

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
export function specDifferences(container: ContainerLike, spec: PodSource): string[] {
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
