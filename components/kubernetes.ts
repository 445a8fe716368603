import { UserError } from "../support/errors.ts";
import { AppsV1Api, CoreV1Api, KubeConfig } from "../support/kubernetes-client.ts";
import { kubeconfigVariable } from "./variables.ts";

/** Clients for the commands that components run (local.Command): the cluster comes in a secret environment variable. */
export interface Clients {
    config: KubeConfig;
    core: CoreV1Api;
    apps: AppsV1Api;
}

export function clientsFromEnvironment(): Clients {
    const text = process.env[kubeconfigVariable];
    if (!text)
        throw new UserError(
            `${kubeconfigVariable} is not set`,
            { what: "this program is started by a component's Command" },
            64,
        );
    return clientsOf(text);
}

/** Clients for a kubeconfig's content. */
export function clientsOf(kubeconfig: string): Clients {
    const config = new KubeConfig();
    config.loadFromString(kubeconfig);
    return { config, core: config.makeApiClient(CoreV1Api), apps: config.makeApiClient(AppsV1Api) };
}

/** Of one program at a time: a thousand nodes one after the other take a minute, and an API server has others to serve. */
export const requestsInHand = 8;

interface Page<T> {
    items: T[];
    metadata?: { _continue?: string };
}

/** All objects of a list, in pages: a cluster may have thousands. */
export async function allPages<T>(
    list: (page: { limit: number; _continue?: string }) => Promise<Page<T>>,
): Promise<T[]> {
    const found: T[] = [];
    let next: string | undefined;
    do {
        const page = await list({ limit: 500, ...(next ? { _continue: next } : {}) });
        found.push(...page.items);
        next = page.metadata?._continue;
    } while (next);
    return found;
}

/** HTTP status of an API error. */
export function statusOf(error: unknown): number | undefined {
    return typeof error === "object" && error !== null && "code" in error && typeof error.code === "number"
        ? error.code
        : undefined;
}

/** The object, or undefined where there is none (404). */
export async function orUndefined<T>(call: Promise<T>): Promise<T | undefined> {
    try {
        return await call;
    } catch (error) {
        if (statusOf(error) === 404) return undefined;
        throw error;
    }
}

/** Retries a read-change-write while somebody else is faster (409), five times. */
export async function withRetries<T>(change: () => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
        try {
            return await change();
        } catch (error) {
            if (statusOf(error) !== 409 || attempt === 5) throw error;
        }
    }
}
