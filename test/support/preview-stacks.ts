/** Stack files previewed by the real engine, with no cluster within reach and a state that is forgotten; two at a time. */
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exec } from "../../support/exec.ts";
import { projectRoot } from "../../support/paths.ts";
import { testHome } from "./pulumi.ts";
import { ensureStack } from "./stack.ts";
import type { StackFile } from "./stack-files.ts";

export interface Previewed {
    code: number;
    output: string;
}

export interface PreviewedStack {
    of(stack: string): Promise<Previewed>;
    remove(): void;
}

export async function previewStacks(files: StackFile[]): Promise<PreviewedStack> {
    const home = await testHome(["kubernetes", "command", "random"]);
    const folder = mkdtempSync(join(tmpdir(), "m3perf-stacks-"));
    const pulumi = join(home.bin, "pulumi");
    const env: NodeJS.ProcessEnv = {
        ...process.env,
        ...home.env,
        PATH: `${home.bin}:${process.env.PATH}`,
        PULUMI_BACKEND_URL: `file://${folder}`,
        PULUMI_CONFIG_PASSPHRASE: "test",
        // A cluster of the user's own must never be reached.
        KUBECONFIG: join(folder, "no-such-kubeconfig"),
        HOME: folder,
        CI: "true",
    };
    const preview = async ({ stack, withoutLab }: StackFile): Promise<Previewed> => {
        const own = join(folder, `of-${stack}`);
        await ensureStack({ project: projectRoot, stack, folder: own, pulumi, env });
        const settings = join(own, "settings.yaml");
        writeFileSync(settings, withoutLab);
        const words = ["preview", "--non-interactive", "--color=never", "--stack", stack, "--config-file", settings];
        const { code, stdout, stderr } = await exec(pulumi, words, { cwd: projectRoot, env, timeout: 240 });
        return { code, output: stdout + stderr };
    };
    const lanes: Promise<unknown>[] = [Promise.resolve(), Promise.resolve()];
    const started = new Map<string, Promise<Previewed>>();
    for (const [index, file] of files.entries()) {
        const lane = index % lanes.length;
        const next = (lanes[lane] ?? Promise.resolve()).then(() => preview(file));
        // Whoever asks for it sees it fail; the lane goes on.
        lanes[lane] = next.catch(() => undefined);
        started.set(file.stack, next);
    }
    return {
        of: (stack) => started.get(stack) ?? Promise.reject(new Error(`${stack} was not previewed`)),
        remove: () => rmSync(folder, { recursive: true, force: true }),
    };
}
