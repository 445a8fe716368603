import { isIP } from "node:net";
import { gatewayName } from "../../settings/prometheus/identity.ts";
import { etcdName, etcdPods } from "../m3/etcd-manifests.ts";

/** What certificates there are, for which names, and how long. Pure. */

/** All three in PEM. The key is a secret. */
export interface Certificate {
    certificate: string;
    key: string;
    /** Certificate of who has signed it. */
    authority: string;
}

export interface Authority {
    /** Milliseconds since 1970. */
    issued: number;
    certificate: string;
    key: string;
}

export interface CertificatePlan {
    /** CN: etcd lets its peers in by it (--peer-cert-allowed-cn). */
    subject: string;
    uses: ("server" | "client")[];
    names: string[];
    addresses: string[];
}

/**
 * Days. The authority outlives the environment: its key stays, so that old and new certificates trust each other while pods are rolled.
 * Certificates are made anew by the first `up` of each `renewal`, so at least 130 days before the old ones end.
 */
export const lifetimes = { authority: 7300, certificate: 400, renewal: 270 } as const;

/** Counts renewals since the authority was made: another number has every certificate made anew. */
export const renewalsOf = ({ issued }: Pick<Authority, "issued">, now: number): number =>
    Math.max(0, Math.floor((now - issued) / (lifetimes.renewal * 86_400_000)));

/** A Service's names, and those of its pods, as a client inside the cluster may write them. */
const within = (name: string, namespace: string) => [
    name,
    `${name}.${namespace}`,
    `${name}.${namespace}.svc`,
    `${name}.${namespace}.svc.cluster.local`,
];

/** A port-forward ends there, and so does etcdctl in a member's own pod. */
const here = { names: ["localhost"], addresses: ["127.0.0.1"] };

/**
 * One for all members, since one StatefulSet mounts one Secret. For both uses: members are each other's clients, and etcd's JSON
 * gateway calls its own server with it (etcd issue 9785). Names are written out: etcd looks each up to know a peer by its address.
 */
export const etcdCertificate = (namespace: string, members: number): CertificatePlan => ({
    subject: etcdName,
    uses: ["server", "client"],
    names: [
        ...etcdPods({ members }).flatMap((pod) => within(`${pod}.${etcdName}`, namespace)),
        ...within(etcdName, namespace),
        ...within(`${etcdName}-client`, namespace),
        ...here.names,
    ],
    addresses: here.addresses,
});

/** Of M3's processes, and of m3perf itself. It names no host, and is good for no server. */
export const clientCertificate: CertificatePlan = { subject: "m3", uses: ["client"], names: [], addresses: [] };

/** `nodes`: those at which a NodePort leads to it, by address or by name; their addresses may be names. */
export function gatewayCertificate(namespace: string, nodes: { name?: string; address: string }[]): CertificatePlan {
    const told = nodes.flatMap(({ name, address }) => (name === undefined ? [address] : [address, name]));
    return {
        subject: gatewayName,
        uses: ["server"],
        names: [...within(gatewayName, namespace), ...here.names, ...new Set(told.filter((one) => isIP(one) === 0))],
        addresses: [...here.addresses, ...new Set(told.filter((one) => isIP(one) !== 0))],
    };
}
