/** The same manifests by `kubectl apply`, in the order in which a person with the manifests at hand would do it. */
import { run } from "../support/exec.ts";
import { projectRoot } from "../support/paths.ts";
import type { Exported, ExportedResource } from "./flat.ts";

interface Manifest {
    apiVersion: string;
    kind: string;
    metadata: { name: string; namespace?: string };
    [key: string]: unknown;
}

interface CommandInputs {
    interpreter: string[];
    create: string;
    /** Absent: there is nothing to take back. */
    delete?: string;
    stdin: string;
}

export interface Manifests {
    /** Namespace, definitions and rights: what the others need to be accepted. */
    first: Manifest[];
    /** Labels of nodes, by server-side apply. */
    patches: Manifest[];
    rest: Manifest[];
    /** Programs of ours that are no manifests: before (sizes, taints) and after (prometheus.yml). */
    before: CommandInputs[];
    after: CommandInputs[];
}

const early = ["Namespace", "CustomResourceDefinition", "ServiceAccount", "ClusterRole", "ClusterRoleBinding"];

/** The manifests of a stack from its state: what Pulumi has sent, without what is Pulumi's own. Pure. */
export function manifestsOf(exported: Exported): Manifests {
    const resources = exported.deployment.resources ?? [];
    const objects = resources.filter(({ type }) => type.startsWith("kubernetes:"));
    const patches = objects.filter(({ type }) => type.endsWith("Patch")).map(manifestOf);
    const whole = objects.filter(({ type }) => !type.endsWith("Patch")).map(manifestOf);
    const commands = resources.filter(({ type }) => type.startsWith("command:local:"));
    const ofNodes = ({ urn }: ExportedResource) => urn.includes("::nodes-");
    const [before, after] = [commands.filter(ofNodes), commands.filter((one) => !ofNodes(one))];
    return {
        first: whole.filter(({ kind }) => early.includes(kind)),
        patches,
        rest: whole.filter(({ kind }) => !early.includes(kind)),
        before: before.map(({ inputs }) => inputs as unknown as CommandInputs),
        after: after.map(({ inputs }) => inputs as unknown as CommandInputs),
    };
}

function manifestOf({ inputs }: ExportedResource): Manifest {
    const strip = (value: unknown): unknown => {
        if (Array.isArray(value)) return value.map(strip);
        if (value === null || typeof value !== "object") return value;
        const kept = Object.entries(value).filter(([key]) => !key.startsWith("__") && !key.startsWith("pulumi.com/"));
        return Object.fromEntries(kept.map(([key, inner]) => [key, strip(inner)]));
    };
    return strip(inputs) as Manifest;
}

const list = (items: Manifest[]) => JSON.stringify({ apiVersion: "v1", kind: "List", items });

/** Runs a command resource's program as the provider would. */
async function command(
    { interpreter, stdin, ...actions }: CommandInputs,
    action: "create" | "delete",
    env: NodeJS.ProcessEnv,
) {
    const word = actions[action];
    if (word === undefined) return;
    const [program = "", ...words] = interpreter;
    await run(program, [...words, word], { cwd: projectRoot, env, input: stdin });
}

/** `env` has KUBECONFIG, and the variable by which the program's own commands get the kubeconfig. */
export async function applyAll(manifests: Manifests, env: NodeJS.ProcessEnv): Promise<void> {
    const kubectl = (words: string[], input?: string) =>
        run("kubectl", words, { env, ...(input === undefined ? {} : { input }) });
    const apply = (items: Manifest[]) =>
        kubectl(["apply", "--server-side", "--field-manager=bench", "-f", "-"], list(items));
    await apply(manifests.first);
    await apply(manifests.patches);
    for (const each of manifests.before) await command(each, "create", env);
    const definitions = manifests.first.filter(({ kind }) => kind === "CustomResourceDefinition");
    const names = definitions.map(({ metadata }) => `crd/${metadata.name}`);
    await kubectl(["wait", "--for=condition=Established", "--timeout=60s", ...names]);
    await apply(manifests.rest);
    for (const each of manifests.after) await command(each, "create", env);
}

/** Takes back what applyAll made: the cluster first, while its operator is there. */
export async function removeAll(manifests: Manifests, env: NodeJS.ProcessEnv): Promise<void> {
    const kubectl = (words: string[], input?: string) =>
        run("kubectl", words, { env, ...(input === undefined ? {} : { input }) });
    const remove = (items: Manifest[]) => kubectl(["delete", "--ignore-not-found", "--wait", "-f", "-"], list(items));
    for (const each of manifests.after) await command(each, "delete", env);
    await remove(manifests.rest.filter(({ kind }) => kind === "M3DBCluster"));
    await remove(manifests.rest.filter(({ kind }) => kind !== "M3DBCluster"));
    await remove(manifests.first);
    for (const each of manifests.before) await command(each, "delete", env);
    for (const { metadata, ...patch } of manifests.patches) {
        const labels = Object.keys((metadata as { labels?: object }).labels ?? {}).map((label) => `${label}-`);
        if (patch.kind === "Node" && labels.length > 0) await kubectl(["label", "node", metadata.name, ...labels]);
    }
}
