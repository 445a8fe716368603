import { repositoryName } from "./repository.ts";
import { manyBlocks } from "./rules/blocks.ts";
import { pastTheGateway } from "./rules/identities.ts";
import { pinnedInTheLab } from "./rules/images.ts";
import { m3dbWarnings } from "./rules/m3db.ts";
import { overcommitted } from "./rules/memory-request.ts";
import { unknownApiServer } from "./rules/network.ts";
import { observeWarnings } from "./rules/observe.ts";
import { manyFiles } from "./rules/open-files.ts";
import { fewShards } from "./rules/shards.ts";
import type { Scenario } from "./scenario.ts";
import type { Site } from "./site.ts";
import { sizeWarnings } from "./size/warnings.ts";
import { memoryOf } from "./sizing.ts";
import { failureDomains, withRole } from "./topology.ts";

/** What is allowed but worth knowing before it is built; one sentence each. */
export function warningsOf(site: Site, scenario: Scenario): string[] {
    return [
        ...fewCoordinators(site, scenario),
        ...dataOnRepository(site),
        ...fewShards(site, scenario),
        ...manyBlocks(scenario),
        ...manyFiles(site, scenario),
        ...tightM3db(site, scenario),
        ...m3dbWarnings(scenario),
        ...tightQuery(site, scenario),
        ...overcommitted(site, scenario),
        ...pastTheGateway(scenario),
        ...unknownApiServer(site, scenario),
        ...observeWarnings(site, scenario),
        ...pinnedInTheLab(site, scenario),
        ...sizeWarnings(site, scenario),
    ];
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

/** MiB. 2112 went well in the lab, 1680 did not (docs/roll.md, "What was seen"). */
const tight = 2048;

/** M3DB fills pools of objects at its start: with little memory above them, garbage collection takes the processor. */
function tightM3db(site: Site, scenario: Scenario): string[] {
    const { m3db } = memoryOf(site, scenario);
    if (m3db === 0 || m3db >= tight) return [];
    return [
        `m3perf:m3db.memory is ${m3db}Mi: in the lab, database pods with 1680Mi spent half a core each on garbage collection once they had been restarted; give them ${tight}Mi or more`,
    ];
}

/** MiB that m3query is to have at least, by replicas. With three, 544 did not go well in the lab, and 1010 were used (docs/services.md); the slope is the size model's. */
const leastQuery = (replicas: number) => 448 + 192 * replicas;

/** m3query's pools keep streams of every replica: with little memory above them, garbage collection takes the processor, by all signs. */
function tightQuery(site: Site, scenario: Scenario): string[] {
    const { query } = memoryOf(site, scenario);
    const least = leastQuery(scenario.m3db.replicationFactor);
    // With queries planned, what they need is known better: sizeWarnings.
    if (query === 0 || query >= least || scenario.load?.queries) return [];
    return [
        `m3perf:query.memory is ${query}Mi${scenario.query.memory === undefined ? ", a quarter of the smallest node with the role coordinator or less" : ""}: in the lab, m3query with 544Mi and three replicas took 0.2 to 0.7 cores instead of 0.05 after some minutes of queries, and was killed; give it ${least}Mi or more, or plan larger nodes for it`,
    ];
}
