import { existsSync } from "node:fs";
import { UserError } from "../support/errors.ts";
import { brokenHostRules } from "./host-rules.ts";
import { type Host, resolveHosts, rsaHostKeys, sshKeySetting } from "./hosts.ts";
import { nowhere, readKubeconfig } from "./kubeconfig.ts";
import { withBufferPast } from "./lateness.ts";
import { fromSite, type LocatedSite, locateSite, readSite, shown } from "./locate.ts";
import { describeProblems, problemsOf, type SettingProblem } from "./problems.ts";
import { identityProblems, withIdentity } from "./prometheus/identity.ts";
import { withNamespace } from "./prometheus/urls.ts";
import { readable } from "./repair.ts";
import { brokenRules, brokenScenarioRules } from "./rules.ts";
import type { Scenario } from "./scenario.ts";
import type { Site } from "./site.ts";
import { siteSchema } from "./site-file.ts";
import { type Memory, memoryOf } from "./sizing.ts";
import { ownKeys, stackSchema } from "./stack-file.ts";
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
    /** Pods, of query those that answer queries: what the settings give, or one on each node with the role coordinator. */
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
    /** Whether Pulumi keeps a key's value as a secret: no error shows it then. */
    isSecret?: (key: string) => boolean;
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
    const keys = ownKeys(source.config);
    const problems = problemsOf(stackSchema, keys, "m3perf:");
    // Rules between settings are checked on what can be read of them, so that one run shows everything that is wrong.
    const {
        site: siteName,
        [sshKeySetting]: sshKey,
        ...asWritten
    } = readable(stackSchema, keys) ?? stackSchema.parse({});
    const sshPrivateKey = sshKey?.trim() ? sshKey : undefined;
    if (problems.some(({ path }) => path === "m3perf:site")) throw wrong(source, problems);
    const located = locateSite(siteName, source.labSite);
    const written = readSite(siteName, located);
    if ("problem" in written) throw wrong(source, [...problems, written.problem, ...brokenScenarioRules(asWritten)]);

    problems.push(...problemsOf(siteSchema, written.content, `${shown(located.path)}: `));
    const site = readable(siteSchema, written.content) as Site | undefined;
    problems.push(...identityProblems(asWritten));
    const placed = withBufferPast(withNamespace(asWritten), keys.m3db);
    const scenario = site ? withIdentity(site, placed) : placed;
    const resolved = site && resolveHosts(site, located.path, sshPrivateKey !== undefined);
    if (resolved) {
        problems.push(...resolved.problems);
        problems.push(...brokenRules(site, scenario));
        problems.push(...brokenHostRules(site, scenario, resolved.hosts));
    } else problems.push(...brokenScenarioRules(scenario));
    if (problems.length > 0 || !resolved) throw wrong(source, problems);
    const { warnings, ...rest } = settingsOf(site, scenario, located);
    const { hosts } = resolved;
    return { ...rest, warnings: [...warnings, ...rsaHostKeys(site, scenario, hosts)], hosts, sshPrivateKey };
}

function settingsOf(site: Site, scenario: Scenario, located: LocatedSite): Omit<Settings, "hosts" | "sshPrivateKey"> {
    const nodes = site.nodes.filter((node) => node.roles.includes("coordinator")).length;
    const coordinators = scenario.coordinator.replicas ?? nodes;
    return {
        site,
        scenario,
        memory: memoryOf(site, scenario),
        replicas: {
            coordinator: coordinators,
            query: scenario.query.mode === "integrated" ? coordinators : (scenario.query.replicas ?? nodes),
        },
        access: accessOf(site, located),
        warnings: warningsOf(site, scenario),
    };
}

function wrong(source: SettingsSource, problems: SettingProblem[]): UserError {
    const title = problems.length === 1 ? "1 setting is" : `${problems.length} settings are`;
    return new UserError(
        `${title} wrong in ${source.stackFile}:`,
        describeProblems(problems, source.isSecret).map((what) => ({ what })),
        78,
    );
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
