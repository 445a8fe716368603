import { wrongName } from "../cli/named-stack.ts";

/** When reset and restore refuse. Pure, so that a table of cases tells it all. */
export interface Asked {
    action: "reset" | "restore";
    /** The stack that the command line names. */
    stack: string;
    /** M3 has a placement and namespaces in etcd. */
    heldData: boolean;
    force: boolean;
    /** reset: the name that was typed, or given by --yes-i-mean; undefined: none. */
    named?: string | undefined;
    /** restore: whether the snapshot has a placement and namespaces of this environment. */
    fits?: boolean;
}

/** Why it is refused, and what to do; undefined: it may go on. */
export function refusal(asked: Asked): { why: string; next: string } | undefined {
    const { action, stack, heldData, force, named, fits } = asked;
    if (heldData && !force) {
        return {
            why: "the cluster holds data: M3 has a placement and namespaces in this etcd",
            next: `stop the load, then m3perf etcd ${action} --force if that is what you want`,
        };
    }
    if (action === "restore") {
        if (fits || force) return undefined;
        return {
            why: "the snapshot has no placement and namespaces of this environment: it is of another one, or of one that was empty",
            next: "choose another file, or add --force to put it back all the same",
        };
    }
    return wrongName(stack, named);
}
