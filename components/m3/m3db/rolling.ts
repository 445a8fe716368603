import { UserError } from "../../../support/errors.ts";
import { type M3State, missingForRestart } from "../../nodes/roll/m3-state.ts";
import { askPatiently, untilNothingIsMissing } from "../../nodes/roll/waiting.ts";
import { resize } from "./resizing.ts";
import { olderThanRetention, retentionsTold } from "./retention.ts";
import type { PodState, RollInput, RollSides, SetState } from "./roll-sides.ts";
import { type PodSource, specDifferences } from "./spec-differences.ts";

/** Restarts after which a pod is not waited for any longer. */
const enoughRestarts = 3;

/** A StatefulSet and its pods, as they are. */
interface Replica {
    name: string;
    /** Undefined: not made yet; it will be made of the newest spec. */
    set: SetState | undefined;
    pods: PodState[];
    /** In what its pods, or those that would be made next, are not what the spec asks for. */
    differences: string[];
}

/**
 * Brings every database pod to what the M3DBCluster asks for, one StatefulSet (replica) at a time: the operator only updates a
 * StatefulSet that is annotated. Goes by what is there alone, so that it can be interrupted anywhere and run again. Throws
 * UserError when a replica does not come back; the others are left as they are.
 */
export async function roll(input: RollInput, sides: RollSides): Promise<void> {
    const spec = await askPatiently(sides, () => sides.cluster.spec());
    if (!spec) return sides.say(`there is no M3DBCluster ${input.namespace}/${input.cluster}: nothing to roll`);
    const told = await retentionsTold(input, sides);
    await takeAll(input, sides, spec);
    if (!told && (await askPatiently(sides, () => sides.cluster.placed()))) {
        const title =
            "no database pod tells of its namespaces: whether they keep their samples as long as asked is not known";
        const next = "m3perf verify; then run this again";
        await untilNothingIsMissing(sides, input.limits.back, { title, next }, async () =>
            (await retentionsTold(input, sides)) ? [] : ["no database pod answers"],
        );
        await takeAll(input, sides, spec);
    }
    await askPatiently(sides, () => sides.cluster.rememberForRestart([]));
    await resize(input, sides);
    const removed = spec.configMapName ? await askPatiently(sides, () => tidied(sides, spec.configMapName)) : [];
    for (const name of removed) sides.say(`removed the old configuration ${name}`);
    sides.say("every database pod is made of what the M3DBCluster asks for");
}

/** Every replica that differs, one after the other. */
async function takeAll(input: RollInput, sides: RollSides, spec: PodSource): Promise<void> {
    for (const done = new Set<string>(); ; ) {
        const replicas = await askPatiently(sides, () => look(input, sides, spec));
        const open = replicas.filter(({ name, differences }) => differences.length > 0 && !done.has(name));
        if (open.length === 0) return;
        const state = await askPatiently(sides, () => sides.cluster.m3());
        const broken = state ? open.find(({ name }) => !serves(state, name)) : undefined;
        const next = broken ?? open[0];
        if (!next) return;
        sides.say(`${next.name} (${open.length} to go):`);
        for (const difference of next.differences) sides.say(`  ${difference}`);
        // One that does not serve can be restarted at any time: nothing gets worse, and only that mends it.
        if (!broken) {
            await resize(input, sides);
            await untilSafe(input, sides, next);
        }
        await take(input, sides, spec, next, !broken);
        done.add(next.name);
        sides.say(`  ${next.name} is back`);
    }
}

const tidied = async ({ cluster }: RollSides, keep = "") => (keep === "" ? [] : cluster.tidy(keep));

async function look({ sets }: RollInput, { cluster }: RollSides, spec: PodSource): Promise<Replica[]> {
    const mark = await cluster.retentionMark();
    return Promise.all(
        sets.map(async (name) => {
            const [set, pods] = await Promise.all([cluster.set(name), cluster.pods(name)]);
            if (!set)
                return { name, set, pods, differences: pods.length > 0 ? [`StatefulSet ${name} is missing`] : [] };
            const differences = [
                ...pods.flatMap((pod) => specDifferences(pod.container, spec).map((text) => `${pod.name}: ${text}`)),
                ...olderThanRetention(pods, mark).map(
                    (pod) => `${pod.name}: has not started since a retention changed`,
                ),
                ...specDifferences(set.container, spec).map((text) => `${name}: ${text}`),
                // An update that was interrupted after the operator had seen it.
                ...(set.updated ? [] : [`${name}: not all of its pods are of its newest template`]),
            ];
            return { name, set, pods, differences };
        }),
    );
}

const belongs = (pod: string, set: string) => pod.startsWith(`${set}-`);

/** Every pod that the set should have is bootstrapped. */
function serves({ replicas }: M3State, set: string): boolean {
    return replicas.filter(({ name }) => belongs(name, set)).every(({ problem }) => problem === undefined);
}

async function untilSafe({ limits, replicationFactor }: RollInput, sides: RollSides, { name }: Replica): Promise<void> {
    const title = `it is not safe to restart ${name}`;
    const next = "mend what is missing (m3perf verify tells more of it), then run this again";
    await untilNothingIsMissing(sides, limits.safe, { title, next }, async () => {
        const state = await sides.cluster.m3();
        if (!state) return ["there is no M3DBCluster any more"];
        const carried = state.replicas.filter((pod) => belongs(pod.name, name)).map((pod) => pod.name);
        return missingForRestart(state, { carried, replicationFactor });
    });
}

/** `served`: it did, and so did all the others, as they have to again before the next is taken. */
async function take(
    input: RollInput,
    sides: RollSides,
    spec: PodSource,
    { name }: Replica,
    served: boolean,
): Promise<void> {
    const { cluster } = sides;
    const trouble = new Trouble(input, sides, name);
    const title = `${name} did not come back; the replicas after it are untouched`;
    const next = `kubectl -n ${input.namespace} describe pod ${name}-0; then run this again: it goes on from here`;
    await untilNothingIsMissing(sides, input.limits.back, { title, next }, async () => {
        const [set, pods] = await Promise.all([cluster.set(name), cluster.pods(name)]);
        if (!set) return [`the operator has not made StatefulSet ${name} again yet`];
        if (specDifferences(set.container, spec).length > 0) return [await bringOn(set, pods, sides)];
        const restarted = set.updated ? await restartOld(set, pods, sides) : undefined;
        if (restarted !== undefined) return [restarted];
        const waiting = [
            ...(set.updated ? [] : [`StatefulSet ${name} is being updated`]),
            ...(set.ready === set.replicas ? [] : [`${set.ready} of ${set.replicas} pods of ${name} are Ready`]),
            ...pods.filter(({ leaving }) => leaving).map((pod) => `${pod.name} is ending`),
        ];
        await trouble.judge(pods.filter((pod) => !pod.leaving && specDifferences(pod.container, spec).length === 0));
        if (waiting.length > 0)
            return [...waiting, ...pods.flatMap(({ name, trouble }) => (trouble ? [`${name}: ${trouble}`] : []))];
        const state = await cluster.m3();
        if (!state) return ["there is no M3DBCluster any more"];
        if (served) return missingForRestart(state, { carried: [], replicationFactor: input.replicationFactor });
        // Before the first placement there is nothing to bootstrap: Ready is all that it can be.
        return "problem" in state.placement || serves(state, name) ? [] : [`${name} is not bootstrapped yet`];
    });
}

/** Gets the operator to give the StatefulSet the new template; returns what is waited for. */
async function bringOn(set: SetState, pods: PodState[], sides: RollSides): Promise<string> {
    const { name } = set;
    // The operator waits for every StatefulSet to be Ready before it updates any (facts.md 4), so one whose pods cannot start, as after
    // a wrong setting, would never get the right one. One that is missing it makes first.
    if (set.ready < set.replicas && pods.some(({ trouble }) => trouble !== undefined)) {
        sides.say(`  its pods do not run, and the operator would wait for them: ${name} is made anew around its pods`);
        await sides.cluster.orphan(set);
        return `the operator makes StatefulSet ${name} again`;
    }
    // Again where the operator has answered with the old spec: it took the annotation before it knew the new one.
    if (!set.allowed) await sides.cluster.allowUpdate(name);
    return `the operator has not updated StatefulSet ${name} yet`;
}

/** A pod whose template is right, but that still runs by an older retention, is deleted, one at a time. */
async function restartOld(set: SetState, pods: PodState[], { cluster }: RollSides): Promise<string | undefined> {
    const old = olderThanRetention(pods, await cluster.retentionMark());
    const [first] = old.filter(({ leaving }) => !leaving);
    if (!first || set.ready < set.replicas - old.length) return undefined;
    await cluster.restart(first);
    return `${first.name} is being restarted`;
}

/** Ends the wait for pods that do not come back by waiting. */
class Trouble {
    private readonly since = new Map<string, number>();
    private readonly input: RollInput;
    private readonly sides: RollSides;
    private readonly set: string;

    constructor(input: RollInput, sides: RollSides, set: string) {
        this.input = input;
        this.sides = sides;
        this.set = set;
    }

    async judge(pods: PodState[]): Promise<void> {
        for (const pod of pods) {
            if (pod.trouble === undefined) {
                this.since.delete(pod.name);
                continue;
            }
            const since = this.since.get(pod.name) ?? this.sides.now();
            this.since.set(pod.name, since);
            if (pod.restarts >= enoughRestarts || this.sides.now() - since >= this.sides.pace.patience) {
                throw await this.hopeless(pod, pod.trouble);
            }
        }
    }

    private async hopeless({ name, restarts }: PodState, trouble: string): Promise<UserError> {
        const words = await this.sides.cluster.lastWords(name).catch(() => "");
        return new UserError(`${this.set} did not come back; the replicas after it are untouched`, {
            what: `${name}: ${trouble}${restarts > 0 ? ` (${restarts} restarts)` : ""}`,
            ...(words === "" ? {} : { why: words }),
            next: `correct the setting and run this again: it begins with ${this.set}; kubectl -n ${this.input.namespace} logs ${name} --previous`,
        });
    }
}
