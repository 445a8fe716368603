import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment.js";
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import { NetworkPolicy } from "@pulumi/kubernetes/networking/v1/networkPolicy.js";
import { PodDisruptionBudget } from "@pulumi/kubernetes/policy/v1/podDisruptionBudget.js";
import * as pulumi from "@pulumi/pulumi";
import { RandomPassword } from "@pulumi/random/randomPassword.js";
import { authorityKey, gatewayName, tokenSecret } from "../../settings/prometheus/identity.ts";
import type { GatewaySettings, Identity } from "../../settings/schema/identities.ts";
import type { Isolation } from "../../settings/topology.ts";
import { mebibytesOf } from "../../settings/units.ts";
import { Component } from "../component.ts";
import { disruptionBudget, named } from "../manifests.ts";
import type { NetworkPlan } from "../network/plan.ts";
import type { GatewaySecret } from "../tls/Certificates.ts";
import { folder } from "../tls/files.ts";
import { gatewayConfig } from "./gateway-config.ts";
import { gatewayDeployment, gatewayPolicy, gatewayPortName } from "./gateway-manifests.ts";
import { ports } from "./identity.ts";
import { clusterService, configMapMetadata, nodePortService } from "./service-manifests.ts";

export interface GatewayArgs {
    /** nginx. */
    image: string;
    namespace: string;
    identities: Identity[];
    settings: GatewaySettings;
    isolation: Isolation;
    replicas: number;
    /** http://m3coordinator.m3db:7201; nginx looks the name up when it starts, so the Service has to be there. */
    coordinatorUrl: string;
    queryUrl: string;
    /** Absent: other policies name who talks to whom (components/network), and one that lets the whole namespace pass would undo them. */
    network?: NetworkPlan | undefined;
    /** It speaks https. Absent: plain http. */
    tls?: GatewaySecret | undefined;
}

/**
 * The door to M3 for whoever has a token: tells senders apart by it, sets their labels on what they write and holds what they
 * read to their own. The tokens are made here and kept in the state (as secrets) and in Secrets.
 */
export class Gateway extends Component {
    readonly url: string;
    readonly replicas: number;

    constructor(name: string, args: GatewayArgs, opts?: pulumi.ComponentResourceOptions) {
        super("m3:Gateway", name, opts);
        const { namespace, identities, settings } = args;
        const config = new Secret(
            this.childName("config"),
            {
                metadata: configMapMetadata({ name: gatewayName, namespace }),
                stringData: { "nginx.conf": this.configOf(args, this.tokens(args)) },
            },
            this.child(),
        );
        const { tls } = args;
        const plan = {
            ...args,
            memoryMi: mebibytesOf(settings.memory),
            cpu: settings.cpu,
            tlsSecret: tls?.name,
        };
        const workload = new Deployment(
            this.childName("workload"),
            gatewayDeployment(plan, config.metadata.name),
            this.child(),
        );
        const service = { name: gatewayName, namespace, ports: [{ name: gatewayPortName(tls), port: ports.gateway }] };
        new Service(this.childName("service"), clusterService(service), this.child({ dependsOn: workload }));
        if (settings.nodePort !== undefined) {
            const external = nodePortService(`${gatewayName}-external`, service, [
                { name: gatewayPortName(tls), port: ports.gateway, nodePort: settings.nodePort },
            ]);
            new Service(this.childName("external"), external, this.child({ dependsOn: workload }));
        }
        new PodDisruptionBudget(this.childName("budget"), disruptionBudget(gatewayName, namespace), this.child());
        if (settings.exclusive && args.network) {
            const policy = gatewayPolicy(args.network);
            new NetworkPolicy(this.childName("policy"), policy, this.child({ dependsOn: workload }));
        }
        this.url = `${gatewayPortName(tls)}://${gatewayName}.${namespace}:${ports.gateway}`;
        this.replicas = args.replicas;
        this.registerOutputs({ url: this.url, identities: identities.map((identity) => identity.name) });
    }

    /** A token for each identity, and Secrets of it for its Prometheus to mount. nginx' maps ignore case: one case. */
    private tokens({ namespace, identities, tls }: GatewayArgs): pulumi.Output<Record<string, string>> {
        const made = identities.map((identity) => {
            const token = new RandomPassword(
                this.childName(`token-${identity.name}`),
                { length: 48, upper: false, special: false },
                this.child(),
            ).result;
            const secret = (part: string, home: string) =>
                new Secret(
                    this.childName(part),
                    {
                        metadata: named(tokenSecret(identity.name), home, gatewayName),
                        stringData: { token, ...(tls ? { [authorityKey]: tls.authority } : {}) },
                    },
                    this.child(),
                );
            secret(`secret-${identity.name}`, namespace);
            for (const home of identity.secretIn) secret(`secret-${identity.name}-${home}`, home);
            return [identity.name, token] as const;
        });
        return pulumi.secret(pulumi.output(Object.fromEntries(made)));
    }

    private configOf(args: GatewayArgs, tokens: pulumi.Output<Record<string, string>>): pulumi.Output<string> {
        const { identities, coordinatorUrl, queryUrl } = args;
        return tokens.apply((known) =>
            gatewayConfig({
                identities,
                tokens: known,
                coordinator: new URL(coordinatorUrl).host,
                query: new URL(queryUrl).host,
                port: ports.gateway,
                healthPort: ports.gatewayHealth,
                ...(args.tls ? { certificates: folder } : {}),
            }),
        );
    }
}
