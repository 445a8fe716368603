/**
 * The end-to-end tests' own lab and stack, and the commands they run on them as a user would. The files of this folder are
 * the stages, in the order of their names; each stands on the one before.
 */
import assert from "node:assert/strict";
import { existsSync, rmSync } from "node:fs";
import { mkdtemp, readFile, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseDocument } from "yaml";
import type { CheckResult } from "../../operations/checks/run.ts";
import { type ExecResult, exec } from "../../support/exec.ts";
import { labDir, projectRoot } from "../../support/paths.ts";

/** Never `lab`: an environment that somebody runs on this machine stays as it is. */
export const lab = "e2e";
export const stack = "dev";

const minutes = 60;

export interface VerifyJson {
    ok: boolean;
    passed: number;
    failed: number;
    checks: CheckResult[];
}

export interface UpJson extends VerifyJson {
    unchanged: boolean;
    changes: Record<string, number>;
    phases: { title: string; seconds: number }[];
}

/** Runs bin/m3perf with the suite's lab. Does not throw for an exit code. */
export function m3perf(words: string[], options: { minutes?: number } = {}): Promise<ExecResult> {
    return exec(join(projectRoot, "bin/m3perf"), [...words, "--lab", lab], {
        timeout: (options.minutes ?? 20) * minutes,
    });
}

/** The same, for a command that must succeed; returns its JSON. */
export async function m3perfJson<T>(words: string[], expected = 0): Promise<T> {
    const { code, stdout, stderr } = await m3perf([...words, "--json"]);
    assert.equal(
        code,
        expected,
        `m3perf ${words.join(" ")} ended with ${code}:\n${stderr.slice(-6000)}\n${stdout.slice(-3000)}`,
    );
    return JSON.parse(stdout) as T;
}

let variables: Promise<NodeJS.ProcessEnv> | undefined;

/** What `eval "$(m3perf lab env)"` gives a shell. */
export function labVariables(): Promise<NodeJS.ProcessEnv> {
    variables ??= m3perfJson<{ env: Record<string, string> }>(["lab", "env"]).then(({ env }) => ({
        ...process.env,
        ...env,
    }));
    return variables;
}

export function forgetLab(): void {
    variables = undefined;
}

/** kubectl of the lab; throws with its words unless it succeeds. */
export async function kubectl(...args: string[]): Promise<string> {
    const { code, stdout, stderr } = await exec("kubectl", args, { env: await labVariables(), timeout: 3 * minutes });
    assert.equal(code, 0, `kubectl ${args.join(" ")}: ${stderr}`);
    return stdout;
}

export async function kubectlJson<T>(...args: string[]): Promise<T> {
    return JSON.parse(await kubectl(...args, "-o", "json")) as T;
}

/** kubectl apply of objects as text. */
export async function kubectlApply(objects: string): Promise<void> {
    const env = await labVariables();
    const { code, stderr } = await exec("kubectl", ["apply", "-f", "-"], { env, input: objects, timeout: minutes });
    assert.equal(code, 0, stderr);
}

/** A pod's sockets, as Linux lists them (test/support/proc-net.ts). */
export const socketsOf = (namespace: string, pod: string): Promise<string> =>
    kubectl(
        "-n",
        namespace,
        "exec",
        pod,
        "--",
        "sh",
        "-c",
        "cat /proc/net/tcp; cat /proc/net/tcp6 2>/dev/null || true",
    );

const folders: string[] = [];
process.once("exit", () => {
    for (const folder of folders) rmSync(folder, { recursive: true, force: true });
});

interface Nodes {
    items: { status: { addresses: { type: string; address: string }[] } }[];
}

/** Any node's: NodePorts are at all of them. */
export async function nodeAddress(): Promise<string> {
    const [node] = (await kubectlJson<Nodes>("get", "nodes")).items;
    return node?.status.addresses.find(({ type }) => type === "InternalIP")?.address ?? "";
}

/** Outside of the clone, gone with this process. */
export async function temporaryFolder(): Promise<string> {
    const folder = await mkdtemp(join(tmpdir(), "m3perf-e2e-"));
    folders.push(folder);
    return folder;
}

/** Writes a settings file: the stack's own with changes, outside of the clone. Returns its path. */
export async function settingsWith(changes: Record<string, unknown>): Promise<string> {
    const document = parseDocument(await readFile(join(projectRoot, `Pulumi.${stack}.yaml`), "utf8"));
    for (const [key, value] of Object.entries(changes)) document.setIn(["config", key], document.createNode(value));
    const path = join(await temporaryFolder(), "settings.yaml");
    await writeFile(path, document.toString());
    return path;
}

/** The clone's files that Pulumi would write into if it could: they must stay as they are. */
export async function trackedFiles(): Promise<Record<string, string>> {
    const files = ["Pulumi.yaml", `Pulumi.${stack}.yaml`];
    return Object.fromEntries(
        await Promise.all(files.map(async (name) => [name, await readFile(join(projectRoot, name), "utf8")] as const)),
    );
}

/** What the stages hand on. */
export const shared: { before?: Snapshot; tracked?: Record<string, string>; up?: boolean } = {};

/** Skips nothing: a stage whose ground is missing fails, and says which stage should have laid it. */
export function standsOn<K extends keyof typeof shared>(key: K, stage: string): NonNullable<(typeof shared)[K]> {
    const value = shared[key];
    assert.ok(value, `this stage needs ${stage}, which did not succeed`);
    return value;
}

/** What the program may touch of the cluster, before and after. */
export interface Snapshot {
    namespaces: string[];
    definitions: string[];
    clusterRoles: string[];
    clusterRoleBindings: string[];
    volumes: string[];
    storageClasses: string[];
    nodes: Record<string, { labels: Record<string, string>; taints: unknown[] }>;
    prometheusConfig: unknown;
    prometheusSpec: unknown;
}

interface Listed {
    items: { metadata: { name: string; labels?: Record<string, string> }; spec?: { taints?: unknown[] } }[];
}

export async function snapshot(): Promise<Snapshot> {
    const names = async (kind: string) =>
        (await kubectlJson<Listed>("get", kind)).items.map(({ metadata }) => metadata.name).sort();
    const { items } = await kubectlJson<Listed>("get", "nodes");
    const prometheus = ["-n", "monitoring", "get"];
    return {
        namespaces: await names("namespaces"),
        definitions: await names("customresourcedefinitions"),
        clusterRoles: await names("clusterroles"),
        clusterRoleBindings: await names("clusterrolebindings"),
        volumes: await names("persistentvolumes"),
        storageClasses: await names("storageclasses"),
        nodes: Object.fromEntries(
            items.map(({ metadata, spec }) => [
                metadata.name,
                { labels: metadata.labels ?? {}, taints: spec?.taints ?? [] },
            ]),
        ),
        prometheusConfig: (await kubectlJson<{ data: unknown }>(...prometheus, "configmap", "prometheus-server")).data,
        prometheusSpec: (await kubectlJson<{ spec: unknown }>(...prometheus, "deployment", "prometheus-server")).spec,
    };
}

export const labExists = () => existsSync(labDir(lab));
