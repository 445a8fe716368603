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
    /** `serviceAccountName`, `automountServiceAccountToken` and what the profile looks at. */
    spec: Pod & { serviceAccountName?: string; automountServiceAccountToken?: boolean };
}

/** Every Kubernetes object of a `pulumi preview --json`. Throws UserError where it is none. */
export function declaredIn(document: PreviewDocument): Declared[] {
    if (!Array.isArray(document.steps)) {
        throw new UserError("this is no `pulumi preview --json`", {
            what: "it has no list of steps",
            next: "m3perf policy alone previews the stack itself; or pulumi preview --json --stack NAME > FILE",
        });
    }
    return document.steps.flatMap(({ newState, urn }) => {
        const { type = "", inputs } = newState ?? {};
        if (!type.startsWith("kubernetes:") || !inputs || typeof inputs.kind !== "string") return [];
        const metadata = inputs.metadata as { name?: string } | undefined;
        return [{ kind: inputs.kind, name: metadata?.name ?? urn.split("::").at(-1) ?? "", inputs }];
    });
}

interface Templated {
    spec?: { template?: { spec?: DeclaredPod["spec"] } };
}

interface DatabaseSpec {
    image?: string;
    podSecurityContext?: Pod["securityContext"];
    securityContext?: Pod["containers"][number]["securityContext"];
    containerResources?: Pod["containers"][number]["resources"];
    envVars?: Pod["containers"][number]["env"];
}

/** The pods of workloads, and those that the operator makes of an M3DBCluster as far as that says. */
export function podsIn(objects: Declared[]): DeclaredPod[] {
    return objects.flatMap(({ kind, name, inputs }): DeclaredPod[] => {
        if (kind === "M3DBCluster") {
            const { image, podSecurityContext, securityContext, containerResources, envVars } =
                inputs.spec as DatabaseSpec;
            const container = { name: "m3dbnode", image, securityContext, resources: containerResources, env: envVars };
            const spec = { securityContext: podSecurityContext, containers: [defined(container)] };
            // The operator asks for no token and names no account (reference/, facts.md 4): the namespace's default, with no rights.
            return [{ of: `${kind} ${name}`, spec: { ...defined(spec), automountServiceAccountToken: false } }];
        }
        const spec = (inputs as Templated).spec?.template?.spec;
        return spec ? [{ of: `${kind} ${name}`, spec }] : [];
    });
}

/** Without what is undefined. */
function defined<T extends object>(value: T): { [Key in keyof T]: Exclude<T[Key], undefined> } {
    return Object.fromEntries(Object.entries(value).filter(([, one]) => one !== undefined)) as never;
}
