/** A proxy of the environment is for the internet: kubectl, pulumi and curl would ask it for a lab's addresses as well. */
import type { AddressPlan } from "./addresses.ts";

const proxies = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy", "grpc_proxy"];

/** The engine and its plugins speak gRPC to each other here, and grpc-js would ask http_proxy and https_proxy for that. */
export const thisMachine = ["127.0.0.1", "localhost"];

/**
 * What to put into the environment so that no proxy is asked for these networks (CIDR, addresses): NO_PROXY and no_proxy with
 * what was there before. Nothing where the environment has no proxy. Pure.
 */
export function pastProxy(networks: readonly string[], env: NodeJS.ProcessEnv = process.env): Record<string, string> {
    if (!proxies.some((name) => env[name])) return {};
    // Some programs read the one, some the other; a list that is only in one is meant for all.
    const upper = env.NO_PROXY || env.no_proxy || "";
    const lower = env.no_proxy || env.NO_PROXY || "";
    return { NO_PROXY: withNetworks(upper, networks), no_proxy: withNetworks(lower, networks) };
}

function withNetworks(list: string, networks: readonly string[]): string {
    const parts = list
        .split(",")
        .map((part) => part.trim())
        .filter(Boolean);
    if (parts.includes("*")) return list; // all already; some programs know the star only alone
    return [...new Set([...parts, ...networks])].join(",");
}

/** A lab's networks, and its API server by address: not every program reads CIDR. */
export function networksOf(plan: AddressPlan): string[] {
    return [plan.controlPlane, plan.hostNetwork, plan.podNetwork, plan.serviceNetwork];
}
