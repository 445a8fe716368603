import type { types } from "@pulumi/kubernetes";
import type { Input } from "@pulumi/pulumi";
import { authorityKey } from "../../settings/prometheus/identity.ts";
import { podCache } from "../m3/identity.ts";
import type { Certificate } from "./plan.ts";

/** Certificates as pods have them: a Secret's keys, its volume, and paths. Pure. */

/** Keys of every Secret with a certificate; the first two are Kubernetes' own names for them. */
export const keys = { certificate: "tls.crt", key: "tls.key", authority: authorityKey } as const;

/** Secret with a certificate that etcd lets in, for m3perf and for people. */
export const clientSecretName = "m3perf-etcd-client";

export const secretData = ({ certificate, key, authority }: Certificate) => ({
    [keys.certificate]: certificate,
    [keys.key]: key,
    [keys.authority]: authority,
});

/** Where M3's services have their certificate for etcd, and where etcd and the gateway have their own. */
export const folder = "/etc/m3perf-tls";

/**
 * The same in database pods: a copy in a volume that the operator mounts (components/m3/m3db/certificates.ts). It mounts none of ours
 * into the database's container (m3db-operator 0.14, pkg/k8sops/m3db/statefulset.go and generators.go).
 */
export const databaseFolder = `${podCache}/etcd-tls`;

const name = "tls";

export const tlsMount = { name, mountPath: folder, readOnly: true };

/** As the kubelet keeps it: in memory. For the pod's group alone (fsGroup). */
export const tlsVolume = (secretName: Input<string>) =>
    ({ name, secret: { secretName, defaultMode: 0o440 } }) satisfies types.input.core.v1.Volume;

/** Of an entry of etcdClusters (M3 1.5.0, src/cluster/client/etcd/config.go). */
export const m3Paths = (at: string) => ({
    crtPath: `${at}/${keys.certificate}`,
    caCrtPath: `${at}/${keys.authority}`,
    keyPath: `${at}/${keys.key}`,
});
