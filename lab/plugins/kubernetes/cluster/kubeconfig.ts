/** Kubeconfigs: content or path, several documents, several files, merged as kubectl does: what is set first wins. */
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, isAbsolute, join, resolve } from "node:path";
import { parseAllDocuments } from "yaml";
import { UserError } from "../../../../support/errors.ts";

export interface ClusterEntry {
    server?: string;
    "certificate-authority"?: string;
    "certificate-authority-data"?: string;
    "insecure-skip-tls-verify"?: boolean;
    "tls-server-name"?: string;
    "proxy-url"?: string;
}

export interface ExecEntry {
    apiVersion?: string;
    command: string;
    args?: string[];
    env?: { name: string; value: string }[];
    installHint?: string;
}

export interface UserEntry {
    "client-certificate"?: string;
    "client-certificate-data"?: string;
    "client-key"?: string;
    "client-key-data"?: string;
    token?: string;
    tokenFile?: string;
    username?: string;
    password?: string;
    exec?: ExecEntry;
    "auth-provider"?: { name: string };
}

interface ContextEntry {
    cluster?: string;
    user?: string;
    namespace?: string;
}

export interface Kubeconfig {
    clusters: Map<string, ClusterEntry>;
    users: Map<string, UserEntry>;
    contexts: Map<string, ContextEntry>;
    currentContext: string;
    /** Where it came from, for messages: paths, never content. */
    source: string;
}

/** The context that is to be used, resolved to its cluster and user. */
export interface Target {
    context: string;
    clusterName: string;
    cluster: ClusterEntry;
    user: UserEntry;
    /** The context's namespace; "" when it has none. */
    namespace: string;
}

/** `value`: content or path (or several paths) from the provider's configuration; else KUBECONFIG, else ~/.kube/config. */
export function loadKubeconfig(value: string | undefined, env: NodeJS.ProcessEnv = process.env): Kubeconfig {
    if (value !== undefined && /[\n{]|: /.test(value.trim())) {
        return merge([{ text: value, folder: process.cwd() }], "the provider's kubeconfig (content)");
    }
    const named = value ?? env.KUBECONFIG;
    const paths = named ? named.split(delimiter).filter((path) => path !== "") : [join(homedir(), ".kube", "config")];
    const files = paths.map((path) => resolve(path.replace(/^~(?=\/|$)/, homedir())));
    const present = files.filter((path) => existsSync(path));
    if (present.length === 0) {
        // What is too long for a path may be a kubeconfig in some encoding: never shown.
        const looked = files
            .map((path) => (path.length > 300 ? `(a text of ${value?.length} characters)` : path))
            .join(", ");
        throw new UserError("no kubeconfig was found", {
            what: `${value ? "the provider's kubeconfig" : env.KUBECONFIG ? "KUBECONFIG" : "the default"}: ${looked} (no such file)`,
            next: "set the provider's kubeconfig to a path or to the content of a kubeconfig, or set KUBECONFIG",
        });
    }
    return merge(
        present.map((path) => ({ text: readFileSync(path, "utf8"), folder: dirname(path) })),
        present.join(", "),
    );
}

interface Named<T> {
    name?: string;
    cluster?: T;
    user?: T;
    context?: T;
}
interface Document {
    clusters?: Named<ClusterEntry>[];
    users?: Named<UserEntry>[];
    contexts?: Named<ContextEntry>[];
    "current-context"?: string;
}

function merge(sources: { text: string; folder: string }[], source: string): Kubeconfig {
    const merged: Kubeconfig = {
        clusters: new Map(),
        users: new Map(),
        contexts: new Map(),
        currentContext: "",
        source,
    };
    for (const { text, folder } of sources) {
        for (const document of documentsOf(text, source)) {
            for (const { name, cluster } of document.clusters ?? []) {
                if (name !== undefined && cluster && !merged.clusters.has(name)) {
                    merged.clusters.set(name, withPaths(cluster, folder, ["certificate-authority"]));
                }
            }
            for (const { name, user } of document.users ?? []) {
                if (name !== undefined && user && !merged.users.has(name)) {
                    const paths = ["client-certificate", "client-key", "tokenFile"] as const;
                    merged.users.set(name, withPaths(user, folder, paths));
                }
            }
            for (const { name, context } of document.contexts ?? []) {
                if (name !== undefined && context && !merged.contexts.has(name)) merged.contexts.set(name, context);
            }
            merged.currentContext ||= document["current-context"] ?? "";
        }
    }
    return merged;
}

function documentsOf(text: string, source: string): Document[] {
    if (text.trimStart().startsWith("{")) {
        try {
            return [JSON.parse(text) as Document];
        } catch {
            // YAML in flow style, or several documents: below
        }
    }
    return parseAllDocuments(text).map((document) => {
        const [error] = document.errors;
        // The message of the parser quotes the text, which may hold keys: only the place is told.
        if (error) {
            const line = error.linePos?.[0].line;
            throw new UserError("the kubeconfig is not valid YAML", {
                what: `${source}, line ${line ?? "?"}: ${error.code}`,
            });
        }
        return (document.toJS() ?? {}) as Document;
    });
}

/** Relative paths in a kubeconfig are relative to its folder. */
function withPaths<T extends object>(entry: T, folder: string, keys: readonly (keyof T)[]): T {
    const copy = { ...entry };
    for (const key of keys) {
        const path = copy[key];
        if (typeof path === "string" && !isAbsolute(path)) copy[key] = join(folder, path) as T[keyof T];
    }
    return copy;
}

/** Resolves context, cluster and user; names what exists when something does not. */
export function targetOf(config: Kubeconfig, wanted: { context?: string; cluster?: string } = {}): Target {
    const name = wanted.context ?? config.currentContext;
    const context = config.contexts.get(name);
    if (name !== "" && !context) throw missing("context", name, config.contexts, config);
    const clusterName = wanted.cluster ?? context?.cluster ?? "";
    const cluster = config.clusters.get(clusterName);
    if (!cluster?.server) {
        if (clusterName !== "") throw missing("cluster", clusterName, config.clusters, config);
        throw new UserError("the kubeconfig names no context to use", {
            what: `${config.source} has no current-context`,
            next: `set the provider's context to one of: ${[...config.contexts.keys()].join(", ") || "(it has none)"}`,
        });
    }
    const userName = context?.user ?? "";
    const user = config.users.get(userName);
    if (userName !== "" && !user) throw missing("user", userName, config.users, config);
    return { context: name, clusterName, cluster, user: user ?? {}, namespace: context?.namespace ?? "" };
}

function missing(what: string, name: string, known: Map<string, unknown>, config: Kubeconfig): UserError {
    return new UserError(`the kubeconfig has no ${what} "${name}"`, {
        what: config.source,
        why: `it has: ${[...known.keys()].join(", ") || "none"}`,
    });
}
