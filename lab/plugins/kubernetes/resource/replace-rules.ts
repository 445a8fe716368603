/**
 * Changes that an update cannot make, by kind: the official provider's list (provider/pkg/provider/diff.go), with the few
 * more that the API server refuses to change (marked).
 */
import { groupOf, type JsonObject } from "../cluster/objects.ts";
import { isWithin, type Path, parsePath } from "./paths.ts";

export interface ReplaceOptions {
    patch: boolean;
    configMapMutable: boolean;
    secretMutable: boolean;
}

const podSpec = (
    "affinity automountServiceAccountToken dnsConfig dnsPolicy enableServiceLinks hostAliases hostIPC hostNetwork hostPID " +
    "hostname imagePullSecrets nodeName nodeSelector overhead preemptionPolicy priority priorityClassName readinessGates " +
    "restartPolicy runtimeClassName schedulerName securityContext serviceAccount serviceAccountName shareProcessNamespace " +
    "subdomain terminationGracePeriodSeconds volumes"
).split(" ");
const container = (
    "args command env image imagePullPolicy lifecycle livenessProbe ports readinessProbe resources securityContext stdin " +
    "stdinOnce terminationMessagePath terminationMessagePolicy tty volumeDevices volumeMounts workingDir"
).split(" ");
const volumeSources = (
    "awsElasticBlockStore azureDisk azureFile cephfs cinder csi fc flexVolume flocker gcePersistentDisk glusterfs hostPath " +
    "iscsi local nfs photonPersistentDisk portworxVolume quobyte rbd scaleIO storageos vsphereVolume"
).split(" ");
const under = (prefix: string, names: string[]) => names.map((name) => `${prefix}.${name}`);

/** By "group/Kind": which versions there are does not matter to what can change. */
const rules: Record<string, string[]> = {
    "apps/Deployment": ["spec.selector"],
    "apps/DaemonSet": ["spec.selector"], // the server refuses it; the official list misspells the kind
    "apps/ReplicaSet": ["spec.selector"], // the server refuses it
    "apps/StatefulSet": under("spec", [
        "podManagementPolicy",
        "revisionHistoryLimit",
        "selector",
        "serviceName",
        "volumeClaimTemplates",
    ]),
    "batch/Job": under("spec", ["completions", "parallelism", "selector", "template"]),
    "rbac.authorization.k8s.io/RoleBinding": ["roleRef"],
    "rbac.authorization.k8s.io/ClusterRoleBinding": ["roleRef"],
    // reclaimPolicy, volumeBindingMode: the server refuses them
    "storage.k8s.io/StorageClass": ["parameters", "provisioner", "reclaimPolicy", "volumeBindingMode"],
    "/PersistentVolume": under("spec", volumeSources),
    "/PersistentVolumeClaim": under("spec", ["accessModes", "selector", "storageClassName", "volumeName"]),
    "/Pod": [
        ...under("spec", podSpec),
        ...under("spec.containers[*]", container),
        ...under("spec.initContainers[*]", container),
    ],
    "/ResourceQuota": ["spec.scopes"],
    "/Secret": ["type"],
    "/Service": ["spec.clusterIP"],
};

/** The paths whose change replaces this object. */
export function replacementRules(old: JsonObject, options: ReplaceOptions): Path[] {
    const always = ["metadata.name", "metadata.namespace", "kind"];
    if (options.patch) return parsed(always);
    const kind = `${groupOf(String(old.apiVersion))}/${String(old.kind)}`;
    const own = [...(rules[kind] ?? [])];
    const immutable = old.immutable === true;
    if (kind === "/ConfigMap" && (immutable || !options.configMapMutable)) own.push("data", "binaryData");
    if (kind === "/Secret" && (immutable || !options.secretMutable)) own.push("data", "stringData");
    if (immutable && (kind === "/ConfigMap" || kind === "/Secret")) own.push("immutable");
    return parsed([...always, ...own]);
}

function parsed(texts: string[]): Path[] {
    return texts.flatMap((text) => {
        const path = parsePath(text);
        return path ? [path] : [];
    });
}

export function needsReplacement(path: Path, among: Path[]): boolean {
    // A change of a whole parent (an added or removed "spec") touches what is below it as well.
    return among.some((rule) => isWithin(path, rule) || (path.length < rule.length && isWithin(rule, path)));
}
