import { stringify } from "yaml";
import { prometheus } from "../lab/cluster/addons/prometheus.ts";
import { projectRoot } from "../support/paths.ts";
import { playSite } from "../test/support/played-site.ts";
import { simulate } from "./simulated-nodes.ts";
import { measured, type Spent } from "./spent.ts";

/** The reference's roles on so many nodes: a tenth coordinators, one master, one repository, all others M3DB in three isolation groups. */
export function siteOf(count: number) {
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
        prometheus,
    };
}

/** What is measured of the whole program for a site, in this order. */
export const ofNodes: [string, string[]][] = [
    ["preview of an empty stack", ["preview"]],
    ["up from nothing", ["up", "--yes", "--skip-preview"]],
    ["no-op up", ["up", "--yes", "--skip-preview", "--expect-no-changes"]],
    ["destroy", ["destroy", "--yes", "--skip-preview"]],
];

/**
 * The whole program for a site of so many nodes, on a real API server with as many Node objects. Pods are played, or by kwok and under a
 * real scheduler (`kwok`). No process of M3 starts, and without an operator there are no pods of M3DB: this is what engine, program,
 * plugins and API server take.
 */
export async function measureNodes(count: number, kwok: boolean): Promise<Spent[]> {
    const site = siteOf(count);
    const databases = site.nodes.filter(({ roles }) => roles.includes("m3db")).length;
    // Each database node gets a shard.
    const numberOfShards = Math.max(64, 2 ** Math.ceil(Math.log2(databases)));
    const played = await playSite({
        stack: "nodes",
        text: stringify(site),
        nodes: site.nodes.map(({ name }) => name),
        settings: { m3db: { numberOfShards } },
        ...(kwok ? { populate: simulate } : {}),
    });
    try {
        const { env, configFile } = played.stack;
        const spent: Spent[] = [];
        for (const [what, words] of ofNodes) {
            const common = ["--non-interactive", "--color=never", "--stack", "nodes", "--config-file", configFile];
            spent.push(await measured("pulumi", [...words, ...common], { cwd: projectRoot, env }));
            console.error(`${count} nodes, ${what}: ${spent.at(-1)?.seconds.toFixed(1)} s`);
        }
        return spent;
    } finally {
        await played.stop();
    }
}
