import * as z from "zod";
import { cidr } from "./fields.ts";

/**
 * Off unless told. Nothing of M3's own ways is cut by them, but what `up`, `verify` and rolls ask of pods comes by the API server, and
 * from which address that reaches a pod on another node is the network plugin's affair: the node's with some, a tunnel's with others
 * (Calico with IPIP or VXLAN), none that a policy could name (Cilium, unless its policy-cidr-match-mode has nodes). Whoever switches
 * them on knows their plugin; a default would not.
 */
export const networkPoliciesSchema = z
    .strictObject({
        enabled: z
            .boolean()
            .default(false)
            .describe(
                "NetworkPolicies that name who may come to each pod of ours, and to which ports. Off unless told: where the API server reaches pods from another address than its node's, allowFrom has to name that address first, or up and verify wait in vain.",
            ),
        allowFrom: z
            .array(cidr)
            .default([])
            .describe(
                "Address ranges beside those of the site's nodes that may ask what m3perf asks of pods: of an API server on no node of the site, of nodes' tunnels, of a Prometheus that scrapes from outside.",
            ),
    })
    .prefault({})
    .describe("Who talks to whom, as NetworkPolicies; the cluster's network has to enforce them.");

export type NetworkPoliciesSettings = z.infer<typeof networkPoliciesSchema>;
