import { createHash } from "node:crypto";
import { hasRemotes, type RemoteEndpoints, withoutRemotes, withRemotes } from "./remote-config.ts";

/** What is to be attached, and to which Prometheus. Standard input of attach.ts. */
export interface Attachment {
    prometheus: { namespace: string; deployment: string; configMap: string; configKey: string };
    endpoints: RemoteEndpoints;
    /** Seconds for Prometheus to be rolled; one with a long log of writes to replay takes minutes. */
    rolloutLimit: number;
}

/** The original, kept in a ConfigMap beside the live one until it is given back. */
export interface Backup {
    /** prometheus.yml as it was, byte for byte. */
    original: string;
    /** SHA-256 of what we made of it: tells whether somebody has changed the live one since. */
    attached: string;
}

export const backupName = (configMap: string) => `${configMap}-before-m3perf`;

export const digest = (text: string) => createHash("sha256").update(text).digest("hex");

/**
 * What prometheus.yml becomes and what is kept as the original. As long as nobody but us has changed the live text, the
 * original stays the first one; after another's change it is the live text without our entries.
 */
export function attach(live: string, backup: Backup | undefined, endpoints: RemoteEndpoints) {
    const untouched = backup !== undefined && digest(live) === backup.attached;
    const original = untouched ? backup.original : hasRemotes(live) ? withoutRemotes(live) : live;
    const text = withRemotes(original, endpoints);
    return { text, backup: { original, attached: digest(text) } satisfies Backup };
}

/** What prometheus.yml goes back to: the original exactly, or the live text without our entries when others changed it since. */
export function detach(live: string, backup: Backup | undefined): string {
    if (backup && digest(live) === backup.attached) return backup.original;
    return withoutRemotes(live);
}
