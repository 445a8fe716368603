import type { KernelSettings } from "../../../settings/kernel.ts";
import type { TurnInput } from "../roll/turn-input.ts";
import { kernelScript } from "./script.ts";

/** One step of the manual run on one node. */
export interface KernelStep {
    /** Ends the resource's name. */
    name: string;
    /** For the plan: "update all packages". */
    does: string;
    script: string;
    /** False: it only looks, and may run at any time. */
    changes: boolean;
    /** Of the resource, like "10m". What is at work on the host by then goes on; the next run waits for it. */
    limit: string;
}

/** The steps before the node's turn, in order, by the file in steps/ that each is. */
const before = [
    { name: "release", does: "record the release and the running kernel", changes: false, limit: "5m" },
    { name: "update", does: "update all packages", changes: true, limit: "60m" },
    { name: "fastestmirror", does: "install fastestmirror, where there is one", changes: true, limit: "10m" },
    { name: "key", does: "import elrepo's keys by their fingerprints", changes: true, limit: "10m" },
    { name: "elrepo-release", does: "install elrepo-release, its signature checked", changes: true, limit: "15m" },
    { name: "repolist", does: "list the repositories", changes: false, limit: "5m" },
    { name: "kernel", does: "install kernel-ml and its boot entry", changes: true, limit: "60m" },
];

const after = { name: "uname", does: "see that it runs and is the default", changes: false, limit: "5m" };

/** Steps of a node before its turn. */
export function stepsBefore(node: string, kernel: KernelSettings): KernelStep[] {
    return before
        .filter(({ name }) => name !== "update" || kernel.update)
        .map((step) => ({ ...step, script: kernelScript(`steps/${step.name}.sh`, node, kernel) }));
}

/** The step after it. */
export function stepAfter(node: string, kernel: KernelSettings): KernelStep {
    return { ...after, script: kernelScript("steps/uname.sh", node, kernel) };
}

/** What the node's turn asks and does on the host (components/nodes/roll). */
export function turnScripts(
    node: string,
    kernel: KernelSettings,
): Required<Pick<TurnInput, "needed" | "prepare" | "check" | "settle">> {
    const script = (name: string) => kernelScript(`turn/${name}.sh`, node, kernel);
    return { needed: script("needed"), prepare: script("prepare"), check: script("check"), settle: script("settle") };
}
