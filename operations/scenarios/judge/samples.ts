import { clockOf } from "../../cli/output.ts";
import { notOneByOne } from "../../read-back/read-back.ts";
import { type ReadBack, runFiles } from "../types.ts";
import { figure, type Measured } from "./objective.ts";

const readBack = [{ file: runFiles.readBack, what: "every acknowledged sample that was asked back" }];
const notRead = (unread?: string): Measured => ({
    value: null,
    text: "not measured",
    why: unread === undefined ? "the samples were not read back" : `M3 could not be read: ${unread}`,
});

const noneAsked: Measured = {
    value: null,
    text: "not measured",
    why: "no acknowledged sample was asked back",
};

const seconds = (from: number, to: number) => Math.round((to - from) / 1000);

/** Replicas are asked by the ids of series, readers go by the index: what only readers lack is not gone, it is not found. */
function hiddenText({ merged, replicas }: ReadBack): string | undefined {
    const share = (found: number, missing: number) => (found + missing === 0 ? 0 : found / (found + missing));
    const copies = Object.values(replicas);
    const found = copies.reduce((sum, copy) => sum + copy.found, 0);
    const asked = copies.reduce((sum, copy) => sum + copy.found + copy.missing, 0);
    // More than what replicas that were away for a while lack.
    if (share(found, asked - found) <= share(merged.found, merged.missing) + 0.05) return undefined;
    return `not all of it is gone: by their series' ids the replicas have ${found} of the ${asked} copies that were asked for, and queries do not find them (docs/m3db.md, cold writes)`;
}

const unreadText = (unread: string[]) => `not read: ${unread.slice(0, 3).join("; ")}`;

/** What is not found while a replica is silent may be in that one alone: gone is what no replica has. */
function silentText({ merged, unread = [] }: ReadBack): string | undefined {
    if (merged.missing === 0 || unread.length === 0) return undefined;
    return `not found, but not proven to be gone, since not every replica could be asked; ${unreadText(unread)}`;
}

export const lostSamples = figure({
    id: "lost-samples",
    name: "acknowledged samples that are lost",
    title: "no acknowledged sample is lost",
    unit: "samples",
    better: "less",
    evidence: readBack,
    of({ readBack, run }) {
        if (!readBack) return notRead(run.unread);
        const { merged, checked, sampled } = readBack;
        if (checked === 0) return noneAsked;
        const [gap] = merged.gaps;
        const widest = gap && `the widest gap: ${clockOf(gap.from)} to ${clockOf(gap.to)} UTC, ${gap.samples} samples`;
        const why = [widest, silentText(readBack), hiddenText(readBack)]
            .filter((text) => text !== undefined)
            .join("; ");
        return {
            value: merged.missing,
            text: `${merged.missing} of ${checked} samples${sampled ? ` (${sampled})` : ""}`,
            ...(why === "" ? {} : { why }),
        };
    },
});

export const wrongSamples = figure({
    id: "wrong-samples",
    name: "samples that are doubled or have another value",
    title: "every sample is read back once and with its value",
    unit: "samples",
    better: "less",
    evidence: readBack,
    of({ readBack, run }) {
        if (!readBack) return notRead(run.unread);
        const { merged, replicas, checked } = readBack;
        if (checked === 0) return noneAsked;
        const copies = [["merged", merged] as const, ...Object.entries(replicas)];
        const faulty = copies.filter(([, { wrong, doubled }]) => wrong + doubled > 0);
        const own = faulty
            .filter(([, copy]) => copy !== merged)
            .map(([pod, { wrong, doubled }]) => `; in the copy of ${pod} alone ${wrong} wrong, ${doubled} doubled`);
        const example = faulty[0]?.[1].examples[0];
        return {
            // A replica's own, too: whether readers get it changes with the replicas that answer them.
            value: faulty.reduce((sum, [, { wrong, doubled }]) => sum + wrong + doubled, 0),
            text: `${merged.wrong} wrong, ${merged.doubled} doubled, of ${checked}${own.join("")}`,
            ...(example === undefined ? {} : { why: example }),
        };
    },
});

/** What reads hide, since they merge the replicas. */
export const replicaHoles = figure({
    id: "replica-holes",
    name: "samples that a replica lacks, behind healthy reads",
    title: "every replica has every acknowledged sample",
    unit: "samples",
    better: "less",
    evidence: readBack,
    of({ readBack, run }) {
        if (!readBack) return notRead(run.unread);
        const replicas = Object.entries(readBack.replicas);
        const unmeasured = (why: string): Measured => ({ value: null, text: "not measured", why });
        const value = replicas.reduce((sum, [, { missing }]) => sum + missing, 0);
        const { unread, replicasSince: since } = readBack;
        if (unread?.length) return unmeasured(unreadText(unread));
        if (since !== undefined && value === 0)
            return unmeasured(`samples before ${clockOf(since)} UTC were on the replicas' disks, ${notOneByOne}`);
        if (replicas.length === 0) return unmeasured("no replica was asked");
        const lacking = replicas.filter(([, { missing }]) => missing > 0);
        if (lacking.length === 0) return { value, text: `none in ${replicas.length} replicas` };
        const text = lacking.map(
            ([
                pod,
                {
                    missing,
                    found,
                    gaps: [gap],
                },
            ]) => {
                const span = gap ? `, ${seconds(gap.from, gap.to)} s from ${clockOf(gap.from)} UTC` : "";
                return `${pod} lacks ${missing} of ${missing + found}${span}`;
            },
        );
        return {
            value,
            text: text.join("; "),
            why: "a replica that was away, or lost its data, is not filled by itself unless the namespace has repair: true",
        };
    },
});
