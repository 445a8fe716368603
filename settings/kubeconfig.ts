import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parse, stringify } from "yaml";
import { UserError } from "../support/errors.ts";

/** A kubeconfig that leads nowhere: with it nothing can fall back to a cluster that happens to be in ~/.kube/config. */
export const nowhere = kubeconfigOf({
    cluster: { server: "https://127.0.0.1:1" },
    user: {},
    name: "no-cluster-at-hand",
});

interface Named<Key extends string> {
    name: string;
    cluster?: Record<string, unknown>;
    user?: Record<string, unknown>;
    context?: { cluster: string; user: string; namespace?: string } & Partial<Record<Key, unknown>>;
}

interface Kubeconfig {
    "current-context"?: string;
    clusters?: Named<"cluster">[];
    users?: Named<"user">[];
    contexts?: Named<"context">[];
}

/**
 * The content of a kubeconfig file, reduced to one context and with the files that it names taken in, as
 * `kubectl config view --minify --flatten` gives it: the state then depends on no path of this machine.
 */
export function readKubeconfig(path: string, context?: string): string {
    const config = (parse(readFileSync(path, "utf8")) ?? {}) as Kubeconfig;
    const wanted = context ?? config["current-context"];
    const contexts = config.contexts ?? [];
    const chosen = contexts.find((entry) => entry.name === wanted)?.context;
    const cluster = config.clusters?.find((entry) => entry.name === chosen?.cluster)?.cluster;
    const user = config.users?.find((entry) => entry.name === chosen?.user)?.user;
    if (!wanted || !chosen || !cluster) {
        throw new UserError(`the kubeconfig ${path} has no usable context ${wanted ?? "(none is current)"}`, {
            what: `it has the contexts: ${contexts.map((entry) => entry.name).join(", ") || "none"}`,
            next: "set context in the site file to one of them",
        });
    }
    const inline = (part: Record<string, unknown>) => takeIn(part, dirname(path));
    return kubeconfigOf({ name: wanted, cluster: inline(cluster), user: inline(user ?? {}) });
}

function kubeconfigOf(parts: { name: string; cluster: object; user: object }): string {
    const { name, cluster, user } = parts;
    return stringify({
        apiVersion: "v1",
        kind: "Config",
        "current-context": name,
        clusters: [{ name, cluster }],
        users: [{ name, user }],
        contexts: [{ name, context: { cluster: name, user: name } }],
    });
}

/** Replaces "x: file" by "x-data: base64" for the certificates and keys that a kubeconfig may name by path. */
function takeIn(part: Record<string, unknown>, folder: string): Record<string, unknown> {
    const result: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(part)) {
        const isFile = ["certificate-authority", "client-certificate", "client-key"].includes(key);
        if (isFile && typeof value === "string")
            result[`${key}-data`] = readFileSync(resolve(folder, value)).toString("base64");
        else if (key === "tokenFile" && typeof value === "string")
            result.token = readFileSync(resolve(folder, value), "utf8").trim();
        else result[key] = value;
    }
    return result;
}
