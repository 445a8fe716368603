import { parse } from "yaml";
import type { Access } from "../../../settings/index.ts";

interface Kubeconfig {
    "current-context"?: string;
    contexts?: { name: string; context?: { cluster?: string } }[];
    clusters?: { name: string; cluster?: { server?: string } }[];
}

/** Host of the API server that a kubeconfig names; undefined: there is none, or it cannot be read. */
export function readKubeconfigServer({ kubeconfig, context, missing }: Access): string | undefined {
    if (missing) return undefined;
    try {
        const config = parse(kubeconfig) as Kubeconfig;
        const named = context ?? config["current-context"];
        const cluster = config.contexts?.find(({ name }) => name === named)?.context?.cluster;
        const server = config.clusters?.find(({ name }) => name === cluster)?.cluster?.server;
        return server ? new URL(server).hostname.replace(/^\[|\]$/g, "") : undefined;
    } catch {
        return undefined;
    }
}
