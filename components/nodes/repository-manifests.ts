import { createHash } from "node:crypto";
import type { PersistentVolumeArgs } from "@pulumi/kubernetes/core/v1/persistentVolume.js";
import type { PersistentVolumeClaimArgs } from "@pulumi/kubernetes/core/v1/persistentVolumeClaim.js";
import type { StorageClassArgs } from "@pulumi/kubernetes/storage/v1/storageClass.js";
import type { Input } from "@pulumi/pulumi";
import { repositoryName } from "../../settings/repository.ts";
import type { SiteRepository } from "../../settings/site.ts";
import { named, partOf } from "../manifests.ts";

export interface VolumePlan {
    source: SiteRepository["source"];
    /** Of the NFS server; for the kind local unused. */
    server: string;
    size: string;
    /** Of the claim. */
    namespace: string;
}

/** A class of its own: no other claim takes its volume, and no other volume its claim. */
export function repositoryClass() {
    return {
        metadata: { name: repositoryName, labels: partOf },
        provisioner: "kubernetes.io/no-provisioner",
        reclaimPolicy: "Retain",
        // The volume is there and named: there is no first pod to wait for.
        volumeBindingMode: "Immediate",
    } satisfies StorageClassArgs;
}

/**
 * The volume is made for the one claim. Neither its source nor its claim can be changed (a bound volume keeps the claim's UID,
 * and never takes another's), so what it is made of is in its name: a change is a new volume beside the old one.
 */
export function repositoryVolume(plan: VolumePlan) {
    const { source, server, size, namespace } = plan;
    const made = createHash("sha256")
        .update(JSON.stringify([source, server, size, namespace]))
        .digest("hex");
    return {
        metadata: { name: `${repositoryName}-${made.slice(0, 8)}`, labels: partOf },
        spec: {
            capacity: { storage: size },
            accessModes: accessModes(source),
            // Reports outlive the environment that made them.
            persistentVolumeReclaimPolicy: "Retain",
            storageClassName: repositoryName,
            claimRef: { apiVersion: "v1", kind: "PersistentVolumeClaim", name: repositoryName, namespace },
            ...volumeSource(source, server),
        },
    } satisfies PersistentVolumeArgs;
}

export function repositoryClaim({ source, size, namespace }: VolumePlan, volume: Input<string>) {
    return {
        metadata: named(repositoryName, namespace),
        spec: {
            accessModes: accessModes(source),
            storageClassName: repositoryName,
            volumeName: volume,
            resources: { requests: { storage: size } },
        },
    } satisfies PersistentVolumeClaimArgs;
}

/** A folder of one node is for pods of that node alone. */
const accessModes = ({ kind }: VolumePlan["source"]) => [kind === "local" ? "ReadWriteOnce" : "ReadWriteMany"];

function volumeSource(source: VolumePlan["source"], server: string) {
    switch (source.kind) {
        case "export":
            // Version 4 needs one port of the server, 2049, and no rpcbind.
            return { nfs: { server, path: source.directory }, mountOptions: ["nfsvers=4"] };
        case "existing":
            return { nfs: { server, path: source.path } };
        case "local":
            return { local: { path: source.directory }, nodeAffinity: onlyOn(source.node) };
    }
}

function onlyOn(node: string) {
    const matchExpressions = [{ key: "kubernetes.io/hostname", operator: "In", values: [node] }];
    return { required: { nodeSelectorTerms: [{ matchExpressions }] } };
}
