import { UserError } from "../../../support/errors.ts";
import { comeBack, goesDown, lookNow, reached, switchHost } from "./host-waits.ts";
import type { TurnRecord } from "./record.ts";
import type { Boot, Sides } from "./sides.ts";
import { scriptLimit, type TurnInput } from "./turn-input.ts";
import { askPatiently } from "./waiting.ts";

/**
 * Where a turn stands. done: nothing to do. take: from the start, or from where it was before the reboot. rebooted: the reboot is
 * behind it. rejoin: only the way back into the cluster is left.
 */
export type Standing =
    | { at: "done" }
    | { at: "take"; record: TurnRecord | undefined }
    | { at: "rebooted" | "rejoin"; record: TurnRecord; boot: Boot };

/** Looks at what is: the record of an interrupted turn, the host's boot, and the host's own answer whether it needs a turn. */
export async function firstLook(input: TurnInput, sides: Sides): Promise<Standing> {
    const { cluster, host, say } = sides;
    let record = cluster ? await recordInCluster(input, sides) : undefined;
    let boot = await lookNow(sides);
    if (record?.boot !== undefined && !boot) boot = await endReboot(input, sides, record, record.cycled !== true);
    // A host without a cluster keeps its record itself: it may be in the middle of its reboot.
    boot ??= await reached(sides, cluster ? sides.pace.patience : input.limits.boot);
    if (!cluster) record = await host.record();
    if (record?.boot === boot.id && (await goesDown(sides, boot.id)))
        boot = await endReboot(input, sides, record, false);
    if (record) say(`  goes on with an interrupted turn: ${record.reason}`);

    const ours = record?.reason === input.reason ? record : undefined;
    if (ours?.boot !== undefined && ours.boot !== boot.id) {
        say(`  rebooted already: boot ${boot.id}, was ${ours.boot}`);
        return { at: "rebooted", record: ours, boot };
    }
    const { code, output } = await host.run(input.needed, scriptLimit);
    if (code === 0) return { at: "take", record };
    if (code !== needsNone)
        throw new UserError(`whether ${input.node} needs its turn could not be found out (exit code ${code})`, {
            what: output,
        });
    if (record) return { at: "rejoin", record, boot };
    say(`${input.node} needs no turn: nothing was touched`);
    return { at: "done" };
}

/** Exit code of TurnInput.needed. */
const needsNone = 3;

async function recordInCluster({ node }: TurnInput, sides: Sides): Promise<TurnRecord | undefined> {
    const seen = await askPatiently(sides, async () => sides.cluster?.node());
    if (seen) return seen.record;
    throw new UserError(`the cluster has no node ${node}`, {
        what: "the site file's names must be those of the Kubernetes nodes",
        next: "kubectl get nodes",
    });
}

/** `again`: a power cycle that was cut short may have left it off, so it is done once more. */
async function endReboot(input: TurnInput, sides: Sides, record: TurnRecord, again: boolean): Promise<Boot> {
    sides.say("  it is in the reboot that was asked for");
    if (again && input.reboot.by === "command") await switchHost(input, sides, record);
    return await comeBack(input, sides, record.boot ?? "");
}
