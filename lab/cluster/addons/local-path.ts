import { digest } from "../files.ts";
import { account, type KubernetesObject, onNodes, reading } from "./objects.ts";

export const storageClass = "local-path";

/**
 * rancher's local-path-provisioner: a volume is a folder of the node on which its first pod lands. All hosts share one
 * filesystem, so each node has a folder of its own (`folders`, by node).
 */
export function localPath(
    images: { provisioner: string; helper: string },
    folders: Record<string, string>,
): KubernetesObject[] {
    const namespace = "local-path-storage";
    const name = "local-path-provisioner";
    const nodePathMap = Object.entries(folders).map(([node, path]) => ({ node, paths: [path] }));
    const helperPod = {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "helper-pod" },
        spec: {
            priorityClassName: "system-node-critical",
            tolerations: [{ operator: "Exists" }],
            containers: [{ name: "helper-pod", image: images.helper, imagePullPolicy: "IfNotPresent" }],
        },
    };
    return [
        { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
        ...account(name, namespace, [
            {
                apiGroups: [""],
                resources: ["nodes", "persistentvolumeclaims", "configmaps", "pods", "pods/log"],
                verbs: reading,
            },
            {
                apiGroups: [""],
                resources: ["persistentvolumes"],
                verbs: [...reading, "create", "patch", "update", "delete"],
            },
            {
                apiGroups: [""],
                resources: ["pods", "endpoints"],
                verbs: [...reading, "create", "patch", "update", "delete"],
            },
            {
                apiGroups: ["coordination.k8s.io"],
                resources: ["leases"],
                verbs: [...reading, "create", "patch", "update"],
            },
            { apiGroups: [""], resources: ["events"], verbs: ["create", "patch"] },
            { apiGroups: ["storage.k8s.io"], resources: ["storageclasses"], verbs: reading },
        ]),
        {
            apiVersion: "v1",
            kind: "ConfigMap",
            metadata: { name: "local-path-config", namespace },
            data: {
                "config.json": JSON.stringify({ nodePathMap }, null, 2),
                setup: '#!/bin/sh\nset -eu\nmkdir -m 0777 -p "$VOL_DIR"\n',
                teardown: '#!/bin/sh\nset -eu\nrm -rf "$VOL_DIR"\n',
                "helperPod.yaml": JSON.stringify(helperPod, null, 2),
            },
        },
        {
            apiVersion: "apps/v1",
            kind: "Deployment",
            metadata: { name, namespace },
            spec: {
                replicas: 1,
                selector: { matchLabels: { app: name } },
                template: {
                    // The folders of nodes that come later: the kubelet would bring the new file only after a minute.
                    metadata: { labels: { app: name }, annotations: { "m3perf.io/folders": digest(folders) } },
                    spec: {
                        ...onNodes("repository", "master"),
                        serviceAccountName: name,
                        priorityClassName: "system-cluster-critical",
                        containers: [
                            {
                                name,
                                image: images.provisioner,
                                command: [name, "start", "--config", "/etc/config/config.json"],
                                env: [
                                    {
                                        name: "POD_NAMESPACE",
                                        valueFrom: { fieldRef: { fieldPath: "metadata.namespace" } },
                                    },
                                    { name: "SERVICE_ACCOUNT_NAME", value: name }, // whom its helper pods run as
                                    { name: "CONFIG_MOUNT_PATH", value: "/etc/config/" },
                                ],
                                resources: { requests: { cpu: "20m", memory: "32Mi" }, limits: { memory: "128Mi" } },
                                volumeMounts: [{ name: "config", mountPath: "/etc/config/" }],
                            },
                        ],
                        volumes: [{ name: "config", configMap: { name: "local-path-config" } }],
                    },
                },
            },
        },
        {
            apiVersion: "storage.k8s.io/v1",
            kind: "StorageClass",
            metadata: {
                name: storageClass,
                annotations: { "storageclass.kubernetes.io/is-default-class": "true" },
            },
            provisioner: "rancher.io/local-path",
            volumeBindingMode: "WaitForFirstConsumer",
            reclaimPolicy: "Delete",
        },
    ];
}
