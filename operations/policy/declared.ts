import { UserError } from "../../support/errors.ts";
import type { PreviewDocument } from "../review/objects.ts";
import type { Pod } from "./pod-security.ts";

/** What a preview declares for Kubernetes, and the pods in it. Pure. */

export interface Declared {
    kind: string;
    name: string;
    inputs: Record<string, unknown>;
}

export interface DeclaredPod {
    /** "Deployment m3query" */
    of: string;
    namespace: string;
    labels: Record<string, string>;
    /** `serviceAccountName`, `automountServiceAccountToken` and what the profile looks at. */
    spec: Pod & { serviceAccountName?: string; automountServiceAccountToken?: boolean };
}

type Step = NonNullable<PreviewDocument["steps"]>[number];

/** Every Kubernetes object of a `pulumi preview --json`, which a file may hold or not. Throws UserError where it is none. */
export function declaredIn(document: unknown): Declared[] {
    const steps: unknown = isRecord(document) ? document.steps : undefined;
    if (!Array.isArray(steps) || !steps.every(isStep)) {
        throw new UserError("this is no `pulumi preview --json`", {
            what: "it has no list of steps, each with a urn",
            next: "m3perf policy alone previews the stack itself; or pulumi preview --json --stack NAME > FILE",
        });
    }
    return steps.flatMap(({ newState, urn }) => {
        const { type = "", inputs } = newState ?? {};
        if (!type.startsWith("kubernetes:") || !inputs || typeof inputs.kind !== "string") return [];
        const metadata = inputs.metadata as { name?: string } | undefined;
        return [{ kind: inputs.kind, name: metadata?.name ?? urn.split("::").at(-1) ?? "", inputs }];
    });
}

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === "object" && value !== null;
const isStep = (value: unknown): value is Step => isRecord(value) && typeof value.urn === "string";

interface Template {
    metadata?: { namespace?: string; labels?: Record<string, string> };
    spec?: DeclaredPod["spec"];
}

interface Templated {
    metadata?: Template["metadata"];
    spec?: { template?: Template; jobTemplate?: { spec?: { template?: Template } } };
}

/** What a workload makes its pods of; a pod is its own. */
function templateOf(kind: string, inputs: Record<string, unknown>): Template | undefined {
    if (kind === "Pod") return inputs as Template;
    const { spec } = inputs as Templated;
    return kind === "CronJob" ? spec?.jobTemplate?.spec?.template : spec?.template;
}

interface DatabaseSpec {
    image?: string;
    labels?: Record<string, string>;
    podSecurityContext?: Pod["securityContext"];
    securityContext?: Pod["containers"][number]["securityContext"];
    containerResources?: Pod["containers"][number]["resources"];
    envVars?: Pod["containers"][number]["env"];
    initContainers?: Pod["initContainers"];
    sidecarContainers?: Pod["containers"];
    initVolumes?: Pod["volumes"];
    sidecarVolumes?: Pod["volumes"];
}

/** The pods of workloads, and those that the operator makes of an M3DBCluster as far as that says. */
export function podsIn(objects: Declared[]): DeclaredPod[] {
    return objects.flatMap(({ kind, name, inputs }): DeclaredPod[] => {
        const template = templateOf(kind, inputs);
        const namespace = (inputs as Templated).metadata?.namespace ?? "default";
        if (kind === "M3DBCluster") {
            const database = (inputs.spec ?? {}) as DatabaseSpec;
            const { image, podSecurityContext, securityContext, containerResources, envVars } = database;
            const container = { name: "m3dbnode", image, securityContext, resources: containerResources, env: envVars };
            const { initContainers, sidecarContainers = [], initVolumes = [], sidecarVolumes = [] } = database;
            const spec = {
                securityContext: podSecurityContext,
                initContainers,
                containers: [defined(container), ...sidecarContainers],
                volumes: [...initVolumes, ...sidecarVolumes],
            };
            // The operator asks for no token and names no account (reference/, facts.md 4): the namespace's default, with no rights.
            return [
                {
                    ...{ of: `${kind} ${name}`, namespace, labels: databaseLabels(name, database.labels) },
                    spec: { ...defined(spec), automountServiceAccountToken: false },
                },
            ];
        }
        if (!template?.spec) return [];
        const { containers = [], ...spec } = template.spec;
        return [
            {
                of: `${kind} ${name}`,
                namespace,
                labels: template.metadata?.labels ?? {},
                spec: { ...spec, containers },
            },
        ];
    });
}

/** What the operator puts on the pods of an M3DBCluster for Services and policies to select (facts.md 4); a pod has some more. */
const databaseLabels = (cluster: string, own: Record<string, string> = {}) => ({
    "operator.m3db.io/app": "m3db",
    "operator.m3db.io/cluster": cluster,
    "operator.m3db.io/component": "m3dbnode",
    ...own,
});

/** Without what is undefined. */
function defined<T extends object>(value: T): { [Key in keyof T]: Exclude<T[Key], undefined> } {
    return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as never;
}
