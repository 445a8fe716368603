import { resources, unprivilegedContainer } from "../../manifests.ts";
import { clientSecretName, databaseFolder, folder, keys, tlsMount, tlsVolume } from "../../tls/files.ts";
import { type M3Identity, podCache } from "../identity.ts";

/**
 * etcd's certificate for database pods. The operator gives their main container four volumes and no other, so an init container
 * copies the Secret into the one that is the pod's own and goes with it. There it is on the node's disk, for the pod's user alone.
 */
export function certificateCopy({ etcdTls }: M3Identity, image: string) {
    if (!etcdTls) return {};
    const files = Object.values(keys).map((key) => `${folder}/${key}`);
    return {
        initContainers: [
            {
                name: "etcd-certificate",
                image,
                // -f: an init container may run a second time, and what it has copied cannot be written to.
                command: [
                    "sh",
                    "-c",
                    `umask 077 && mkdir -p ${databaseFolder} && cp -f ${files.join(" ")} ${databaseFolder}/`,
                ],
                resources: resources(16, "10m"),
                securityContext: { ...unprivilegedContainer, readOnlyRootFilesystem: true },
                volumeMounts: [tlsMount, { name: "cache", mountPath: podCache }],
            },
        ],
        // Always under one name: a pod that is made again finds it, whenever that is.
        initVolumes: [tlsVolume(clientSecretName)],
    };
}
