/** What the lab's cluster has beyond Kubernetes itself: DNS, volumes, metrics, and the Prometheus that is "already there". */
import { join } from "node:path";
import { UserError } from "../../../support/errors.ts";
import type { Image } from "../../types.ts";
import type { AddressPlan } from "../addresses.ts";
import type { LabHost } from "../hosts.ts";
import type { Layout } from "../layout.ts";
import { coreDns } from "./coredns.ts";
import { localPath } from "./local-path.ts";
import { metricsServer } from "./metrics-server.ts";
import type { KubernetesObject } from "./objects.ts";
import { prometheusServer } from "./prometheus.ts";

export { storageClass } from "./local-path.ts";
export { name as metricsServerName } from "./metrics-server.ts";
export { prometheus, prometheusConfigMap } from "./prometheus.ts";

export function addOns(
    plan: AddressPlan,
    files: Layout,
    hosts: readonly LabHost[],
    images: Image[],
): KubernetesObject[] {
    const image = (repository: string) => imageOf(images, repository);
    const folders = Object.fromEntries(hosts.map(({ name }) => [name, join(files.machine(name), "volumes")]));
    return [
        ...coreDns(image("registry.k8s.io/coredns/coredns"), plan.dns),
        ...localPath(
            {
                provisioner: image("docker.io/rancher/local-path-provisioner"),
                helper: image("docker.io/library/busybox"),
            },
            folders,
        ),
        ...metricsServer(image("registry.k8s.io/metrics-server/metrics-server")),
        ...prometheusServer(image("quay.io/prometheus/prometheus"), image("docker.io/library/node")),
    ];
}

/** The Deployments among objects. */
export function deployments(objects: readonly KubernetesObject[]): { namespace: string; name: string }[] {
    return objects
        .filter(({ kind }) => kind === "Deployment")
        .map(({ metadata }) => ({ name: metadata.name, namespace: metadata.namespace ?? "default" }));
}

function imageOf(images: Image[], repository: string): string {
    const found = images.find(({ reference }) => reference.startsWith(`${repository}:`));
    if (!found) throw new UserError(`the lab's registry has no image ${repository}`, { what: "lab/images makes it" });
    return found.reference;
}
