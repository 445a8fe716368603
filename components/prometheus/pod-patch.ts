import { isDeepStrictEqual } from "node:util";
import type { V1PodTemplateSpec } from "@kubernetes/client-node";
import { plain } from "../../support/plain.ts";
import type { PodParts } from "./pod.ts";

/** JSON Patch (RFC 6902) from a pod template to the parts that are wanted: only what differs, so that nothing else is touched. Pure. */
export function patchOf(
    template: V1PodTemplateSpec,
    index: number,
    wanted: Pick<PodParts, "args" | "volumes" | "mounts">,
    mark: { annotation: string; version: string | undefined },
): object[] {
    const { args, volumeMounts } = template.spec?.containers[index] ?? {};
    const at = (path: string) => `/spec/template/spec/${path}`;
    return [
        ...wordsPatch(at(`containers/${index}/args`), args ?? [], wanted.args),
        ...itemsPatch(at(`containers/${index}/volumeMounts`), volumeMounts, wanted.mounts, (one) => one.mountPath),
        ...itemsPatch(at("volumes"), template.spec?.volumes, wanted.volumes, (one) => one.name),
        ...annotate(template.metadata?.annotations, mark),
    ];
}

function wordsPatch(path: string, live: string[], wanted: string[]): object[] {
    if (isDeepStrictEqual(live, wanted)) return [];
    return [wanted.length > 0 ? { op: "add", path, value: wanted } : { op: "remove", path }];
}

/** Item by item: those of others keep even the fields that this client does not know. */
function itemsPatch<T extends object>(path: string, live: T[] = [], wanted: T[], keyOf: (item: T) => string): object[] {
    const byKey = new Map(wanted.map((item) => [keyOf(item), item]));
    const gone = live.flatMap((item, index) => (byKey.has(keyOf(item)) ? [] : [index])).reverse();
    const left = live.filter((item) => byKey.has(keyOf(item)));
    const added = wanted.filter((item) => !live.some((one) => keyOf(one) === keyOf(item)));
    return [
        ...gone.map((index) => ({ op: "remove", path: `${path}/${index}` })),
        ...left.flatMap((item, index) => {
            const value = byKey.get(keyOf(item));
            return isDeepStrictEqual(plain(item), plain(value))
                ? []
                : [{ op: "replace", path: `${path}/${index}`, value }];
        }),
        ...(live.length === 0 && added.length > 0 ? [{ op: "add", path, value: added }] : []),
        ...(live.length > 0 ? added.map((value) => ({ op: "add", path: `${path}/-`, value })) : []),
    ];
}

function annotate(
    live: Record<string, string> | undefined,
    { annotation, version }: { annotation: string; version: string | undefined },
): object[] {
    if (live?.[annotation] === version) return [];
    const path = "/spec/template/metadata/annotations";
    const own = `${path}/${annotation.replaceAll("~", "~0").replaceAll("/", "~1")}`;
    if (version === undefined) return [{ op: "remove", path: own }];
    return [live ? { op: "add", path: own, value: version } : { op: "add", path, value: { [annotation]: version } }];
}
