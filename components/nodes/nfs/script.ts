import { readFileSync } from "node:fs";
import { join } from "node:path";
import { quoted } from "../kernel/script.ts";

/** An export on a host. */
export interface ExportPlan {
    /** The Kubernetes node's name, in front of what the scripts say. */
    node: string;
    /** Absolute, plainly written (settings/rules/repository.ts). */
    directory: string;
    /** Addresses of the nodes. */
    clients: string[];
    /** What the claim says, MiB; nothing on the host reserves it. */
    sizeMi: number;
    /** In the export's file: whose it is. */
    owner: string;
}

/** In order; each is a file in steps/ with `up` and `down`. */
export const exportSteps = ["package", "directory", "export", "service", "check"] as const;
export type ExportStep = (typeof exportSteps)[number];

/**
 * sync: an answer means that it is on the disk. all_squash: pods write as whichever user they run, and what one has written
 * another must be able to replace; and nobody is root there.
 */
const options = "rw,sync,no_subtree_check,all_squash,anonuid=65534,anongid=65534";

/**
 * One step, complete, for `sh -s up` or `sh -s down`. Nothing is done before the last line has been read: a connection that is
 * cut while the script travels does nothing. `root`: another root folder, in tests.
 */
export function exportScript(step: ExportStep, plan: ExportPlan, root = ""): string {
    const variables = {
        ROOT: root,
        NODE: plan.node,
        DIRECTORY: plan.directory,
        SLUG: plan.directory.slice(1).replaceAll("/", "-"),
        CLIENTS: plan.clients.join(" "),
        OPTIONS: options,
        SIZE_MI: String(plan.sizeMi),
        OWNER: plan.owner,
    };
    return [
        `# ${step} of the repository, by m3perf (components/nodes/nfs)`,
        "set -eu",
        ...Object.entries(variables).map(([name, value]) => `${name}=${quoted(value)}`),
        read("lib.sh"),
        read(`steps/${step}.sh`),
        '"$1" </dev/null',
        "",
    ].join("\n");
}

const read = (file: string) => readFileSync(join(import.meta.dirname, file), "utf8").trimEnd();
