import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { stringify } from "yaml";
import { projectRoot } from "../support/paths.ts";
import { programStack } from "../test/support/program.ts";
import { measured, type Spent } from "./spent.ts";

/** The reference's roles on so many nodes: a tenth coordinators, one master, one repository, all others M3DB in three isolation groups. */
export function siteOf(count: number): object {
    const coordinators = Math.max(2, Math.floor(count / 10));
    const databases = count - coordinators - 2;
    const node = (name: string, roles: string[], ordinal: number, more: object = {}) => ({
        name,
        roles,
        address: `10.${90 + Math.floor(ordinal / 62_500)}.${Math.floor(ordinal / 250) % 250}.${(ordinal % 250) + 1}`,
        cpu: 4,
        memory: "16Gi",
        ...more,
    });
    return {
        name: `nodes-${count}`,
        nodes: [
            node("master", ["master"], 0),
            node("repository", ["repository"], 1),
            ...Array.from({ length: coordinators }, (_, index) =>
                node(`query-${index}`, index === 0 ? ["coordinator", "aggregator"] : ["coordinator"], 2 + index),
            ),
            ...Array.from({ length: databases - (databases % 3) }, (_, index) =>
                node(`db-${index}`, ["m3db"], 2 + coordinators + index, { isolationGroup: `rep${index % 3}` }),
            ),
        ],
        storageClass: "local-path",
        prometheus: {
            namespace: "monitoring",
            deployment: "prometheus-server",
            configMap: "prometheus-server",
            configKey: "prometheus.yml",
            service: "prometheus-server",
            port: 9090,
        },
    };
}

/** `pulumi preview` of the whole program for a site of so many nodes, with no cluster: what engine, program and plugins take. */
export async function previewOfNodes(count: number): Promise<Spent> {
    const folder = mkdtempSync(join(tmpdir(), "m3perf-bench-nodes-"));
    const file = join(folder, "site.yaml");
    writeFileSync(file, stringify(siteOf(count)));
    const databases = Math.floor((count - Math.max(2, Math.floor(count / 10)) - 2) / 3) * 3;
    // Each node gets a shard; M3DB asks for a power of two.
    const numberOfShards = Math.max(64, 2 ** Math.ceil(Math.log2(databases)));
    const stack = await programStack("nodes", { site: file, m3db: { numberOfShards } });
    try {
        const words = ["preview", "--non-interactive", "--color=never", "--stack", "nodes"];
        return await measured("pulumi", [...words, "--config-file", stack.configFile], {
            cwd: projectRoot,
            env: stack.env,
        });
    } finally {
        stack.remove();
        rmSync(folder, { recursive: true, force: true });
    }
}
