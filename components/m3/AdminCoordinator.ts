import { Deployment } from "@pulumi/kubernetes/apps/v1/deployment.js";
import { ConfigMap } from "@pulumi/kubernetes/core/v1/configMap.js";
import { Service } from "@pulumi/kubernetes/core/v1/service.js";
import type * as pulumi from "@pulumi/pulumi";
import { Component } from "../component.ts";
import { adminDeployment, adminService } from "./admin-manifests.ts";
import { adminConfig } from "./config/admin.ts";
import { configFile } from "./config/file.ts";
import { adminName, adminUrl, type M3Identity } from "./identity.ts";
import { configMapMetadata } from "./service-manifests.ts";

export interface AdminCoordinatorArgs {
    identity: M3Identity;
    /** m3coordinator. */
    image: string;
    /** Secret with the certificate that etcd asks for. */
    etcdSecret?: pulumi.Input<string> | undefined;
}

/**
 * The coordinator that the operator asks when m3perf:m3db.externalCoordinator is on. It must serve before the M3DBCluster says
 * so, or the operator gives up (facts.md 4, cause 1): pass it in the Cluster's `dependsOn`; Pulumi waits until it is Ready.
 * Switched off, the M3DBCluster loses the field first: Pulumi deletes last.
 */
export class AdminCoordinator extends Component {
    readonly name = adminName;
    readonly url: string;

    constructor(name: string, args: AdminCoordinatorArgs, opts?: pulumi.ComponentResourceOptions) {
        super("m3:AdminCoordinator", name, opts);
        const { identity, image, etcdSecret } = args;
        const plan = { name: adminName, namespace: identity.namespace };
        const config = new ConfigMap(
            this.childName("config"),
            { metadata: configMapMetadata(plan), data: { "m3.yml": configFile(adminConfig(identity)) } },
            this.child(),
        );
        const workload = new Deployment(
            this.childName("workload"),
            adminDeployment(identity, image, config.metadata.name, etcdSecret),
            this.child(),
        );
        new Service(this.childName("service"), adminService(identity), this.child({ dependsOn: workload }));
        this.url = adminUrl(identity, true);
        this.registerOutputs({ url: this.url });
    }
}
