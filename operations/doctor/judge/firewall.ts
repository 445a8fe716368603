import { gatewayOnly } from "../../../settings/rules/identities.ts";
import { answered, type Examined, type Finding } from "../finding.ts";

/**
 * A host's firewalld, before anything listens there. Whom it would refuse is not judged: that goes by its version (from 0.7 on it
 * lets pass what kube-proxy has rewritten), by its zones and by the cluster's network, and not by the ports that it opens.
 */
export function firewall(examined: Examined): Finding[] {
    const { site, scenario } = examined;
    if (site.sharedKernel) return [];
    const { coordinator, query, aggregator, gateway } = scenario;
    const ports = [
        aggregator.metricsNodePort,
        ...(gatewayOnly(scenario) ? [] : [coordinator.nodePort, query.nodePort]),
        coordinator.metricsNodePort,
        ...(gateway.nodePort === undefined ? [] : [gateway.nodePort]),
    ].sort((one, other) => one - other);
    const open = ports.map((port) => ` --add-port=${port}/tcp`).join("");
    return answered(examined).flatMap(({ node, facts }): Finding[] => {
        if (!facts.firewalld) return [];
        return [
            {
                level: "warning",
                node: node.name,
                fact: "system",
                what: "firewalld",
                found: "runs; whether it lets the cluster's network and the NodePorts pass can be seen only once something listens there",
                wanted: `from this machine NodePorts ${ports.join(", ")}, and between the nodes all that docs/nodes.md names ("Who must reach what")`,
                next: `where m3perf verify does not reach a NodePort: firewall-cmd --permanent${open}; firewall-cmd --permanent --zone=trusted --add-source=ADDRESS for each node and for the pods' range; firewall-cmd --reload`,
            },
        ];
    });
}
