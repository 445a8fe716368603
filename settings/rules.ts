import type { SettingProblem } from "./problems.ts";
import { capacity } from "./rules/capacity.ts";
import { failureDomainsApart } from "./rules/failure-domains.ts";
import { dedicatedNodes, isolation, nodeLabelValues } from "./rules/isolation.ts";
import { m3db } from "./rules/m3db.ts";
import { namespaces } from "./rules/namespaces.ts";
import { quorum } from "./rules/quorum.ts";
import { remoteStorage } from "./rules/remote-storage.ts";
import { repository } from "./rules/repository.ts";
import { nodePorts, replicas } from "./rules/services.ts";
import type { Scenario } from "./scenario.ts";
import type { Site } from "./site.ts";

/** What no single value shows: rules between settings, and between settings and site. */
export function brokenRules(site: Site, scenario: Scenario): SettingProblem[] {
    return [
        ...isolation(site, scenario),
        ...nodeLabelValues(site),
        ...dedicatedNodes(site, scenario),
        ...quorum(site, scenario),
        ...failureDomainsApart(site, scenario),
        ...namespaces(scenario),
        ...m3db(site, scenario),
        ...replicas(site, scenario),
        ...remoteStorage(scenario),
        ...nodePorts(scenario),
        ...capacity(site, scenario),
        ...repository(site, scenario),
    ];
}
