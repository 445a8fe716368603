import type { Scenario } from "../../settings/index.ts";
import type { Site, SiteNode } from "../../settings/site.ts";
import { estimate, type NodeSizes } from "../../settings/size/estimate.ts";
import { figures } from "../../settings/size/figures.ts";
import { plannedNamespace } from "../../settings/size/plan.ts";
import { sitePods } from "../../settings/size/site.ts";
import { podWarnings } from "../../settings/size/warnings.ts";
import { isolationGroups, withRole } from "../../settings/topology.ts";
import { bytesOf, mebibytesOf } from "../../settings/units.ts";
import { UserError } from "../../support/errors.ts";
import { exitCodes } from "../cli/exit.ts";
import type { Values } from "../cli/verbs.ts";
import type { StackSettings } from "../doctor/settings.ts";
import { askedFor, fromNothing, referenceNodes } from "./options.ts";
import type { Sized } from "./report.ts";

const ofStack = ["stack", "settings", "site", "lab"];

/** From options alone when they tell the series and name no stack; otherwise for the stack's settings and site. Throws UserError. */
export function sized(values: Values, readStack: () => StackSettings): Sized {
    const alone = values.series !== undefined && ofStack.every((name) => values[name] === undefined);
    if (alone) {
        const { plan, sizes } = askedFor(values, fromNothing);
        return { plan, sizes, estimate: estimate(plan, sizes) };
    }
    const { stack, settings } = readStack();
    const { site, scenario } = settings;
    const { plan, sizes } = askedFor(values, {
        load: scenario.load,
        namespaces: scenario.m3db.namespaces.map(plannedNamespace),
        replicationFactor: scenario.m3db.replicationFactor,
        sizes: nodesOf(site, scenario),
        where: `m3perf:load in Pulumi.${stack}.yaml`,
    });
    const groups = isolationGroups(site).length;
    if (values.replication !== undefined && plan.replicationFactor !== groups) {
        const problem = {
            what: `site ${site.name} has ${groups} isolation groups, and each holds one replica`,
            next: "leave --replication out; or, to plan nodes for it: --series and --interval, without --stack, --site and --settings",
        };
        throw new UserError(`--replication ${plan.replicationFactor}`, problem, exitCodes.usage);
    }
    const pods = sitePods(site, scenario, plan);
    const warnings = podWarnings(site, pods);
    return { plan, sizes, estimate: estimate(plan, sizes, pods), site: { name: site.name, pods, warnings } };
}

/** The smallest of each kind: limits are made for those (settings/sizing.ts). */
function nodesOf(site: Site, scenario: Scenario): NodeSizes {
    const disk = bytesOf(scenario.m3db.storage);
    const m3db = smallest(withRole(site, "m3db")) ?? referenceNodes.m3db;
    return {
        m3db: { ...m3db, ...(disk === undefined ? {} : { disk }) },
        services: smallest(withRole(site, "coordinator")) ?? referenceNodes.services,
    };
}

function smallest(nodes: SiteNode[]) {
    if (nodes.length === 0) return undefined;
    return {
        cores: Math.min(...nodes.map(({ cpu }) => cpu)),
        memoryMi: Math.min(...nodes.map(({ memory }) => mebibytesOf(memory))),
    };
}

/** The same for programs: durations in seconds, memory in MiB, disks in bytes. */
export function sizeJson({ plan, sizes, estimate: { rates, components, nodes }, site }: Sized) {
    return {
        plan,
        rates,
        components,
        nodes: {
            sizes,
            m3db: nodes.m3db ?? null,
            services: nodes.services ?? null,
            m3dbInAll: nodes.m3dbInAll,
            shards: nodes.shards,
        },
        site: site ? { name: site.name, pods: site.pods, warnings: site.warnings } : null,
        figures,
    };
}
