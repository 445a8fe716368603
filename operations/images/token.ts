/**
 * The token that a registry wants even of those who ask without a name
 * (https://distribution.github.io/distribution/spec/auth/token/). m3perf has no registry's password and looks for none.
 */
import { RegistryError } from "./registry-error.ts";
import { get, mayFollow, type Transport } from "./transport.ts";

export interface Challenge {
    realm: string;
    service?: string;
    scope?: string;
}

/** The Bearer challenge of a WWW-Authenticate header, which may have others beside it. Pure. */
export function bearerChallenge(header: string): Challenge | undefined {
    const [, bearer] = /(?:^|,)\s*Bearer\s+(.*)$/i.exec(header) ?? [];
    if (bearer === undefined) return undefined;
    const fields = new Map<string, string>();
    for (const [, name = "", quoted, plain] of bearer.matchAll(/([\w-]+)=(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/g)) {
        // Of two challenges in a row, the second one's fields do not replace the first one's.
        const key = name.toLowerCase();
        if (!fields.has(key)) fields.set(key, quoted?.replaceAll(/\\(.)/g, "$1") ?? plain ?? "");
    }
    const realm = fields.get("realm");
    if (!realm) return undefined;
    const [service, scope] = [fields.get("service"), fields.get("scope")];
    return { realm, ...(service ? { service } : {}), ...(scope ? { scope } : {}) };
}

/** What a registry's 401 asks for, got without a login. Throws RegistryError. */
export async function anonymousToken(
    registry: URL,
    header: string,
    repository: string,
    transport: Transport,
    signal: AbortSignal,
): Promise<string> {
    const challenge = bearerChallenge(header);
    if (!challenge) throw closed(registry.host, repository);
    const url = URL.canParse(challenge.realm) ? new URL(challenge.realm) : undefined;
    if (!url || !mayFollow(registry, url, transport)) {
        throw new RegistryError("wrong", `${registry.host} names no place with TLS that gives tokens`);
    }
    if (challenge.service) url.searchParams.set("service", challenge.service);
    url.searchParams.set("scope", challenge.scope ?? `repository:${repository}:pull`);
    const { status, body } = await get(url, { accept: "application/json" }, transport, signal);
    if (status === 401 || status === 403) throw closed(registry.host, repository);
    if (status === 429 || status >= 500) {
        throw new RegistryError(
            "busy",
            `${url.host}, which gives the tokens of ${registry.host}, answers ${status}`,
            later,
        );
    }
    const token = status === 200 ? tokenIn(body) : undefined;
    if (token === undefined) {
        throw new RegistryError("wrong", `${url.host} gives no token (it answers ${status})`);
    }
    return token;
}

export const later = "try again later";

export const closed = (host: string, repository: string) =>
    new RegistryError(
        "closed",
        `${host} wants a login for ${repository}: it is private, or there is none of that name`,
        "check the name; m3perf asks without a login: of a private image write name:tag@sha256:… into m3perf:images yourself",
    );

function tokenIn(body: Buffer): string | undefined {
    try {
        const { token, access_token } = JSON.parse(body.toString("utf8")) as Record<string, unknown>;
        const given = token ?? access_token;
        // Only what may stand in a header.
        return typeof given === "string" && /^[\x21-\x7e]+$/.test(given) ? given : undefined;
    } catch {
        return undefined;
    }
}
