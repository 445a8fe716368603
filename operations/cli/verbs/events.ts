import { setTimeout as sleep } from "node:timers/promises";
import { messageOf } from "../../../support/errors.ts";
import { createProgress } from "../../../support/progress.ts";
import { askM3, type Placement } from "../../access/m3.ts";
import { changesOf, cutovers, lookAtState, type State } from "../../logs/m3-state.ts";
import { type Entry, entryOf, folded, kubernetesEvents } from "../../logs/timeline.ts";
import { reach } from "../../stack/reach.ts";
import { exitCodes } from "../exit.ts";
import { clockOf, wantsColor } from "../output.ts";
import { outputGone } from "../readers.ts";
import type { Values } from "../verbs.ts";
import { millisecondsOf } from "./logs.ts";

/** Seconds between two looks: about twelve small requests each. */
const every = 10;

export async function main(values: Values): Promise<number> {
    const since = Date.now() - millisecondsOf("--since", values.since ?? "1h");
    const { say } = createProgress();
    const { environment, kubernetes, call } = await reach(values, say);
    const color = wantsColor(process.stdout);
    const show = (entry: Entry) =>
        process.stdout.write(values.json ? `${JSON.stringify(entry)}\n` : `${entryText(entry, color)}\n`);

    const context = { environment, kubernetes };
    const refusals = new Set<string>();
    const refused = (text: string) => {
        if (!refusals.has(text)) say(text);
        refusals.add(text);
    };
    const events = await kubernetesEvents(call, environment, refused);
    const placed = await askM3<Placement>(context, "/api/v1/services/m3db/placement").then(cutovers, (error) => {
        say(`M3's placement does not answer: ${messageOf(error)}`);
        return [];
    });
    let state: State = await lookAtState(environment, kubernetes);
    const past = folded([...events.map(entryOf), ...placed]).filter(({ time }) => time >= since);
    for (const entry of [...past, ...changesOf(new Map(), state, Date.now())]) show(entry);
    if (values.follow !== true) return refusals.size > 0 ? exitCodes.failed : exitCodes.ok;

    const stop = new AbortController();
    const end = () => stop.abort();
    process.once("SIGINT", end).once("SIGTERM", end);
    const seen = new Map(events.map((event) => [event.metadata.uid, entryOf(event).count]));
    const signal = AbortSignal.any([stop.signal, outputGone]);
    let away = false;
    while (!signal.aborted) {
        await sleep(every * 1000, undefined, { signal }).catch(() => {});
        if (signal.aborted) break;
        try {
            const fresh = newSince(seen, await kubernetesEvents(call, environment, refused));
            const now = await lookAtState(environment, kubernetes);
            for (const entry of folded([...fresh, ...changesOf(state, now, Date.now())])) show(entry);
            state = new Map([...state, ...now]);
            if (away) say("the API server answers again");
            away = false;
        } catch (error) {
            if (!away) say(`the API server does not answer, waiting for it: ${messageOf(error)}`);
            away = true;
        }
    }
    return stop.signal.aborted ? exitCodes.interrupted : exitCodes.ok;
}

/** Events that are new or happened again, with how often they did since; `seen` is brought up to date. */
export function newSince(seen: Map<string, number>, events: Parameters<typeof entryOf>[0][]): Entry[] {
    return events.flatMap((event) => {
        const entry = entryOf(event);
        const before = seen.get(event.metadata.uid) ?? 0;
        seen.set(event.metadata.uid, entry.count);
        return entry.count > before ? [{ ...entry, count: entry.count - before }] : [];
    });
}

/** "18:22:45 kubernetes Pod etcd-0  Killing: … (3 times since 18:20:01)": the time in UTC. Pure. */
export function entryText({ time, source, about, text, count, first, warning }: Entry, color: boolean): string {
    const times = count > 1 ? ` (${count} times${first < time ? ` since ${clockOf(first)}` : ""})` : "";
    const line = `${clockOf(time)} ${source.padEnd(10)} ${warning ? "! " : "  "}${about}  ${text}${times}`;
    return color && warning ? `\x1b[33m${line}\x1b[0m` : line;
}
