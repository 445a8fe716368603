import type { Scenario } from "./scenario.ts";
import type { NodeRole, Site } from "./site.ts";
import { withRole } from "./topology.ts";
import { mebibytesOf, millicoresOf } from "./units.ts";

/** Memory limits in MiB. */
export interface Memory {
    m3db: number;
    coordinator: number;
    query: number;
    aggregator: number;
}

/**
 * Each component's share of the smallest node that it runs on, in thousandths. M3DB: M3's guide asks for half of the memory in use at most
 * (facts.md 4, sizing), and use is held to 80 % of the limit by GOMEMLIMIT: 55 % gives 44 % in use, and leaves room for
 * etcd. The coordinators' node carries all three of the others and keeps a fifth free.
 */
const share = { m3db: 550, coordinator: 375, query: 250, aggregator: 170 };

/** Where one node carries all of them (colocated): 78 % together, so that etcd and query front fit beside them from 4 GiB on. */
const sharedNode: typeof share = { m3db: 400, coordinator: 170, query: 130, aggregator: 80 };

/** What is not sized by the node. */
export const fixedSize = {
    /** Before each m3query. */
    queryFront: { memoryMi: 128, cpu: "50m" },
    operator: { memoryMi: 256, cpu: "20m" },
    /** No samples pass through it: it idles, at 286 MiB after 37 minutes (process alone, no namespaces, GOMEMLIMIT 600MiB). */
    adminCoordinator: { memoryMi: 512, cpu: "50m" },
    setup: { memoryMi: 128, cpu: "50m" },
} as const;

export function memoryOf(site: Site, scenario: Scenario): Memory {
    const others = ["coordinator", "aggregator"] as const;
    const shared = withRole(site, "m3db").some(({ roles }) => others.some((role) => roles.includes(role)));
    const shares = shared ? sharedNode : share;
    const sized = (given: string | undefined, role: NodeRole, thousandths: number) =>
        given === undefined ? roundDown((smallest(site, role) * thousandths) / 1000) : mebibytesOf(given);
    const query = sized(scenario.query.memory, "coordinator", shares.query);
    const coordinator = sized(scenario.coordinator.memory, "coordinator", shares.coordinator);
    return {
        m3db: sized(scenario.m3db.memory, "m3db", shares.m3db),
        // Who answers the queries has the memory for them.
        coordinator: scenario.query.mode === "integrated" ? coordinator + query : coordinator,
        query,
        aggregator: sized(scenario.aggregator.memory, "aggregator", shares.aggregator),
    };
}

/** Millicores of a coordinator's CPU request: integrated, with those of the queries. */
export function coordinatorCpu({ coordinator, query }: Scenario): number {
    return millicoresOf(coordinator.cpu) + (query.mode === "integrated" ? millicoresOf(query.cpu) : 0);
}

/** MiB of the smallest node with the role; 0 when there is none (a rule says so). */
function smallest(site: Site, role: NodeRole): number {
    const sizes = withRole(site, role).map((node) => mebibytesOf(node.memory));
    return sizes.length > 0 ? Math.min(...sizes) : 0;
}

const roundDown = (mebibytes: number) => Math.floor(mebibytes / 16) * 16;
