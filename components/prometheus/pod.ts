import { isDeepStrictEqual } from "node:util";
import type { V1Volume, V1VolumeMount } from "@kubernetes/client-node";
import type { SecretMount } from "../../settings/prometheus/entries.ts";
import type { PrometheusSettings } from "../../settings/schema/prometheus.ts";
import { UserError } from "../../support/errors.ts";
import { flagValue, type Removed, removeFlags, restoreFlags } from "./flags.ts";

/** The pods of an existing Prometheus: its arguments, its claim, the Secrets and ConfigMaps it reads. What we change, and how it is undone. Pure. */

/** Of a pod template, what we may change. */
export interface PodParts {
    image: string;
    args: string[];
    volumes: V1Volume[];
    mounts: V1VolumeMount[];
    /** Names of a StatefulSet's claim templates: volumes that `volumes` does not show. */
    claims: string[];
}

export interface PodWishes {
    localStorage: PrometheusSettings["localStorage"];
    secrets: SecretMount[];
    /** ConfigMaps that the pods need as folders. Absent (older ones that were kept): none. */
    configMaps?: ConfigMapMount[];
}

export interface ConfigMapMount {
    /** Name of the volume. */
    name: string;
    configMap: string;
    mountPath: string;
}

/** What was done to the pods: enough to undo it alone. */
export interface PodChange {
    wishes: PodWishes;
    removed: Removed[];
    added: string[];
    /** The volume with a claim that an emptyDir took the place of. */
    claim?: V1Volume;
}

const tsdb = /^--(no-)?storage\.tsdb\./;
// Prometheus does not start as an agent with any of these (cmd/prometheus/main.go, serverOnlyFlag).
const serverOnly = /^--(no-)?(storage\.tsdb\.|storage\.remote\.read-|rules\.|alertmanager\.|query\.|web\.search\.)/;

export function changePod(parts: PodParts, wishes: PodWishes): { parts: PodParts; change: PodChange } {
    const { localStorage, secrets, configMaps = [] } = wishes;
    let { args, volumes, mounts } = parts;
    const change: PodChange = { wishes, removed: [], added: [] };
    if (localStorage !== "keep") {
        const path = flagValue(args, "--storage.tsdb.path");
        const flags = removeFlags(args, localStorage === "agent" ? serverOnly : tsdb);
        change.removed = flags.removed;
        change.added = localStorage === "agent" ? agentFlags(parts.image, flags.args, path) : [];
        args = [...flags.args, ...change.added];
        const claim = claimOf(parts, dataPath(path));
        if (claim) {
            change.claim = claim;
            volumes = volumes.map((one) => (one === claim ? emptied(claim) : one));
        }
    }
    volumes = [
        ...volumes,
        ...secrets.map(({ name, secretName }) => ({ name, secret: { secretName, defaultMode: 0o644 } })),
        ...configMaps.map(({ name, configMap }) => ({ name, configMap: { name: configMap, defaultMode: 0o644 } })),
    ];
    const mounted = [...secrets, ...configMaps];
    mounts = [...mounts, ...mounted.map(({ name, mountPath }) => ({ name, mountPath, readOnly: true }))];
    return { parts: { ...parts, args, volumes, mounts }, change };
}

/** The pods without our change; what others have changed since stays, even where it was ours. */
export function undoPod(parts: PodParts, { removed, added, claim, wishes }: PodChange): PodParts {
    const ours = new Set([...wishes.secrets, ...(wishes.configMaps ?? [])].map(({ name }) => name));
    const rest = parts.args.filter((arg) => !added.includes(arg));
    return {
        ...parts,
        args: restoreFlags(rest, removed),
        volumes: parts.volumes
            .filter(({ name }) => !ours.has(name))
            .map((one) => (claim && isDeepStrictEqual(one, emptied(claim)) ? claim : one)),
        mounts: parts.mounts.filter(({ name }) => !ours.has(name)),
    };
}

/** True when the pods are no longer as our change left them; in what order, does not matter. */
export function podDrifted(parts: PodParts, change: PodChange): boolean {
    const sorted = ({ args, volumes, mounts }: PodParts) => ({
        args: args.toSorted(),
        volumes: volumes.toSorted((one, other) => one.name.localeCompare(other.name)),
        mounts: mounts.toSorted((one, other) => one.mountPath.localeCompare(other.mountPath)),
    });
    const wanted = changePod(undoPod(parts, change), change.wishes).parts;
    return !isDeepStrictEqual(sorted(wanted), sorted(parts));
}

const emptied = ({ name }: V1Volume): V1Volume => ({ name, emptyDir: {} });

/** "v2.42.0" of an image's tag as [2, 42]; undefined where the tag is no version. */
export function versionOf(image: string): [number, number] | undefined {
    const [, major, minor] = /:v?(\d+)\.(\d+)[^/]*$/.exec(image.replace(/@.*$/, "")) ?? [];
    return major === undefined || minor === undefined ? undefined : [Number(major), Number(minor)];
}

function agentFlags(image: string, args: string[], path: string | undefined): string[] {
    const version = versionOf(image);
    if (!version) {
        throw new UserError(`the image ${image} has no version in its tag`, {
            what: "localStorage agent needs it: agent mode is --enable-feature=agent in Prometheus 2 and --agent in 3",
            next: "give Prometheus an image with a version as its tag, or use localStorage keep or minimal",
        });
    }
    const [major, minor] = version;
    if (major < 2 || (major === 2 && minor < 32)) {
        throw new UserError(`the image ${image} has no agent mode`, { what: "it came with Prometheus 2.32" });
    }
    // Under the old path its data is where the volume is mounted, not in the container's own layer.
    const wanted = [
        major === 2 ? "--enable-feature=agent" : "--agent",
        ...(path === undefined ? [] : [`--storage.agent.path=${path.replace(/\/*$/, "")}/agent`]),
    ];
    return wanted.filter((flag) =>
        flag.startsWith("--enable-feature") ? !isAgent(args) : flagValue(args, flag.split("=")[0] ?? "") === undefined,
    );
}

/** A Prometheus 2 that its owner runs as an agent already, beside other features or not. */
const isAgent = (args: string[]) =>
    args.some(
        (arg) =>
            /^--enable-feature=/.test(arg) &&
            arg
                .replace(/^[^=]*=/, "")
                .split(",")
                .includes("agent"),
    );

/** Where Prometheus' data is: data/ below its image's working folder, unless told. */
const dataPath = (path = "data") => (path.startsWith("/") ? path : `/prometheus/${path}`);

/** The volume whose claim holds Prometheus' data; undefined where there is none. */
function claimOf({ volumes, mounts, claims }: PodParts, path: string): V1Volume | undefined {
    const holds = ({ mountPath, readOnly }: V1VolumeMount) =>
        readOnly !== true && `${path}/`.startsWith(`${mountPath.replace(/\/*$/, "")}/`);
    const names = mounts.filter(holds).map(({ name }) => name);
    const template = claims.find((name) => names.includes(name));
    if (template !== undefined) {
        throw new UserError(`Prometheus' data is on the claim template ${template} of its StatefulSet`, {
            what: "a StatefulSet's claim templates cannot be changed; localStorage minimal and agent need a Deployment, or a StatefulSet without them",
        });
    }
    return volumes.find(({ name, persistentVolumeClaim }) => persistentVolumeClaim && names.includes(name));
}
