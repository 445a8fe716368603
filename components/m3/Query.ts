import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment.js";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1/podDisruptionBudget.js";
import type * as pulumi from "@pulumi/pulumi";
import type { Scenario } from "../../settings/index.ts";
import type { Isolation } from "../../settings/topology.ts";
import { agentFiles } from "../agent-files.ts";
import { Component } from "../component.ts";
import { disruptionBudget } from "../manifests.ts";
import { configFile } from "./config/file.ts";
import { needsOtherZones, queryConfig } from "./config/query.ts";
import { apiUrl, type M3Identity, ports } from "./identity.ts";
import { queryFrontContainer, queryFrontProgram } from "./query-front-manifests.ts";
import {
    apiDeployment,
    clusterService,
    configMapMetadata,
    type M3ServicePlan,
    nodePortService,
} from "./service-manifests.ts";

export interface QueryArgs {
    identity: M3Identity;
    isolation: Isolation;
    image: string;
    /** Of the front before it: Node. */
    frontImage: string;
    replicas: number;
    memoryMi: number;
    query: Scenario["query"];
    tags: Scenario["coordinator"]["tags"];
    /** No NodePort leads to its API: readers have to pass the gateway. */
    closed: boolean;
    /** Secret with the certificate that etcd asks for. */
    etcdSecret?: pulumi.Input<string> | undefined;
}

/**
 * m3query: answers PromQL and remote read, apart from the coordinators, so that heavy queries do not slow the writes (M3's own
 * advice; facts.md 4). Writes are refused by the front in each pod. Its NodePort gives API and metrics, as the manual run has it.
 *
 * Integrated, the coordinators answer under the same addresses, so no reader has to be told. m3query is then scaled to 0 and not
 * removed: Pulumi removes at the end of an update, and the coordinators could not grow before it is gone.
 */
export class Query extends Component {
    readonly url: string;

    constructor(name: string, args: QueryArgs, opts?: pulumi.ComponentResourceOptions) {
        super("m3:Query", name, opts);
        const { namespace } = args.identity;
        const { mode, cpu, nodePort, serveRemotes, remotesNodePort } = args.query;
        const integrated = mode === "integrated";
        const plan: M3ServicePlan = {
            name: "m3query",
            image: args.image,
            namespace,
            etcdSecret: args.etcdSecret,
            role: "coordinator",
            isolation: args.isolation,
            replicas: integrated ? 0 : args.replicas,
            memoryMi: args.memoryMi,
            cpu,
            ports: [
                { name: "http", port: ports.api },
                { name: "metrics", port: ports.metrics },
                ...(serveRemotes ? [{ name: "rpc", port: ports.rpc }] : []),
            ],
            needsOtherZones: needsOtherZones(args.query),
        };
        const app = integrated ? "m3coordinator" : plan.name;
        const external = [
            ...(args.closed ? [] : [{ name: "http", port: ports.api, nodePort }]),
            ...(serveRemotes && remotesNodePort ? [{ name: "rpc", port: ports.rpc, nodePort: remotesNodePort }] : []),
        ];
        const services = (dependsOn: pulumi.Resource[]) => [
            new Service(this.childName("service"), clusterService(plan, app), this.child({ dependsOn })),
            ...(external.length === 0
                ? []
                : [
                      new Service(
                          this.childName("external"),
                          nodePortService(`${plan.name}-external`, plan, external, app),
                          this.child({ dependsOn }),
                      ),
                  ]),
        ];
        const config = new ConfigMap(
            this.childName("config"),
            {
                metadata: configMapMetadata(plan),
                data: {
                    "m3.yml": configFile(queryConfig(args.identity, args.query, args.tags)),
                    ...agentFiles(queryFrontProgram),
                },
            },
            this.child(),
        );
        const front = queryFrontContainer(args.frontImage, apiUrl(args.identity, "m3coordinator"));
        const workload = (dependsOn: pulumi.Resource[]) =>
            new Deployment(
                this.childName("workload"),
                apiDeployment(plan, config.metadata.name, front),
                this.child({ dependsOn }),
            );
        // Readers are never led to nobody: they go over once the others answer, before these stop.
        if (integrated) workload(services([]));
        else services([workload([])]);
        new PodDisruptionBudget(this.childName("budget"), disruptionBudget(plan.name, namespace), this.child());
        this.url = apiUrl(args.identity, "m3query");
        this.registerOutputs({ url: this.url });
    }
}
