import { isDeepStrictEqual } from "node:util";
import { ourName } from "../../settings/prometheus/entries.ts";
import type { ResourceConfig } from "../../settings/prometheus/resource.ts";
import type { Plan } from "./attaching.ts";
import { valuesWithout } from "./labels.ts";

/**
 * A Prometheus custom resource: what is attached, and how it is undone. Its lists are atomic for server-side apply (the CRD names no
 * list keys), so an own field manager would own others' entries, too: they are merged here. Pure.
 */

/** Standard input of attach-resource.ts. */
export interface ResourceAttachment {
    prometheus: { namespace: string; name: string };
    config: ResourceConfig;
    /** Seconds for the operator to have Prometheus run with it. */
    rolloutLimit: number;
    since: string;
}

type Entry = { name?: string } & Record<string, unknown>;

/** Of a Prometheus' spec, what we may change; undefined: it is not set. */
export interface ResourceParts {
    externalLabels?: Record<string, string> | undefined;
    remoteWrite?: Entry[] | undefined;
    remoteRead?: Entry[] | undefined;
    storage?: Record<string, unknown> | undefined;
}

export interface ResourceKept {
    since: string;
    config: ResourceConfig;
    before: ResourceParts;
}

/** Without storage, or with an emptyDir of its own, there is no claim to take the place of. */
const hasClaim = ({ storage }: ResourceParts) =>
    storage?.volumeClaimTemplate !== undefined || storage?.ephemeral !== undefined;

const isOurs = ({ name }: Entry) => name === ourName;
const others = (list: Entry[] | undefined) => (list ?? []).filter((one) => !isOurs(one));

function withResource(parts: ResourceParts, config: ResourceConfig): ResourceParts {
    const labels = { ...parts.externalLabels, ...config.externalLabels };
    return {
        externalLabels: Object.keys(labels).length > 0 ? labels : parts.externalLabels,
        remoteWrite: [...others(parts.remoteWrite), config.remoteWrite],
        remoteRead: [...others(parts.remoteRead), config.remoteRead],
        storage: config.storage && hasClaim(parts) ? config.storage : parts.storage,
    };
}

function withoutResource(parts: ResourceParts, kept: ResourceKept | undefined): ResourceParts {
    const without = (list: Entry[] | undefined, before: Entry[] | undefined) =>
        others(list).length > 0 || before ? others(list) : undefined;
    const { config, before } = kept ?? {};
    const labels = valuesWithout(
        parts.externalLabels ?? {},
        config?.externalLabels ?? {},
        before?.externalLabels ?? {},
    );
    const ours = before && hasClaim(before) && isDeepStrictEqual(parts.storage, config?.storage);
    return {
        externalLabels: Object.keys(labels).length > 0 || before?.externalLabels ? labels : undefined,
        remoteWrite: without(parts.remoteWrite, before?.remoteWrite),
        remoteRead: without(parts.remoteRead, before?.remoteRead),
        storage: ours ? before.storage : parts.storage,
    };
}

export function resourcePlan({ config, since }: ResourceAttachment): Plan<ResourceParts, ResourceKept> {
    return {
        attach(state, kept) {
            const before = withoutResource(state, kept);
            return { state: withResource(before, config), kept: { since, config, before } };
        },
        detach: withoutResource,
    };
}

/** What others have changed of what we set; none: nothing. */
export function resourceDrift(parts: ResourceParts, { config }: ResourceKept): string[] {
    const labels = parts.externalLabels ?? {};
    return [
        ...(Object.entries(config.externalLabels).some(([name, value]) => labels[name] !== value)
            ? ["externalLabels"]
            : []),
        ...(["remoteWrite", "remoteRead"] as const).filter(
            (key) => !isDeepStrictEqual((parts[key] ?? []).filter(isOurs), [config[key]]),
        ),
        ...(config.storage && hasClaim(parts) ? ["storage"] : []),
    ];
}
