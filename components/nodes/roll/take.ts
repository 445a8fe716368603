import { messageOf, UserError } from "../../../support/errors.ts";
import { drain, refuseOrphans } from "./drain.ts";
import { switchHost } from "./host-waits.ts";
import { carriedBy, missingForSafety } from "./m3-state.ts";
import { podName } from "./pods.ts";
import type { TurnRecord } from "./record.ts";
import type { Step } from "./run-turn.ts";
import type { ClusterSide, Sides } from "./sides.ts";
import { scriptLimit, type TurnInput } from "./turn-input.ts";
import { askPatiently, untilNothingIsMissing } from "./waiting.ts";

/**
 * From a node at work to one that was asked to reboot. Returns the record, its boot the one that ends. What fails before the
 * request gives the node back: its pods return, and the next run begins anew.
 */
export async function takeNode(
    input: TurnInput,
    sides: Sides,
    earlier: TurnRecord | undefined,
    step: Step,
): Promise<TurnRecord & { boot: string }> {
    const { cluster, host, signal } = sides;
    let record = earlier;
    let asked = false;
    try {
        if (cluster) {
            await step("safe", () => untilSafe(input, sides, cluster, earlier));
            record = await step("cordon", () => cordon(input, sides, cluster, earlier));
            await step("drain", () => drain(sides, cluster, input.node, input.limits.drain));
        }
        const { prepare } = input;
        if (prepare !== undefined) await step("prepare", () => prepared(prepare));
        return await step("reboot", reboot);
    } catch (error) {
        if (signal.aborted || asked || !cluster || !record) throw error;
        throw withFate(error, await giveBack(sides, cluster, { forget: true }));
    }

    async function prepared(script: string) {
        const { code, output } = await host.run(script, scriptLimit);
        if (code !== 0) throw new UserError(`${input.node} could not be prepared for its reboot`, { what: output });
    }

    async function reboot() {
        // The drain took its time: what was safe before it need not be now. The node's own pods are the turn's doing.
        if (cluster && record) await untilSafe(input, sides, cluster, record);
        const boot = (await host.look()).id;
        const reason = input.reason;
        const begun = cluster && record ? record : { cordoned: false, carried: [], controllers: {}, unready: [] };
        const next = { ...begun, reason, boot };
        record = next;
        if (cluster) await askPatiently(sides, () => cluster.remember(next));
        else await host.remember(next);
        // A power cycle that fails may have switched it off: it is not given back, but gone on with.
        asked = input.reboot.by === "command";
        sides.say(`  boot ${boot} is asked to end`);
        await switchHost(input, sides, next);
        asked = true;
        return next;
    }
}

/**
 * Waits until the node may go. A turn that has taken pods away already does not wait long for the others: with the node given
 * back, its own can help.
 */
async function untilSafe(input: TurnInput, sides: Sides, cluster: ClusterSide, record: TurnRecord | undefined) {
    const { node, limits } = input;
    const replicationFactor = input.cluster?.replicationFactor ?? 0;
    const title = `it is not safe to take ${node}`;
    const next = "mend what is missing (m3perf verify tells more of it), then run this again";
    let protectedNow = true;
    await untilNothingIsMissing(sides, record ? sides.pace.patience : limits.safe, { title, next }, async () => {
        const [others, state] = await Promise.all([cluster.othersInTurn(), cluster.m3()]);
        protectedNow = state !== undefined;
        return [
            ...others.map((other) => `${other} is in its turn, or was left in it (annotation m3perf.io/turn)`),
            ...(state ? missingForSafety(state, { node, replicationFactor, carried: record?.carried ?? [] }) : []),
        ];
    });
    if (!protectedNow) sides.say("  no M3DB here yet: nothing to protect");
}

/** Throws UserError, with nothing changed, for what would make the turn end badly. */
async function cordon(
    input: TurnInput,
    sides: Sides,
    cluster: ClusterSide,
    earlier: TurnRecord | undefined,
): Promise<TurnRecord> {
    const { node, reason } = input;
    const seen = await askPatiently(sides, () => cluster.node());
    const state = await askPatiently(sides, () => cluster.m3());
    const pods = await askPatiently(sides, () => cluster.pods());
    refuseOrphans(node, pods);
    const carried = [...new Set([...(earlier?.carried ?? []), ...(state ? carriedBy(state, node) : [])])];
    const cordoned = earlier?.cordoned === true || seen?.unschedulable === false;
    if (!cordoned && carried.length > 0) {
        throw new UserError(`${node} is cordoned, and not by this roll`, {
            what: `it carries ${carried.join(", ")}, which would find no place after the drain as long as it is`,
            next: `kubectl uncordon ${node}, or leave it out of the roll`,
        });
    }
    const evicted = pods.flatMap(({ fate, controller }) => (fate === "evicted" && controller ? [controller] : []));
    const controllers: Record<string, number> = {};
    for (const name of new Set(evicted)) {
        const ready = (await askPatiently(sides, () => cluster.controller(name)))?.ready;
        if (ready !== undefined) controllers[name] = ready;
    }
    const record: TurnRecord = {
        reason,
        cordoned,
        carried,
        controllers: { ...controllers, ...earlier?.controllers },
        unready: earlier?.unready ?? pods.filter(({ ready }) => !ready).map(podName),
    };
    await askPatiently(sides, () => cluster.cordon(record));
    if (!cordoned) sides.say("  somebody else had cordoned it: it will stay so");
    return record;
}

/** Lets pods onto the node again where it was us who kept them off. Returns what became of it, for the error. */
export async function giveBack(sides: Sides, cluster: ClusterSide, { forget }: { forget: boolean }): Promise<string> {
    try {
        return await askPatiently(sides, async () => {
            const record = (await cluster.node())?.record;
            if (record?.cordoned) await cluster.uncordon();
            if (forget) await cluster.forget();
            return record?.cordoned === false ? "it stays cordoned, as somebody else had it" : "it takes pods again";
        });
    } catch (error) {
        return `it stays cordoned: ${messageOf(error)}`;
    }
}

function withFate(error: unknown, fate: string): UserError {
    if (!(error instanceof UserError)) return new UserError(`${messageOf(error)}; ${fate}`);
    const [title = ""] = error.message.split("\n");
    return new UserError(`${title}; ${fate}`, error.problems, error.exitCode);
}
