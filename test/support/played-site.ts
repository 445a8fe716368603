/**
 * A site with a real API server whose pods are played (kubelets.ts): what Pulumi and Kubernetes make of the program can be seen on it
 * in seconds; M3 itself is not there.
 */
import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { projectRoot } from "../../support/paths.ts";
import { type ApiServer, startApiServer } from "./apiserver.ts";
import { createNode, type Kubelets, startKubelets } from "./kubelets.ts";
import { type ProgramStack, programStack } from "./program.ts";

export interface PlayedSite {
    api: ApiServer;
    /** Path of the site file; for `configure`. */
    site: string;
    stack: ProgramStack;
    stop(): Promise<void>;
}

/** What the site's own Prometheus has before anybody attaches to it. */
export const prometheusYml = "# The site's own\nscrape_configs: []\n";

export interface PlayedSiteOptions {
    stack: string;
    /** The site file's text, without kubeconfig. */
    text?: string;
    /** Its nodes. */
    nodes?: string[];
    /** More of the stack's settings, without "m3perf:". */
    settings?: Record<string, unknown>;
    /** Makes the nodes, and has their pods run until it is stopped; unless told, played pods that are all put onto one. */
    populate?: (api: ApiServer, nodes: string[]) => Promise<Kubelets>;
}

const usualNodes = ["master", "worker-1", "worker-2", "worker-3", "worker-4", "worker-5", "repository"];
const usualSite = () => readFileSync(join(projectRoot, "test/unit/components/site.yaml"), "utf8");

export async function playSite({
    stack,
    text,
    nodes = usualNodes,
    settings = {},
    populate = playedNodes,
}: PlayedSiteOptions): Promise<PlayedSite> {
    const folder = mkdtempSync(join(tmpdir(), "m3perf-life-"));
    const api = await startApiServer();
    const kubelets = await populate(api, nodes).catch(async (error: unknown) => {
        await api.stop();
        rmSync(folder, { recursive: true });
        throw error;
    });
    await createPrometheus(api);
    const jobs = setInterval(() => void finishJobs(api), 200);
    const site = join(folder, "site.yaml");
    writeFileSync(site, `${text ?? usualSite()}kubeconfig: ${api.kubeconfig}\n`);
    const program = await programStack(stack, { site, ...settings });
    return {
        api,
        site,
        stack: program,
        async stop() {
            clearInterval(jobs);
            await kubelets.stop();
            program.remove();
            await api.stop();
            rmSync(folder, { recursive: true });
        },
    };
}

async function playedNodes(api: ApiServer, nodes: string[]): Promise<Kubelets> {
    // Pods are put onto this one, whatever they ask for.
    for (const name of [...nodes, "stage"]) await createNode(api, name);
    return startKubelets(api, "stage");
}

async function createPrometheus(api: ApiServer): Promise<void> {
    const create = async (path: string, body: object) => {
        const { status, body: answer } = await api.call("POST", path, body);
        assert.equal(status, 201, JSON.stringify(answer));
    };
    await create("/api/v1/namespaces", { metadata: { name: "monitoring" } });
    const metadata = { name: "prometheus-server", namespace: "monitoring" };
    await create("/api/v1/namespaces/monitoring/configmaps", { metadata, data: { "prometheus.yml": prometheusYml } });
    const labels = { app: "prometheus" };
    await create("/apis/apps/v1/namespaces/monitoring/deployments", {
        metadata,
        spec: {
            selector: { matchLabels: labels },
            template: { metadata: { labels }, spec: { containers: [{ name: "prometheus", image: "prometheus" }] } },
        },
    });
}

interface JobPods {
    items: { metadata: { name: string }; status: { phase: string } }[];
}

/** The set-up job's work is M3's; here its pods just succeed. */
async function finishJobs(api: ApiServer): Promise<void> {
    const pods = await api
        .call<JobPods>("GET", "/api/v1/namespaces/m3db/pods?labelSelector=app%3Dm3-setup")
        .catch(() => undefined);
    for (const { metadata, status } of pods?.body.items ?? []) {
        if (status.phase !== "Running") continue;
        const now = new Date().toISOString();
        const terminated = { exitCode: 0, reason: "Completed", startedAt: now, finishedAt: now };
        const containerStatuses = [
            { name: "m3-setup", image: "", imageID: "", ready: false, restartCount: 0, state: { terminated } },
        ];
        const path = `/api/v1/namespaces/m3db/pods/${metadata.name}/status`;
        const body = { status: { phase: "Succeeded", containerStatuses } };
        await api.call("PATCH", path, body, "application/strategic-merge-patch+json").catch(() => undefined);
    }
}
