/** etcd on this machine with the very arguments that its pods get; only names, ports and folders are this machine's. */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type EtcdPlan, etcdPods, etcdPorts, etcdStatefulSet } from "../../../components/m3/etcd-manifests.ts";
import { folder } from "../../../components/tls/files.ts";
import type { Certificate } from "../../../components/tls/plan.ts";
import { waitFor } from "../../../support/wait.ts";
import { freePort } from "../../support/apiserver.ts";
import { binary } from "../../support/binaries.ts";
import { bound } from "../../support/bound.ts";
import { folderOf } from "../../support/certificates.ts";

const plan: EtcdPlan = {
    ...{ namespace: "m3db", image: "x", members: 3, memory: "256Mi", cpu: "100m", storage: "1Gi", storageClass: "x" },
    tls: "etcd-certificate",
};

export interface Member {
    client: number;
    peer: number;
    metrics: number;
}

export class EtcdCluster {
    readonly dir = mkdtempSync(join(tmpdir(), "m3perf-etcd-tls-"));
    readonly members: Member[] = [];
    readonly certificates: string;
    private readonly children: ChildProcess[] = [];
    private output = "";

    constructor(certificate: Certificate) {
        this.certificates = folderOf(join(this.dir, "certificates"), certificate);
    }

    async start(): Promise<void> {
        const pods = etcdPods(plan);
        for (const _ of pods)
            this.members.push({ client: await freePort(), peer: await freePort(), metrics: await freePort() });
        for (const [index] of pods.entries()) this.launch(index);
        await waitFor({ what: "three members of etcd", timeout: 60 }, async () => {
            if (this.children.some(({ exitCode }) => exitCode !== null)) throw new Error(this.output.slice(-3000));
            const answers = await Promise.all(
                this.members.map(({ metrics }) =>
                    fetch(`http://127.0.0.1:${metrics}/health`)
                        .then((answer) => answer.text())
                        .catch(() => ""),
                ),
            );
            return answers.every((text) => text.includes('"true"'));
        });
    }

    private launch(index: number): void {
        const child = spawn(...bound(binary("etcd"), [...this.argumentsOf(index), "--unsafe-no-fsync"]), {
            stdio: ["ignore", "pipe", "pipe"],
        });
        for (const stream of [child.stdout, child.stderr])
            stream.on("data", (part: Buffer) => {
                this.output = (this.output + part).slice(-20_000);
            });
        this.children.push(child);
    }

    /** Those of the pod `index`. */
    argumentsOf(index: number): string[] {
        const [container] = etcdStatefulSet(plan).spec.template.spec.containers;
        const own = this.members[index];
        if (!container || !own) throw new Error(`there is no member ${index}`);
        return container.args.map((arg) => {
            let text = arg.replaceAll("$(POD)", `etcd-${index}`).replaceAll(folder, this.certificates);
            text = text.replace("/var/lib/etcd/data", join(this.dir, `data-${index}`));
            for (const [pod, member] of this.members.entries())
                for (const kind of ["client", "peer"] as const)
                    text = text.replaceAll(`etcd-${pod}.etcd.m3db:${etcdPorts[kind]}`, `127.0.0.1:${member[kind]}`);
            for (const kind of ["client", "peer", "metrics"] as const)
                text = text.replaceAll(`0.0.0.0:${etcdPorts[kind]}`, `127.0.0.1:${own[kind]}`);
            return text;
        });
    }

    async stop(): Promise<void> {
        for (const child of this.children) {
            if (child.exitCode !== null || child.signalCode !== null) continue;
            const ended = once(child, "close");
            child.kill("SIGKILL");
            await ended;
        }
        rmSync(this.dir, { recursive: true, force: true, maxRetries: 3 });
    }
}
