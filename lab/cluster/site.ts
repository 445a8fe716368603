import { join } from "node:path";
import { stringify } from "yaml";
import type { Site, SiteSsh } from "../../settings/site.ts";
import { projectRoot } from "../../support/paths.ts";
import { prometheus, storageClass } from "./addons/index.ts";
import { type AddressPlan, addressPlan, hostAddress } from "./addresses.ts";
import { type LabHost, labHosts, scaleNote, smallestMachine } from "./hosts.ts";
import { layout } from "./layout.ts";

/** How a running lab is reached. */
export interface Access {
    kubeconfig: string;
    /** By node name. */
    ssh: Record<string, SiteSsh>;
}

/** The site that a lab is; without `access`, what a reviewer without a running lab previews against. */
export function labSite(name: string, plan: AddressPlan, hosts: readonly LabHost[], access?: Access): Site {
    return {
        name,
        ...(access ? { kubeconfig: access.kubeconfig } : {}),
        nodes: hosts.map((host) => {
            const ssh = access?.ssh[host.name];
            return {
                name: host.name,
                roles: host.roles,
                address: hostAddress(plan, host.ordinal),
                cpu: host.cpu,
                memory: `${host.ceilingMi}Mi`,
                ...(host.isolationGroup ? { isolationGroup: host.isolationGroup } : {}),
                ...(ssh ? { ssh } : {}),
            };
        }),
        storageClass,
        prometheus: sitePrometheus(),
        sharedKernel: true,
        ...(access ? { powerCycle: powerCycle(name) } : {}),
        repository: siteRepository(name),
        note: scaleNote(hosts),
    };
}

/** The kernel that all hosts share has no NFS client to count on: a folder of the repository's host takes the export's place. */
function siteRepository(lab: string): NonNullable<Site["repository"]> {
    return { size: "5Gi", source: { kind: "local", node: "repository", directory: layout(lab).repository } };
}

/** For a roll: a lab's node cannot reboot by itself. By its whole path: it runs from any folder, and the clone is this one. */
function powerCycle(lab: string): string[] {
    return [join(projectRoot, "bin/m3perf"), "lab", "node", "power-cycle", "{node}", "--lab", lab];
}

function sitePrometheus(): Site["prometheus"] {
    const { namespace, deployment, configMap, configKey, service, port } = prometheus;
    return { namespace, deployment, configMap, configKey, service, port };
}

export function siteFile(site: Site, heading: string): string {
    return `${heading}\n${stringify(site, { lineWidth: 120 })}`;
}

/** Text of sites/lab.yaml: the lab on the smallest machine that it fits. */
export function committedSite(): string {
    return siteFile(
        labSite("lab", addressPlan(0), labHosts(smallestMachine)),
        "# yaml-language-server: $schema=../schemas/site.schema.json\n" +
            "# The lab's seven nodes as `m3perf:site: lab` shows them when no lab runs: no kubeconfig, so only previews work. A running lab writes\n" +
            "# its own file with access to it. Made by `node lab/main.ts site`; test/unit/cluster compares it with what a lab writes.",
    );
}
