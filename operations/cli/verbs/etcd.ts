import { join } from "node:path";
import { UserError } from "../../../support/errors.ts";
import { stateDir, userPath } from "../../../support/paths.ts";
import { createProgress, type Progress } from "../../../support/progress.ts";
import { deleteAll, planRestore, restoreKeys } from "../../etcd/change.ts";
import { byPrefix, etcdOf, heldData, readKeys } from "../../etcd/client.ts";
import { snapshotOf } from "../../etcd/database.ts";
import { type Asked, refusal } from "../../etcd/refusal.ts";
import { type Snapshot, snapshotName, takeSnapshot } from "../../etcd/snapshot.ts";
import { bytesText, etcdStatus, prefixTable, statusText } from "../../etcd/status.ts";
import { type Reached, reach } from "../../stack/reach.ts";
import { exitCodes } from "../exit.ts";
import { namedStack } from "../named-stack.ts";
import { printJson } from "../output.ts";
import type { Values } from "../verbs.ts";

/** Of each action: whether a file stands after it. */
const actions = { status: "none", snapshot: "may", restore: "must", reset: "none" } as const;
type Action = keyof typeof actions;

export async function main(values: Values, words: string[]): Promise<number> {
    const { action, file } = parseAction(words);
    // Read before anything is reached: a broken file must not cost a look at the cluster.
    const wanted = action === "restore" && file ? snapshotOf(file) : undefined;
    const progress = createProgress();
    const reached = await reach(values, progress.say);
    if (action === "status") return status(values, reached);
    if (action === "snapshot") {
        const taken = await keep(reached, progress, file);
        if (values.json) printJson(taken);
        else process.stdout.write(`${snapshotText(taken)}\n`);
        return exitCodes.ok;
    }
    return wanted ? restore(values, reached, progress, wanted) : reset(values, reached, progress);
}

/** Pure but for the user's folder. Throws UserError. */
export function parseAction(words: string[]): { action: Action; file?: string } {
    const [action = "", file, ...more] = words;
    const rule = Object.hasOwn(actions, action) ? actions[action as Action] : undefined;
    const wrong =
        rule === undefined ||
        more.length > 0 ||
        (rule === "none" && file !== undefined) ||
        (rule === "must" && file === undefined);
    if (wrong) {
        throw new UserError(
            `m3perf etcd ${words.join(" ")}`.trimEnd(),
            { what: "allowed: status, snapshot [FILE], restore FILE, reset", next: "m3perf help etcd" },
            exitCodes.usage,
        );
    }
    return { action: action as Action, ...(file === undefined ? {} : { file: userPath(file) }) };
}

async function status(values: Values, { environment, kubernetes }: Reached): Promise<number> {
    const seen = await etcdStatus(environment, kubernetes);
    if (values.json) printJson(seen);
    else process.stdout.write(statusText(seen));
    const well = seen.leader !== null && seen.problems.length === 0 && seen.alarms.length === 0;
    return well && seen.members.every(({ errors }) => errors.length === 0) ? exitCodes.ok : exitCodes.failed;
}

function keep({ session, environment, stream }: Reached, progress: Progress, file?: string): Promise<Snapshot> {
    const folder = stateDir("etcd", session.lab === null ? session.stack : `${session.lab}-${session.stack}`);
    const to = file ?? join(folder, snapshotName(session.stack, Date.now()));
    return progress.step("snapshot of etcd", () => takeSnapshot(environment, stream, to));
}

const snapshotText = ({ file, bytes, sha256, revision, keys }: Snapshot) =>
    `${file}: ${bytesText(bytes)}, revision ${revision}, ${keys} keys, sha256 ${sha256}`;

const again = ({ session }: Reached, verb: string) => {
    const lab = session.lab === null || session.lab === "lab" ? "" : ` --lab ${session.lab}`;
    return `m3perf ${verb}${session.stack === "dev" ? "" : ` --stack ${session.stack}`}${lab}`;
};

function refuse(asked: Asked): void {
    const reason = refusal(asked);
    if (!reason) return;
    const { why, next } = reason;
    throw new UserError(`etcd ${asked.action} is refused; nothing was changed`, { what: why, next }, exitCodes.usage);
}

export async function restore(
    values: Values,
    reached: Reached,
    progress: Progress,
    wanted: ReturnType<typeof snapshotOf>,
): Promise<number> {
    const { environment, kubernetes, session } = reached;
    const ask = etcdOf(environment, kubernetes);
    const { keys } = await readKeys(ask);
    const plan = planRestore(keys, wanted.keys);
    const nothing = plan.put.length + plan.remove.length === 0;
    if (!nothing) {
        refuse({
            action: "restore",
            stack: session.stack,
            heldData: heldData(keys, environment),
            force: values.force === true,
            fits: heldData(wanted.keys, environment),
        });
    }
    const before = nothing ? null : await keep(reached, progress);
    if (before) await progress.step("restore", () => restoreKeys(ask, plan, wanted.keys));
    const done = {
        put: plan.put.length,
        removed: plan.remove.length,
        same: plan.same,
        leftOut: plan.leased,
        flushTimes: plan.flushTimes,
    };
    if (values.json) printJson({ ...done, before });
    else {
        process.stdout.write(
            [
                `Keys written: ${done.put}, removed: ${done.removed}, the same already: ${done.same}; left as they are: ${done.leftOut} elections, ${done.flushTimes} flush times.`,
                ...(before ? [`What was there before: ${snapshotText(before)}`] : []),
                `Next: ${again(reached, "verify")} --wait 120`,
                "",
            ].join("\n"),
        );
    }
    return exitCodes.ok;
}

export async function reset(values: Values, reached: Reached, progress: Progress): Promise<number> {
    const { environment, kubernetes, session } = reached;
    const { stack } = session;
    const ask = etcdOf(environment, kubernetes);
    const { keys } = await readKeys(ask);
    const lost = byPrefix(keys);
    progress.say(`etcd of the stack "${stack}" (${environment.etcd.endpoints.join(", ")}) would lose:`);
    for (const line of prefixTable(lost)) progress.say(`  ${line}`);
    const asked = {
        action: "reset",
        stack,
        heldData: heldData(keys, environment),
        force: values.force === true,
    } as const;
    // Asked for only where the name is all that is missing.
    refuse({ ...asked, named: stack });
    refuse({ ...asked, named: await namedStack(values, stack) });
    const before = await keep(reached, progress);
    const { deleted } = await progress.step("delete every key", () => deleteAll(ask));
    if (values.json) printJson({ deleted, lost, before });
    else {
        process.stdout.write(
            [
                `Keys deleted: ${deleted}. They are in ${snapshotText(before)}`,
                "Next, one of:",
                `  ${again(reached, "etcd restore")} ${before.file}   put it back`,
                `  ${again(reached, "down")} --keep-lab; ${again(reached, "up")}   a new environment`,
                "",
            ].join("\n"),
        );
    }
    return exitCodes.ok;
}
