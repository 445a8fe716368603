/** One GET to a registry: a limit of time and of bytes, redirects followed by hand, and plain HTTP only where it was allowed. */
import { RegistryError } from "./registry-error.ts";

export interface Transport {
    /** Hosts, with their port where it is not the usual one, that may be asked over plain HTTP beside this machine itself. */
    insecure: ReadonlySet<string>;
    /** Seconds for all that is asked of one registry for one image. */
    limit: number;
}

export const usualTransport: Transport = { insecure: new Set(), limit: 20 };

export interface Answer {
    status: number;
    headers: Headers;
    body: Buffer;
}

/** Manifests are refused above this by the registries themselves (distribution, registry/handlers/manifests.go: 4 MiB). */
const bodyLimit = 4 << 20;
const redirects = 3;

/** Whether this host is the machine that asks: nobody is between us and it. */
export const isLoopback = (hostname: string) => /^(localhost|127(\.\d+){3}|\[::1\])$/.test(hostname);

/** "http" or "https": what a registry's host is asked by. */
export const schemeOf = (host: string, { insecure }: Transport) =>
    insecure.has(host) || isLoopback(host.replace(/:\d+$/, "")) ? "http" : "https";

/** Whether a registry that was asked at `start` may send us to `url`: from TLS never to plain HTTP. */
export function mayFollow(start: URL, url: URL, { insecure }: Transport): boolean {
    if (url.protocol === "https:") return true;
    return (
        url.protocol === "http:" && start.protocol === "http:" && (insecure.has(url.host) || isLoopback(url.hostname))
    );
}

/** Throws RegistryError. `signal` ends it at the limit of the whole conversation. */
export async function get(
    start: URL,
    headers: Record<string, string>,
    transport: Transport,
    signal: AbortSignal,
): Promise<Answer> {
    let url = start;
    let sent = headers;
    for (let turn = 0; turn <= redirects; turn++) {
        try {
            const response = await fetch(url, { headers: sent, redirect: "manual", signal });
            const place = [301, 302, 303, 307, 308].includes(response.status) && response.headers.get("location");
            if (!place) return { status: response.status, headers: response.headers, body: await read(response, url) };
            await response.body?.cancel();
            if (!URL.canParse(place, url.href))
                throw new RegistryError("wrong", `${url.host} redirects to what is no URL`);
            const next = new URL(place, url);
            if (!mayFollow(start, next, transport))
                throw new RegistryError("wrong", `${url.host} redirects to ${next.origin}, which is not asked: no TLS`);
            // A token is for the registry that gave it, not for the storage that it points to.
            if (next.origin !== url.origin) {
                const { authorization: _, ...others } = sent;
                sent = others;
            }
            url = next;
        } catch (error) {
            throw error instanceof RegistryError ? error : unreachable(url, error, signal, transport);
        }
    }
    throw new RegistryError("wrong", `${start.host} redirects more than ${redirects} times`);
}

async function read(response: Response, { host }: URL): Promise<Buffer> {
    const parts: Uint8Array[] = [];
    let size = 0;
    for await (const part of response.body ?? []) {
        size += part.length;
        if (size > bodyLimit) throw new RegistryError("wrong", `${host} answers more than ${bodyLimit >> 20} MiB`);
        parts.push(part);
    }
    return Buffer.concat(parts);
}

function unreachable(
    { host, protocol }: URL,
    error: unknown,
    signal: AbortSignal,
    { limit }: Transport,
): RegistryError {
    if (signal.aborted) return new RegistryError("unreachable", `${host} did not answer within ${limit} s`);
    const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error;
    const code = cause instanceof Error && "code" in cause ? String(cause.code) : "";
    const reasons: Record<string, string> = {
        ENOTFOUND: "its name is not known here",
        EAI_AGAIN: "its name cannot be looked up now",
        ECONNREFUSED: "nothing listens there",
        ECONNRESET: "it closed the connection",
        EHOSTUNREACH: "no way leads to it",
        ENETUNREACH: "no way leads to it",
        UND_ERR_SOCKET: "it closed the connection",
        UND_ERR_CONNECT_TIMEOUT: "no connection came about",
    };
    const tls = protocol === "https:" && /SSL|TLS|CERT|SIGNED|ISSUER|ALTNAME/.test(code);
    const reason = tls ? `TLS failed (${code.replace(/^ERR_/, "")})` : (reasons[code] ?? (code || "no connection"));
    return new RegistryError(
        "unreachable",
        `${host} cannot be reached: ${reason}`,
        tls
            ? "a certificate of your own: NODE_EXTRA_CA_CERTS=FILE; a registry without TLS: --insecure-registry HOST:PORT"
            : "check the host's name and the network; behind a proxy set NODE_USE_ENV_PROXY=1; a mirror that can be reached: --mirror HOST",
    );
}
