import type { SettingProblem } from "./problems.ts";
import { aggregation } from "./rules/aggregation.ts";
import { blocks } from "./rules/blocks.ts";
import { capacity } from "./rules/capacity.ts";
import { failureDomainsApart } from "./rules/failure-domains.ts";
import { generator } from "./rules/generator.ts";
import { gatewayReplicas, identities } from "./rules/identities.ts";
import { dedicatedNodes, isolation, nodeLabelValues } from "./rules/isolation.ts";
import { m3db } from "./rules/m3db.ts";
import { memoryRequest } from "./rules/memory-request.ts";
import { namespaces } from "./rules/namespaces.ts";
import { networkPolicies } from "./rules/network.ts";
import { query } from "./rules/query.ts";
import { quorum } from "./rules/quorum.ts";
import { remoteStorage } from "./rules/remote-storage.ts";
import { repository } from "./rules/repository.ts";
import { serviceUrls } from "./rules/service-urls.ts";
import { nodePorts, replicas } from "./rules/services.ts";
import { shards } from "./rules/shards.ts";
import { tls } from "./rules/tls.ts";
import type { Scenario } from "./scenario.ts";
import type { Site } from "./site.ts";

/** What no single value shows: rules between settings, for which no site is needed. */
export function brokenScenarioRules(scenario: Scenario): SettingProblem[] {
    return [
        ...namespaces(scenario),
        ...blocks(scenario),
        ...aggregation(scenario),
        ...query(scenario),
        ...networkPolicies(scenario),
        ...nodePorts(scenario),
        ...tls(scenario),
    ];
}

/** All rules: between settings, and between settings and site. */
export function brokenRules(site: Site, scenario: Scenario): SettingProblem[] {
    return [
        ...brokenScenarioRules(scenario),
        ...isolation(site, scenario),
        ...nodeLabelValues(site),
        ...dedicatedNodes(site, scenario),
        ...quorum(site, scenario),
        ...failureDomainsApart(site, scenario),
        ...m3db(site, scenario),
        ...shards(site, scenario),
        ...replicas(site, scenario),
        ...remoteStorage(site, scenario),
        ...serviceUrls(site, scenario),
        ...capacity(site, scenario),
        ...memoryRequest(site, scenario),
        ...repository(site, scenario),
        ...identities(scenario),
        ...gatewayReplicas(site, scenario),
        ...generator(site, scenario),
    ];
}
