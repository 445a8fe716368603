import { rolledNodes } from "../../settings/host-rules.ts";
import { exitCodes } from "../cli/exit.ts";
import { labProblems } from "../lab.ts";
import { askCluster, openSite } from "./cluster.ts";
import type { Examined, Finding } from "./finding.ts";
import { askHosts } from "./gather.ts";
import { askGround } from "./ground/facts.ts";
import { gatherHere } from "./here/facts.ts";
import { watchedPaths } from "./judge/disk.ts";
import { judge } from "./judge/index.ts";
import { tunedSysctls } from "./judge/tuning.ts";
import { factsScript } from "./script.ts";
import type { StackSettings } from "./settings.ts";

/** Asks this machine, every host of the site and its cluster, all side by side. */
export async function examine(
    { settings, stackKey, lab }: StackSettings,
    note: (text: string) => void,
): Promise<Examined> {
    const { site, scenario, hosts, access, warnings } = settings;
    const script = factsScript({ sysctls: tunedSysctls, paths: watchedPaths(site) });
    const names = site.nodes.map(({ name }) => name);
    const onAnswer = (count: number) => note(`${count} of ${names.length} nodes`);
    const opened = openSite(access);
    const [answers, cluster, ground, here] = await Promise.all([
        askHosts(names, hosts, { script, stackKey, onAnswer }),
        askCluster(access, opened),
        askGround(opened, site, scenario),
        gatherHere({ access, hosts, askLab: lab === null ? undefined : () => labProblems(lab) }),
    ]);
    const kernelNodes = scenario.kernel ? rolledNodes(hosts, scenario.kernel.nodes) : [];
    return { site, scenario, hosts: answers, cluster, ground, here, kernelNodes, warnings };
}

/** 0: everything fits; 1: something does not; 69: neither a host nor the cluster could be reached. Pure. */
export function exitCodeOf({ hosts, cluster }: Examined, findings: Finding[]): number {
    const reached = cluster.answers || [...hosts.values()].some(({ state }) => state === "answered");
    if (!reached) return exitCodes.unavailable;
    return findings.some(({ level }) => level === "failure") ? exitCodes.failed : exitCodes.ok;
}

/** What `--json` prints. */
export function reportJson({ stack, siteName, unread }: StackSettings, examined: Examined, findings: Finding[]) {
    const { site, hosts, cluster, here, ground } = examined;
    return {
        stack,
        site: siteName,
        ok: exitCodeOf(examined, findings) === exitCodes.ok,
        sharedKernel: site.sharedKernel === true,
        unread,
        here,
        cluster: cluster.answers ? { answers: true, ...ground } : cluster,
        nodes: site.nodes.map(({ name, roles, cpu, memory }) => ({
            name,
            roles,
            claimed: { cpu, memory },
            host: hosts.get(name),
            ...(cluster.answers
                ? {
                      allocatable:
                          cluster.nodes.find(({ metadata }) => metadata?.name === name)?.status?.allocatable ?? null,
                  }
                : {}),
        })),
        findings,
    };
}

export { judge };
