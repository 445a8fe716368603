import { repositoryName } from "./repository.ts";
import { m3dbWarnings } from "./rules/m3db.ts";
import type { Scenario } from "./scenario.ts";
import type { Site } from "./site.ts";
import { failureDomains, withRole } from "./topology.ts";

/** What is allowed but worth knowing before it is built; one sentence each. */
export function warningsOf(site: Site, scenario: Scenario): string[] {
    return [...fewCoordinators(site, scenario), ...dataOnRepository(site), ...m3dbWarnings(scenario)];
}

function fewCoordinators(site: Site, scenario: Scenario): string[] {
    const nodes = withRole(site, "coordinator");
    const replicas = scenario.coordinator.replicas ?? nodes.length;
    if (replicas === 1) {
        return [
            "there is one coordinator: Prometheus keeps its samples to itself while that one is away, and loses those that it cannot keep; give two nodes the role coordinator",
        ];
    }
    const domains = [...failureDomains(nodes)];
    if (domains.length !== 1 || domains[0]?.[1].length !== nodes.length) return [];
    return [`every coordinator is in the failure domain ${domains[0][0]}: nothing is collected while it is away`];
}

function dataOnRepository(site: Site): string[] {
    if (site.storageClass !== repositoryName) return [];
    return [
        `site ${site.name}: storageClass = ${repositoryName}, the class of the repository: M3DB and etcd on NFS lose performance and durability (every commit log write and fsync crosses the network, and one host holds all replicas), and its one volume is taken, so their pods would wait for ever; use local disks`,
    ];
}
