/**
 * Every lab on a machine has an index, and all of its addresses follow from it, so that two labs never share one:
 * hosts 10.77.<i>.0/24, pods 10.(88+i).0.0/16, services 10.(96+i).0.0/16.
 */
export interface AddressPlan {
    index: number;
    /** The network of the hosts. */
    hostNetwork: string;
    /** This machine's own address in the lab's network. */
    gateway: string;
    /** API server and registry. */
    controlPlane: string;
    podNetwork: string;
    serviceNetwork: string;
    /** The Service `kubernetes`: the first address of the service network. */
    kubernetesService: string;
    /** Cluster DNS. */
    dns: string;
    /** This machine's end of the link into the lab. */
    link: string;
}

/** The networks of the hosts of all labs. */
export const allHosts = "10.77.0.0/16";

/** Labs that fit beside each other. */
export const labLimit = 8;

export function addressPlan(index: number): AddressPlan {
    if (!Number.isInteger(index) || index < 0 || index >= labLimit) {
        throw new RangeError(`lab index ${index} is not in 0..${labLimit - 1}`);
    }
    return {
        index,
        hostNetwork: `10.77.${index}.0/24`,
        gateway: `10.77.${index}.254`,
        controlPlane: `10.77.${index}.1`,
        podNetwork: `10.${88 + index}.0.0/16`,
        serviceNetwork: `10.${96 + index}.0.0/16`,
        kubernetesService: `10.${96 + index}.0.1`,
        dns: `10.${96 + index}.0.10`,
        link: `m3perf${index}`,
    };
}

/** Address of the n-th host, counted from 1. */
export function hostAddress(plan: AddressPlan, ordinal: number): string {
    return `10.77.${plan.index}.${10 + ordinal}`;
}

/** Addresses of the pods of the n-th host. */
export function podSubnet(plan: AddressPlan, ordinal: number): string {
    return `10.${88 + plan.index}.${ordinal}.0/24`;
}

/** The lowest index that no other lab has and whose networks no route of this machine touches; none: undefined. */
export function freeIndex(taken: readonly number[], routes: readonly string[]): number | undefined {
    for (let index = 0; index < labLimit; index++) {
        const plan = addressPlan(index);
        const networks = [plan.hostNetwork, plan.podNetwork, plan.serviceNetwork];
        if (taken.includes(index)) continue;
        if (!routes.some((route) => networks.some((network) => overlap(route, network)))) return index;
    }
    return undefined;
}

/** Whether two IPv4 networks in CIDR notation share an address; a plain address counts as /32, "default" as none. */
export function overlap(a: string, b: string): boolean {
    const [one, two] = [parse(a), parse(b)];
    if (!one || !two) return false;
    const bits = Math.min(one.bits, two.bits);
    if (bits === 0) return false; // a default route touches everything and is in nobody's way
    const shift = 32 - bits;
    return one.value >>> shift === two.value >>> shift;
}

function parse(network: string): { value: number; bits: number } | undefined {
    const match = /^(\d+)\.(\d+)\.(\d+)\.(\d+)(?:\/(\d+))?$/.exec(network);
    if (!match) return undefined;
    const [, a = "", b = "", c = "", d = "", bits = "32"] = match;
    const value = ((Number(a) << 24) | (Number(b) << 16) | (Number(c) << 8) | Number(d)) >>> 0;
    return { value, bits: Number(bits) };
}
