import assert from "node:assert/strict";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { openKubernetes } from "../../../operations/access/kubernetes.ts";
import type { DiagnosisJson } from "../../../operations/diagnosis/report.ts";
import { readEnvironment } from "../../../operations/stack/environment.ts";
import { openSession } from "../../../operations/stack/session.ts";
import { exec } from "../../../support/exec.ts";
import { labDir, projectRoot } from "../../../support/paths.ts";
import { type Fault, type Hand, misses } from "./fault.ts";

/** Hands on the environment of a lab. */
export async function handOn(lab: string): Promise<Hand> {
    const kubeconfig = labDir(lab, "kubeconfig");
    const m3perf = (words: string[], timeout: number) => exec(join(projectRoot, "bin/m3perf"), words, { timeout });
    const asked = await m3perf(["lab", "env", "--json", "--lab", lab], 600);
    const { env } = JSON.parse(asked.stdout) as { env: Record<string, string> };
    return {
        environment: await readEnvironment(await openSession({ lab }, { say: () => {} })),
        kubernetes: await openKubernetes(kubeconfig, null),
        async kubectl(...args) {
            const { code, stdout, stderr } = await exec("kubectl", args, {
                env: { ...process.env, ...env },
                timeout: 240,
            });
            assert.equal(code, 0, `kubectl ${args.join(" ")}: ${stderr}`);
            return stdout;
        },
        async lab(...words) {
            // Before the verb: what follows `ssh NODE` is the remote command's own.
            const { code, stdout, stderr } = await m3perf(["lab", "--lab", lab, ...words], 300);
            assert.equal(code, 0, `m3perf lab ${words.join(" ")}: ${stderr} ${stdout}`);
        },
        async diagnose() {
            const { code, stdout, stderr } = await m3perf(["diagnose", "--json", "--lab", lab], 300);
            assert.ok(code === 0 || code === 1, stderr);
            return JSON.parse(stdout) as DiagnosisJson;
        },
    };
}

/** Seconds for which a fault may take to show as a whole: probes and queues notice it one after the other. */
const shows = 60;

/** Asks diagnose until it tells of the fault, of nothing else as a root, and leaves nothing unexplained. Throws what it tells otherwise. */
export async function recognised(fault: Fault, hand: Hand): Promise<DiagnosisJson> {
    const deadline = Date.now() + shows * 1000;
    for (;;) {
        const diagnosis = await hand.diagnose();
        const missed = misses(fault, diagnosis);
        if (!missed) return diagnosis;
        if (Date.now() > deadline) assert.fail(`${missed}\n${JSON.stringify(diagnosis, null, 1)}`);
        await sleep(2000);
    }
}
