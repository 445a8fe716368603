/**
 * Every container image that the program names, under its official name: the lab's registry serves its own builds under
 * the same names (lab/images), so that the lab and a real site run the same manifests.
 */
export const images = {
    etcd: "quay.io/coreos/etcd:v3.4.23",
    m3dbnode: "quay.io/m3db/m3dbnode:v1.5.0",
    m3coordinator: "quay.io/m3db/m3coordinator:v1.5.0",
    m3query: "quay.io/m3db/m3query:v1.5.0",
    m3aggregator: "quay.io/m3db/m3aggregator:v1.5.0",
    m3dbOperator: "quay.io/m3db/m3db-operator:v0.14.0",
    /** The gateway (components/m3/gateway-config.ts); the version that Debian 12 has as well. */
    nginx: "docker.io/library/nginx:1.22.1",
    /** Runs agent/*.ts as it is: Node 24 strips the types. */
    node: "docker.io/library/node:24.21.0-slim",
} as const;
