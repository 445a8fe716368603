/** Sites for tests of rules between settings. */
import { type Scenario, scenarioSchema } from "../../../settings/scenario.ts";
import type { NodeRole, Site, SiteNode } from "../../../settings/site.ts";

export function node(name: string, roles: NodeRole[], more: Partial<SiteNode> = {}): SiteNode {
    return { name, roles, address: `addr-of-${name}`, cpu: 4, memory: "8Gi", ...more };
}

/** M3DB on one node for each failure domain given (undefined: none), in groups rep0, rep1, rep2 by turns; two coordinators. */
export function siteWith(domains: (string | undefined)[], more: Partial<Site> = {}): Site {
    const m3db = domains.map((failureDomain, index) =>
        node(`worker-${index + 1}`, ["m3db"], {
            isolationGroup: `rep${index % 3}`,
            ...(failureDomain ? { failureDomain } : {}),
        }),
    );
    const big = { memory: "16Gi" };
    return site(
        [...m3db, node("front-1", ["coordinator", "aggregator"], big), node("front-2", ["coordinator"], big)],
        more,
    );
}

/** Three nodes that carry everything. */
export function smallSite(memory = "8Gi"): Site {
    const roles: NodeRole[] = ["m3db", "coordinator", "aggregator"];
    return site([0, 1, 2].map((index) => node(`node-${index}`, roles, { memory, isolationGroup: `rep${index}` })));
}

function site(nodes: SiteNode[], more: Partial<Site> = {}): Site {
    const prometheus = { namespace: "m", deployment: "p", configMap: "p", configKey: "k", service: "p", port: 80 };
    return { name: "here", nodes, storageClass: "local-path", prometheus, ...more };
}

export const scenario = (config: object = {}): Scenario => scenarioSchema.parse(config);
