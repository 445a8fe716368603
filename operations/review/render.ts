import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { exec } from "../../support/exec.ts";
import { defaultLab, labEnvironment } from "../lab.ts";
import { noPulumi } from "../stack/pulumi.ts";
import { type Objects, objectsOf, type PreviewDocument, warningsIn } from "./objects.ts";

/** Previews of a program as from nothing: the real engine, a state that is forgotten, no cluster. */

export type Rendered = { objects: Objects; warnings: string[] } | { failed: string };

/** The same name for all, so that what is the same is not told apart by it. */
const stack = "preview";

/** Pulumi as it is on this machine, or else the lab's. */
export async function toolsEnvironment(say: (line: string) => void): Promise<NodeJS.ProcessEnv> {
    const own = await exec("pulumi", ["version"], { timeout: 60 }).catch(() => undefined);
    if (own?.code === 0) return process.env;
    return { ...process.env, ...(await labEnvironment(defaultLab, true, say)).env };
}

/** One place after the other in which a preview can run, each with a state of its own; `folder` is removed by the caller. */
export async function openLane(folder: string, tools: NodeJS.ProcessEnv) {
    await mkdir(folder, { recursive: true });
    const { PULUMI_STACK: _, PULUMI_CONFIG_PASSPHRASE_FILE: __, ...inherited } = tools;
    const env: NodeJS.ProcessEnv = {
        ...inherited,
        PULUMI_BACKEND_URL: `file://${folder}`,
        PULUMI_CONFIG_PASSPHRASE: "review",
        PULUMI_SKIP_UPDATE_CHECK: "true",
        // Without it, `preview --json` would write its events as they come.
        PULUMI_ENABLE_STREAMING_JSON_PREVIEW: "false",
        KUBECONFIG: join(folder, "no-kubeconfig"),
    };
    await writeFile(join(folder, "Pulumi.yaml"), "name: m3perf\nruntime: nodejs\n");
    const words = ["-C", folder, "--non-interactive", "stack", "select", "--create", stack];
    const made = await exec("pulumi", words, { env, timeout: 120 }).catch((error) => {
        throw noPulumi(error);
    });
    if (made.code !== 0) throw new Error(`pulumi stack select: ${made.stderr.trim()}`);
    return {
        /** What the program of a tree declares with these settings. */
        async document(tree: string, settings: string): Promise<PreviewDocument | { failed: string }> {
            const file = join(folder, `Pulumi.${stack}.yaml`);
            await writeFile(file, settings);
            const preview = ["preview", "--json", "--non-interactive", "--stack", stack, "--config-file", file];
            const { code, stdout, stderr } = await exec("pulumi", preview, { cwd: tree, env, timeout: 300 });
            const told = documentOf(stdout);
            return code !== 0 || !told ? { failed: failureOf(told, stdout, stderr) } : told;
        },
        /** The same as objects that can be compared. */
        async render(tree: string, settings: string): Promise<Rendered> {
            const told = await this.document(tree, settings);
            return "failed" in told ? told : { objects: objectsOf(told), warnings: warningsIn(told) };
        },
    };
}

function documentOf(text: string): PreviewDocument | undefined {
    try {
        return JSON.parse(text) as PreviewDocument;
    } catch {
        return undefined;
    }
}

/** The program's own words, where it has any. Pure. */
function failureOf(told: PreviewDocument | undefined, stdout: string, stderr: string): string {
    const errors = (told?.diagnostics ?? [])
        .filter(({ severity }) => severity === "error")
        .map(({ message }) => message);
    const text = errors.length > 0 ? errors.join("\n") : stderr.trim() || stdout.trim().slice(-2000);
    return text.replace(/^error: /gm, "").trim();
}
