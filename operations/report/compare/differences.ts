import type { LoadedRun } from "../read.ts";

/** Something that is not the same under all runs: what it is, and its values on each side. */
export interface Difference {
    path: string;
    values: string[][];
}

/** Paths that tell where a run was, not how. */
const apart = /^topology\.(kubeconfig|context|stack|prometheus\.inspect)|^load\.(run|urls)|^load\.worker/;

/** Settings, versions, load, machine and topology that differ between the sides or within one. Pure. */
export function differencesOf(sides: readonly (readonly LoadedRun[])[]): Difference[] {
    const flat = sides.map((runs) => runs.map(({ run }) => flatOf(run)));
    const paths = [...new Set(flat.flatMap((runs) => runs.flatMap((run) => [...run.keys()])))].filter(
        (path) => !apart.test(path),
    );
    return paths.flatMap((path): Difference[] => {
        const values = flat.map((runs) => [...new Set(runs.map((run) => run.get(path) ?? "not set"))]);
        return new Set(values.flat()).size > 1 ? [{ path, values }] : [];
    });
}

function flatOf({
    scenario,
    short,
    series,
    site,
    settings,
    versions,
    load,
    machine,
    environment,
}: LoadedRun["run"]): Map<string, string> {
    const found = new Map<string, string>();
    const walk = (path: string, value: unknown) => {
        if (typeof value === "object" && value !== null && Object.keys(value).length > 0) {
            for (const [key, part] of Object.entries(value))
                walk(Array.isArray(value) ? `${path}[${key}]` : `${path}.${key}`, part);
        } else found.set(path, typeof value === "string" ? value : (JSON.stringify(value) ?? "not set"));
    };
    walk("scenario", scenario);
    // Runs of both kinds are no repeats of each other.
    walk("variant", short ? "short" : "full");
    walk("series asked for", series ?? "the scenario's own");
    walk("site", site);
    walk("settings", settings);
    walk("versions", versions);
    walk("load", load);
    walk("machine", machine);
    walk("topology", environment);
    return found;
}
