import type { Isolation } from "../../isolation/probe.ts";
import { runFiles } from "../types.ts";
import { figure, type Measured } from "./objective.ts";

const evidence = [{ file: runFiles.run, what: "what each identity saw and wrote: isolation" }];
const notAsked: Measured = { value: null, text: "not measured", why: "nobody was asked" };

const sum = <One>(all: One[], of: (one: One) => number) => all.reduce((total, one) => total + of(one), 0);
const seenText = ({ readers }: Isolation) =>
    readers.map(({ identity, own, ownSeen }) => `${identity} ${ownSeen} of ${own}`).join(", ");

export const foreignSeries = figure({
    id: "foreign-series",
    name: "series of others that an identity sees",
    title: "no identity sees series of another",
    unit: "series",
    better: "less",
    evidence,
    of({ run: { isolation } }) {
        if (!isolation) return notAsked;
        const own = isolation.readers.filter(({ reads }) => reads === "own");
        const seeing = own.filter(({ foreignSeen }) => foreignSeen > 0);
        const text = seeing.map(({ identity, foreignSeen }) => `${identity} sees ${foreignSeen}`).join(", ");
        return {
            value: sum(own, ({ foreignSeen }) => foreignSeen),
            text: text || `none, by ${own.map(({ identity }) => identity).join(" and ")}`,
        };
    },
});

export const unseenSeries = figure({
    id: "unseen-series",
    name: "series that an identity may see and does not",
    title: "each identity sees all that is its own",
    unit: "series",
    better: "less",
    evidence,
    of({ run: { isolation } }) {
        if (!isolation) return notAsked;
        return {
            value: sum(isolation.readers, ({ own, ownSeen }) => Math.max(0, own - ownSeen)),
            text: `seen: ${seenText(isolation)}`,
        };
    },
});

export const posedSamples = figure({
    id: "posed-samples",
    name: "samples that are stored under another's labels",
    title: "nobody writes as another",
    unit: "samples",
    better: "less",
    evidence,
    of({ run: { isolation } }) {
        if (!isolation) return notAsked;
        const { posers } = isolation;
        const posed = posers.filter(({ as, under }) => under === as);
        const text = posed.length > 0 ? posed : posers;
        return {
            value: posed.length,
            text: text
                .map(
                    ({ identity, as, under, status }) =>
                        `${identity} as ${as}: ${under ? `stored as ${under}` : `HTTP ${status}`}`,
                )
                .join("; "),
        };
    },
});
