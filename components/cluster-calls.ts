import type { RequestOptions } from "node:https";
import type { KubeConfig } from "@kubernetes/client-node";
import { messageOf, UserError } from "../support/errors.ts";
import { callLimit, type HttpCall, send, shorten } from "../support/http.ts";
import { createConfiguration, ServerConfiguration } from "../support/kubernetes-client.ts";
import { statusOf } from "./kubernetes.ts";

/** Calls to an API server that may hang or be away: each ends within `callLimit` seconds, and its error is one line. */

/**
 * The library's calls have no limit of their own: an API server whose host has lost its power, as the master does in its turn,
 * answers a connection that it no longer knows with nothing at all.
 */
export function limited(config: KubeConfig) {
    return createConfiguration({
        baseServer: new ServerConfiguration(serverOf(config), {}),
        authMethods: { default: config },
        promiseMiddleware: [
            {
                pre: async (request) => {
                    request.setSignal(AbortSignal.timeout(callLimit * 1000));
                    return request;
                },
                post: async (response) => response,
            },
        ],
    });
}

/** For the proxy to pods: the library escapes the slashes of a path within the path. */
export function rawCall(config: KubeConfig): HttpCall {
    const server = serverOf(config).replace(/\/$/, "");
    return async (path, request = {}) => {
        const options: RequestOptions = {};
        await config.applyToHTTPSOptions(options);
        const headers = { ...(options.headers as Record<string, string> | undefined), ...request.headers };
        return send(new URL(server + path), { ...request, headers }, options);
    };
}

function serverOf(config: KubeConfig): string {
    const server = config.getCurrentCluster()?.server;
    if (!server) throw new UserError("the kubeconfig names no cluster", { what: config.getCurrentContext() });
    return server;
}

/** With what was asked for before the error's own words. */
export async function told<T>(what: string, call: Promise<T>): Promise<T> {
    try {
        return await call;
    } catch (error) {
        throw new Error(`${what}: ${reasonOf(error)}`);
    }
}

/** The API server's own words; the library's message holds headers and more. */
export function reasonOf(error: unknown): string {
    const body = typeof error === "object" && error !== null && "body" in error ? String(error.body) : "";
    try {
        const { message, details } = JSON.parse(body) as { message?: string; details?: { causes?: Cause[] } };
        const causes = (details?.causes ?? []).map((cause) => cause.message).filter(Boolean);
        if (message) return [message, ...causes].join(" ");
    } catch {
        // not JSON: the library's own message
    }
    const status = statusOf(error);
    if (status !== undefined) return `${status} ${shorten(body)}`;
    const cause = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : "";
    return `the API server does not answer: ${messageOf(error)}${cause}`;
}

interface Cause {
    message?: string;
}
