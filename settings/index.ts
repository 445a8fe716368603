import { existsSync } from "node:fs";
import { UserError } from "../support/errors.ts";
import { brokenHostRules } from "./host-rules.ts";
import { type Host, resolveHosts, sshKeySetting } from "./hosts.ts";
import { nowhere, readKubeconfig } from "./kubeconfig.ts";
import { fromSite, type LocatedSite, locateSite, readYaml, shown } from "./locate.ts";
import { describeProblems, problemsOf, type SettingProblem, withoutWrong } from "./problems.ts";
import { brokenRules } from "./rules.ts";
import { type Scenario, scenarioSchema } from "./scenario.ts";
import type { Site } from "./site.ts";
import { siteSchema } from "./site-file.ts";
import { type Memory, memoryOf } from "./sizing.ts";
import { warningsOf } from "./warnings.ts";

export type { Host, SshAccess } from "./hosts.ts";
export type { M3Namespace, Scenario } from "./scenario.ts";
export type { Memory } from "./sizing.ts";
export { isolationGroups } from "./topology.ts";

export interface Settings {
    site: Site;
    scenario: Scenario;
    /** Memory limits, MiB: what the settings give, or the component's share of its node. */
    memory: Memory;
    /** Pods: what the settings give, or one on each node with the role coordinator. */
    replicas: { coordinator: number; query: number };
    access: Access;
    /** What is allowed, but worth knowing before it is built. */
    warnings: string[];
    /** Nodes that answer SSH. */
    hosts: Host[];
    /** Private key of the hosts whose key is in no file: a secret, undefined when the stack has none. */
    sshPrivateKey: string | undefined;
}

/** How the cluster is reached. */
export interface Access {
    /** Path of the kubeconfig, shown and put into the output `environment`; null: no cluster at hand. */
    path: string | null;
    context: string | null;
    /** The kubeconfig's content, a secret; one that leads nowhere when no cluster is at hand. */
    kubeconfig: string;
    /** Why there is no cluster, and what to do; absent when there is one. */
    missing?: { why: string; next: string };
}

export interface SettingsSource {
    /** The stack's configuration, all keys, as Pulumi keeps it: strings, JSON for what is not one. */
    config: Record<string, string>;
    /** Named in errors: "Pulumi.dev.yaml". */
    stackFile: string;
    /** Where the running lab's site file would be; only tests change it. */
    labSite?: string;
}

/**
 * Reads the stack's configuration and the site file, checks both in full and says all that is wrong at once.
 * Throws UserError.
 */
export function loadSettings(source: SettingsSource): Settings {
    const { site: siteName = "lab", [sshKeySetting]: sshKey, ...rest } = ownKeys(source.config);
    const sshPrivateKey = typeof sshKey === "string" && sshKey.trim() !== "" ? sshKey : undefined;
    if (typeof siteName !== "string")
        throw wrong(source, [
            { path: "m3perf:site", value: siteName, reason: "must be the path of a site file, or lab" },
        ]);
    const located = locateSite(siteName, source.labSite);
    const written = readYaml(located.path);

    const problems = [
        ...problemsOf(scenarioSchema, rest, "m3perf:"),
        ...problemsOf(siteSchema, written, `${shown(located.path)}: `),
    ];
    const scenario = scenarioSchema.safeParse(rest);
    const site = siteSchema.safeParse(written);
    // Rules between settings are checked on what can be read of them, so that one run shows everything that is wrong.
    const readableScenario = scenario.data ?? scenarioSchema.safeParse(withoutWrong(rest, scenario.error)).data;
    const resolved = site.data && resolveHosts(site.data as Site, located.path, sshPrivateKey !== undefined);
    problems.push(...(resolved?.problems ?? []));
    if (readableScenario && site.data) {
        problems.push(...brokenRules(site.data as Site, readableScenario));
        problems.push(...brokenHostRules(site.data as Site, readableScenario, resolved?.hosts ?? []));
    }
    if (problems.length > 0 || !scenario.data || !resolved) throw wrong(source, problems);
    const { hosts } = resolved;
    return { ...settingsOf(site.data as Site, scenario.data, located), hosts, sshPrivateKey };
}

function settingsOf(site: Site, scenario: Scenario, located: LocatedSite): Omit<Settings, "hosts" | "sshPrivateKey"> {
    const nodes = site.nodes.filter((node) => node.roles.includes("coordinator")).length;
    return {
        site,
        scenario,
        memory: memoryOf(site, scenario),
        replicas: {
            coordinator: scenario.coordinator.replicas ?? nodes,
            query: scenario.query.replicas ?? nodes,
        },
        access: accessOf(site, located),
        warnings: warningsOf(site, scenario),
    };
}

function wrong(source: SettingsSource, problems: SettingProblem[]): UserError {
    const title = problems.length === 1 ? "1 setting is" : `${problems.length} settings are`;
    return new UserError(
        `${title} wrong in ${source.stackFile}:`,
        describeProblems(problems).map((what) => ({ what })),
        78,
    );
}

/** The keys of our own project, without its prefix; values that are JSON objects, arrays, numbers or booleans are read as such. */
function ownKeys(config: Record<string, string>): Record<string, unknown> {
    const own: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(config)) {
        if (key.startsWith("m3perf:")) own[key.slice("m3perf:".length)] = jsonOrText(value);
    }
    return own;
}

function jsonOrText(text: string): unknown {
    if (!/^(\[|\{|-?\d+(\.\d+)?$|true$|false$)/.test(text)) return text;
    try {
        return JSON.parse(text);
    } catch {
        return text;
    }
}

function accessOf(site: Site, located: LocatedSite): Access {
    const none = (why: string, next: string): Access => ({
        path: null,
        context: null,
        kubeconfig: nowhere,
        missing: { why, next },
    });
    if (located.standIn) return none("the lab is not running", "npm run up");
    if (!site.kubeconfig) {
        return none(`${shown(located.path)} names no kubeconfig`, `add kubeconfig: PATH to ${shown(located.path)}`);
    }
    const path = fromSite(located.path, site.kubeconfig);
    if (!existsSync(path)) {
        return none(
            `there is no kubeconfig ${shown(path)} (named by ${shown(located.path)})`,
            `put the cluster's kubeconfig there, or correct the path`,
        );
    }
    return { path: shown(path), context: site.context ?? null, kubeconfig: readKubeconfig(path, site.context) };
}
