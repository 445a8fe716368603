/** Diff: which properties change, and whether that means a new object. Inputs against inputs: server defaults never show. */
import {
    type ChangeKind,
    type DiffRequest,
    type DiffResult,
    isMap,
    type PropertyMap,
    type PropertyValue,
    Unknown,
    unsealMap,
} from "../../shared/index.ts";
import { annotationOf, annotations, at, type JsonObject, nameOf, namespaceOf } from "../cluster/objects.ts";
import { kindOf } from "./kinds.ts";
import { isAutonamed } from "./names.ts";
import { type Path, pathText } from "./paths.ts";
import { needsReplacement, type ReplaceOptions, replacementRules } from "./replace-rules.ts";
import { toServer } from "./state.ts";

export interface Change {
    path: Path;
    kind: "add" | "delete" | "update";
}

/** Every leaf that differs. A list that only grew or shrank at its end changes there, not as a whole. */
export function changesBetween(
    old: PropertyValue | undefined,
    now: PropertyValue | undefined,
    path: Path = [],
): Change[] {
    if (old === undefined) return now === undefined ? [] : [{ path, kind: "add" }];
    if (now === undefined) return [{ path, kind: "delete" }];
    if (isMap(old) && isMap(now)) {
        const keys = [...new Set([...Object.keys(old), ...Object.keys(now)])].sort();
        return keys.flatMap((key) => changesBetween(old[key], now[key], [...path, key]));
    }
    if (Array.isArray(old) && Array.isArray(now)) {
        const length = Math.max(old.length, now.length);
        return Array.from({ length }, (_, index) => changesBetween(old[index], now[index], [...path, index])).flat();
    }
    const same = old === now && !(now instanceof Unknown);
    return same ? [] : [{ path, kind: "update" }];
}

export type DiffOptions = Omit<ReplaceOptions, "patch">;

export function diffResource(request: DiffRequest, options: DiffOptions): DiffResult {
    const live = unsealMap(request.olds) as JsonObject;
    const known = isMap(request.olds.__inputs) ? request.olds.__inputs : {};
    const olds = toServer(unsealMap(Object.keys(request.oldInputs).length > 0 ? request.oldInputs : known));
    const news = toServer(unsealMap(request.news));
    const { patch } = kindOf(request.type, request.news);

    const changes = changesBetween(olds, news).filter((change) => !onlyTheDefaultNamespace(change, news, live));
    const rules = replacementRules({ ...live, ...(olds as JsonObject) }, { ...options, patch });
    const result: DiffResult = { changes: {} };
    let replaced = false;
    for (const { path, kind } of changes) {
        const replaces = needsReplacement(path, rules);
        replaced ||= replaces;
        const change = (replaces ? `${kind}-replace` : kind) as ChangeKind;
        result.changes[pathText(path)] = { kind: change, inputDiff: true };
    }
    if (!patch && isUnreadyJob(news as JsonObject, live)) {
        result.changes["metadata.name"] ??= { kind: "update-replace", inputDiff: false };
        replaced = true;
    }
    result.deleteBeforeReplace = replaced && keepsItsName(news, live);
    return result;
}

/** An object whose kind was unknown at the last update got the default namespace from the server, not from Check. */
function onlyTheDefaultNamespace({ path, kind }: Change, news: PropertyMap, live: JsonObject): boolean {
    return (
        kind === "add" &&
        pathText(path) === "metadata.namespace" &&
        namespaceOf(news as JsonObject) === namespaceOf(live)
    );
}

/** Two objects cannot have one name at a time: the old one goes first, unless the name was made up by us. */
function keepsItsName(news: PropertyMap, live: JsonObject): boolean {
    const now = news as JsonObject;
    return (
        nameOf(now) !== "" &&
        !isAutonamed(news) &&
        nameOf(now) === nameOf(live) &&
        namespaceOf(now) === namespaceOf(live)
    );
}

/** `pulumi.com/replaceUnready`: a Job that did not complete is run again as a new one. */
function isUnreadyJob(news: JsonObject, live: JsonObject): boolean {
    if (news.kind !== "Job" || annotationOf(news, annotations.replaceUnready) !== "true") return false;
    const conditions = at(live, "status", "conditions");
    return (
        Array.isArray(conditions) &&
        conditions.some((entry) => at(entry, "type") === "Failed" && at(entry, "status") === "True")
    );
}
