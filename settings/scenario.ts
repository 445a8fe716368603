import * as z from "zod";
import { kernelSchema } from "./kernel.ts";
import { aggregatorSchema } from "./schema/aggregator.ts";
import { coordinatorSchema } from "./schema/coordinator.ts";
import { etcdSchema } from "./schema/etcd.ts";
import { hostLabel, must } from "./schema/fields.ts";
import { generatorSchema } from "./schema/generator.ts";
import { hostsSchema, rollSchema } from "./schema/hosts.ts";
import { gatewaySchema, identitiesSchema } from "./schema/identities.ts";
import { imagesSchema } from "./schema/images.ts";
import { loadSchema } from "./schema/load.ts";
import { m3dbSchema } from "./schema/m3db.ts";
import { networkPoliciesSchema } from "./schema/network.ts";
import { observeSchema } from "./schema/observe.ts";
import { prometheusSchema } from "./schema/prometheus.ts";
import { querySchema } from "./schema/query.ts";
import { tlsSchema } from "./schema/tls.ts";

/**
 * What is asked of the environment: the stack's configuration, every value with its default. The defaults are the reference
 * topology. Memory that is not given is the component's share of its node (settings/sizing.ts).
 */
export const scenarioSchema = z.strictObject({
    etcd: etcdSchema,
    m3db: m3dbSchema,
    coordinator: coordinatorSchema,
    query: querySchema,
    aggregator: aggregatorSchema,
    prometheus: prometheusSchema,
    observe: observeSchema,
    identities: identitiesSchema,
    gateway: gatewaySchema,
    networkPolicies: networkPoliciesSchema,
    tls: tlsSchema,
    images: imagesSchema,
    isolation: z
        .enum(["dedicated", "colocated"], must("dedicated or colocated"))
        .default("dedicated")
        .describe(
            "dedicated: M3DB and etcd have their nodes to themselves. colocated: they share them, as before the manual run's OOM kill.",
        ),
    load: loadSchema,
    generator: generatorSchema,
    hosts: hostsSchema,
    kernel: kernelSchema.optional().describe("Kernels of the hosts. Absent: no kernel is touched."),
    roll: rollSchema,
    namespace: hostLabel.default("m3db").describe("Kubernetes namespace of M3 and etcd."),
});

export type Scenario = z.infer<typeof scenarioSchema>;
export type M3Namespace = Scenario["m3db"]["namespaces"][number];
