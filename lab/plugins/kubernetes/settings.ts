/** The provider's own configuration (k8s.Provider's arguments, or `kubernetes:…` in the stack's configuration). */
import {
    type CheckFailure,
    type CheckResult,
    type DiffResult,
    equal,
    isMap,
    type PropertyMap,
    type PropertyValue,
    Unknown,
    unseal,
} from "../shared/index.ts";
import { loadKubeconfig, targetOf } from "./cluster/kubeconfig.ts";

export interface ProviderSettings {
    kubeconfig?: string;
    context?: string;
    cluster?: string;
    namespace?: string;
    serverSideApply: boolean;
    configMapMutable: boolean;
    secretMutable: boolean;
    patchForce: boolean;
    upsert: boolean;
    deleteUnreachable: boolean;
    skipUpdateUnreachable: boolean;
    suppressDeprecationWarnings: boolean;
}

const texts = ["kubeconfig", "context", "cluster", "namespace", "clusterIdentifier"];
const flags = [
    "enableServerSideApply",
    "enableConfigMapMutable",
    "enableSecretMutable",
    "enablePatchForce",
    "upsertExistingObjects",
    "deleteUnreachable",
    "skipUpdateUnreachable",
    "suppressDeprecationWarnings",
    "suppressHelmHookWarnings",
];
/** They tune what this substitute does not have (Helm), or its own client, which has fixed limits. */
const ignored = ["helmReleaseSettings", "kubeClientSettings"];
const refused: Record<string, string> = {
    renderYamlToDirectory: "rendering to a directory needs the official Kubernetes plugin",
    alwaysRender: "rendering to a directory needs the official Kubernetes plugin",
};
const bookkeeping = ["version", "pluginDownloadURL", "pluginChecksums", "__internal"];

/** Refuses what is unknown or of the wrong type, each with its path. */
export function checkSettings(news: PropertyMap): CheckResult {
    const failures: CheckFailure[] = [];
    for (const [key, sealed] of Object.entries(news)) {
        const value = unseal(sealed);
        if (bookkeeping.includes(key) || ignored.includes(key) || value === null || value instanceof Unknown) continue;
        if (refused[key]) failures.push({ property: key, reason: refused[key] });
        else if (texts.includes(key)) {
            if (typeof value !== "string")
                failures.push({ property: key, reason: `must be a text, is ${typeof value}` });
        } else if (flags.includes(key)) {
            if (flagOf(value) === undefined) failures.push({ property: key, reason: "must be true or false" });
        } else {
            const known = [...texts, ...flags, ...ignored].sort().join(", ");
            failures.push({ property: key, reason: `unknown setting of the Kubernetes provider; there are: ${known}` });
        }
    }
    return { inputs: news, failures };
}

/** Values may come as texts: stack configuration and default providers send them so. */
function flagOf(value: PropertyValue | undefined): boolean | undefined {
    if (typeof value === "boolean") return value;
    if (value === "true") return true;
    return value === "false" ? false : undefined;
}

export function settingsOf(config: PropertyMap, env: NodeJS.ProcessEnv = process.env): ProviderSettings {
    const flag = (key: string, variable: string, otherwise: boolean) =>
        flagOf(unseal(config[key] ?? null)) ?? flagOf(env[variable]) ?? otherwise;
    const settings: ProviderSettings = {
        serverSideApply: flag("enableServerSideApply", "PULUMI_K8S_ENABLE_SERVER_SIDE_APPLY", true),
        configMapMutable: flag("enableConfigMapMutable", "PULUMI_K8S_ENABLE_CONFIGMAP_MUTABLE", false),
        secretMutable: flag("enableSecretMutable", "PULUMI_K8S_ENABLE_SECRET_MUTABLE", false),
        patchForce: flag("enablePatchForce", "PULUMI_K8S_ENABLE_PATCH_FORCE", false),
        upsert: flag("upsertExistingObjects", "PULUMI_K8S_UPSERT_EXISTING_OBJECTS", false),
        deleteUnreachable: flag("deleteUnreachable", "PULUMI_K8S_DELETE_UNREACHABLE", false),
        skipUpdateUnreachable: flag("skipUpdateUnreachable", "PULUMI_K8S_SKIP_UPDATE_UNREACHABLE", false),
        suppressDeprecationWarnings: flag(
            "suppressDeprecationWarnings",
            "PULUMI_K8S_SUPPRESS_DEPRECATION_WARNINGS",
            false,
        ),
    };
    for (const key of ["kubeconfig", "context", "cluster", "namespace"] as const) {
        const value = unseal(config[key] ?? null);
        if (typeof value === "string" && value !== "") settings[key] = value;
    }
    return settings;
}

/**
 * A provider that points to another cluster is replaced, and with it everything that it made; any other change is an
 * update. Clusters are told apart as the official provider does: by clusterIdentifier when given, else by the server
 * and name of the cluster that the kubeconfig's context selects. What cannot be read is treated as an update.
 */
export function diffSettings(olds: PropertyMap, news: PropertyMap): DiffResult {
    const result: DiffResult = { changes: {} };
    const keys = [...new Set([...Object.keys(olds), ...Object.keys(news)])].filter((key) => !bookkeeping.includes(key));
    const replaces = clusterChanges(olds, news);
    for (const key of keys.sort()) {
        const [old, now] = [olds[key] ?? null, news[key] ?? null];
        if (equal(old, now)) continue;
        const kind = old === null ? "add" : now === null ? "delete" : "update";
        const selects = ["kubeconfig", "context", "cluster", "clusterIdentifier"].includes(key);
        result.changes[key] = { kind: replaces && selects ? `${kind}-replace` : kind, inputDiff: true };
    }
    return result;
}

function clusterChanges(olds: PropertyMap, news: PropertyMap): boolean {
    const [oldId, newId] = [unseal(olds.clusterIdentifier ?? null), unseal(news.clusterIdentifier ?? null)];
    if (typeof newId === "string" || typeof oldId === "string") return !(newId instanceof Unknown) && oldId !== newId;
    const [old, now] = [identityOf(olds), identityOf(news)];
    return old !== undefined && now !== undefined && old !== now;
}

function identityOf(config: PropertyMap): string | undefined {
    if (Object.values(config).some((value) => unseal(value) instanceof Unknown)) return undefined;
    try {
        const settings = settingsOf(isMap(config) ? config : {});
        const { clusterName, cluster } = targetOf(loadKubeconfig(settings.kubeconfig), settings);
        return JSON.stringify([clusterName, cluster.server]);
    } catch {
        return undefined;
    }
}
