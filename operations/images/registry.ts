/**
 * Which digest a tag has, by the distribution API (https://github.com/opencontainers/distribution-spec). The manifest is fetched
 * and its digest computed, so that what is pinned is what was seen, not what a header says of it.
 */
import { createHash } from "node:crypto";
import { RegistryError } from "./registry-error.ts";
import { anonymousToken, closed, later } from "./token.ts";
import { type Answer, get, type Transport } from "./transport.ts";

/** index: for several platforms. manifest: for one, which fits only nodes of that one. */
export type Kind = "index" | "manifest";

const kinds: Record<string, Kind> = {
    "application/vnd.oci.image.index.v1+json": "index",
    "application/vnd.docker.distribution.manifest.list.v2+json": "index",
    "application/vnd.oci.image.manifest.v1+json": "manifest",
    "application/vnd.docker.distribution.manifest.v2+json": "manifest",
};

export interface Found {
    digest: string;
    kind: Kind;
}

/** One registry, and what it is asked for. */
export interface Question {
    /** "https://quay.io" */
    origin: string;
    repository: string;
    tag: string;
    /** The official registry's name, for a mirror of several: as containerd asks (docs/hosts.md). */
    ns?: string;
}

/** Throws RegistryError. */
export async function digestOf(question: Question, transport: Transport): Promise<Found> {
    const { origin, repository, tag, ns } = question;
    const url = new URL(`/v2/${repository}/manifests/${tag}`, origin);
    if (ns !== undefined) url.searchParams.set("ns", ns);
    const signal = AbortSignal.timeout(transport.limit * 1000);
    const headers = { accept: Object.keys(kinds).join(", ") };
    const first = await get(url, headers, transport, signal);
    if (first.status !== 401) return foundIn(first, url.host, question);
    const challenge = first.headers.get("www-authenticate") ?? "";
    const token = await anonymousToken(url, challenge, repository, transport, signal);
    const second = await get(url, { ...headers, authorization: `Bearer ${token}` }, transport, signal);
    return foundIn(second, url.host, question);
}

function foundIn({ status, headers, body }: Answer, host: string, { repository, tag }: Question): Found {
    if (status === 401 || status === 403) throw closed(host, repository);
    if (status === 404) {
        throw new RegistryError(
            "absent",
            `${host} has no ${repository}:${tag}`,
            "check name and tag in m3perf:images; a tag may have been taken back",
        );
    }
    if (status === 429 || status >= 500) {
        const wait = headers.get("retry-after");
        const next = wait && /^\d{1,6}$/.test(wait) ? `try again in ${wait} s` : later;
        const why = status === 429 ? "it was asked too often from here" : "it is out of order";
        throw new RegistryError("busy", `${host} answers ${status}: ${why}`, next);
    }
    if (status !== 200) throw new RegistryError("wrong", `${host} answers ${status}, which is no manifest`);
    return { digest: verified(body, headers.get("docker-content-digest"), host), kind: kindOf(headers, body, host) };
}

/** The body's digest, which the registry must agree with where it names one. */
function verified(body: Buffer, claimed: string | null, host: string): string {
    const digest = `sha256:${createHash("sha256").update(body).digest("hex")}`;
    if (claimed === null || claimed === digest) return digest;
    const told = /^sha256:[0-9a-f]{64}$/.test(claimed) ? `as ${claimed}` : "with a digest that is no sha256";
    throw new RegistryError(
        "wrong",
        `${host} names the manifest ${told}, but what it sent is ${digest}`,
        "do not pin this: somebody on the way, or the registry, changes what is sent",
    );
}

/** What the answer is; a proxy's page with status 200 is no manifest. */
function kindOf(headers: Headers, body: Buffer, host: string): Kind {
    const type = (headers.get("content-type") ?? "").split(";")[0]?.trim() ?? "";
    const kind = Object.hasOwn(kinds, type) ? kinds[type] : undefined;
    const content = jsonOf(body);
    const list = kind === "index" ? content?.manifests : content?.layers;
    if (kind === undefined || content?.schemaVersion !== 2 || !Array.isArray(list) || list.length === 0) {
        const next = "see with curl what answers there: a proxy's page, or an image of a form that is no longer made";
        throw new RegistryError("wrong", `${host} answers what is no image's manifest (${type || "no type"})`, next);
    }
    return kind;
}

function jsonOf(body: Buffer): Record<string, unknown> | undefined {
    try {
        const value: unknown = JSON.parse(body.toString("utf8"));
        return typeof value === "object" && value !== null ? (value as Record<string, unknown>) : undefined;
    } catch {
        return undefined;
    }
}
