import { createHash } from "node:crypto";
import { isDeepStrictEqual } from "node:util";
import type { RemoteConfig } from "../../settings/prometheus/entries.ts";
import { UserError } from "../../support/errors.ts";
import { plain } from "../../support/plain.ts";
import type { Plan } from "./attaching.ts";
import { changePod, type PodChange, type PodParts, type PodWishes, podDrifted, undoPod, versionOf } from "./pod.ts";
import { hasRemotes, notForAgents, oursIn, withoutRemotes, withRemotes } from "./remote-config.ts";

/** An existing Prometheus: what is to be attached, and how it is undone. Pure. */

export interface Workload {
    kind: "Deployment" | "StatefulSet";
    name: string;
}

/** Standard input of attach.ts. */
export interface Attachment {
    prometheus: {
        namespace: string;
        workload: Workload;
        /** The one with --config.file unless told. */
        container?: string | undefined;
        configMap: string;
        configKey: string;
    };
    config: RemoteConfig;
    pod: PodWishes;
    /** Seconds for Prometheus to be rolled; one with a long log of writes to replay takes minutes. */
    rolloutLimit: number;
    /** When it was attached, or found changed by others (look.ts): another value has it attached anew. */
    since: string;
}

/** The live server: both are undefined where the object is gone. */
export interface Server {
    text?: string | undefined;
    pod?: PodParts | undefined;
    /** On the pod template: its change rolls the pods. */
    version?: string | undefined;
}

/** The original, kept in a ConfigMap beside the live one until it is given back. */
export interface Kept {
    /** prometheus.yml as it was, byte for byte. */
    original: string;
    /** SHA-256 of what we made of it: tells whether somebody has changed the live one since. */
    attached: string;
    since: string;
    /** What we put into it. */
    config?: RemoteConfig;
    pod?: PodChange;
}

export const digest = (text: string) => createHash("sha256").update(text).digest("hex");

/** As long as nobody but us has changed the live text, the original stays the first one; after that it is the live text without ours. */
function originalOf(text: string, kept: Kept | undefined): string {
    if (kept && digest(text) === kept.attached) return kept.original;
    return kept || hasRemotes(text) ? withoutRemotes(text, kept?.config, kept?.original) : text;
}

const podBefore = (pod: PodParts, kept: Kept | undefined) => (kept?.pod ? undoPod(pod, kept.pod) : pod);

/** What the server becomes and what is kept of it; what it goes back to. */
export function planOf({ config, pod: wishes, since }: Attachment): Plan<Server, Kept> {
    return {
        attach({ text = "", pod }, kept) {
            if (!pod) throw new Error("the workload was not read");
            const original = originalOf(text, kept);
            if (wishes.localStorage === "agent") refuseForAgents(original);
            refuseForRelease(config, pod.image);
            const wanted = withRemotes(original, config);
            const { parts, change } = changePod(podBefore(pod, kept), wishes);
            const version = digest(wanted);
            return {
                state: { text: wanted, pod: parts, version },
                kept: { original, attached: version, since, config, pod: change },
            };
        },
        detach({ text, pod }, kept) {
            return {
                text: text === undefined ? undefined : originalOf(text, kept),
                pod: pod && podBefore(pod, kept),
                version: undefined,
            };
        },
    };
}

/** What others have changed of what we set, in a person's words; none: nothing. */
export function driftOf({ text = "", pod }: Server, kept: Kept): string[] {
    if (!kept.config) return [];
    const now = oursIn(text, kept.config);
    // As YAML gives it back: without undefined, and with the order of keys that does not matter.
    const put = oursIn(withRemotes("", kept.config), kept.config);
    const changed = Object.keys(put).filter((key) => !isDeepStrictEqual(plain(now[key]), plain(put[key])));
    const podChanged = pod && kept.pod ? podDrifted(pod, kept.pod) : false;
    return [...changed, ...(podChanged ? ["arguments or volumes of its pods"] : [])];
}

function refuseForAgents(original: string): void {
    const found = notForAgents(original);
    if (found.length === 0) return;
    throw new UserError("localStorage agent: this Prometheus does more than collect and send", {
        what: `its prometheus.yml has ${found.join(", ")}, which an agent refuses to start with`,
        next: "move rules and alerts to a Prometheus that stores, and take them out here; or use localStorage keep or minimal",
    });
}

function refuseForRelease(config: RemoteConfig, image: string): void {
    const queue = config.remote_write.queue_config as { sample_age_limit?: string } | undefined;
    const [major, minor] = versionOf(image) ?? [Number.POSITIVE_INFINITY, 0];
    if (queue?.sample_age_limit === undefined || major > 2 || minor >= 50) return;
    throw new UserError(`m3perf:prometheus.remoteWrite.queue.sampleAgeLimit needs Prometheus 2.50 or later`, {
        what: `its image is ${image}, which refuses to start with it`,
    });
}
