import type { RunData } from "../../operations/scenarios/types.ts";

/** Much of everything: long names, many faults close to each other, many errors, many nodes. */
export function crowded(run: Omit<RunData, "folder">): void {
    const { startedAt } = run.run;
    for (let index = 0; index < 9; index += 1) {
        const at = startedAt + 250_000 + index * 12_000;
        run.events.push({
            at,
            until: at + 6000,
            kind: "fault",
            title: `m3-cluster-rep${index % 3}-0 killed with a long title that has no room`,
            target: `m3-cluster-rep${index % 3}-0`,
        });
    }
    run.events.push({ at: startedAt + 636_000, kind: "fault", title: "at the very end" });
    run.load.forEach((interval, index) => {
        if (index % 10 === 0)
            interval.errors = { [`HTTP 500 error number ${index % 90}, ${"very long ".repeat(12)}`]: 3 };
    });
    run.verdicts.push({
        ...(run.verdicts[0] as (typeof run.verdicts)[0]),
        id: "long",
        title: "x".repeat(120),
        measured: "y".repeat(90),
        evidence: [{ file: "nowhere.json", what: "z".repeat(90) }],
    });
    for (let index = 6; index < 14; index += 1)
        run.run.environment.nodes.push({
            name: `a-node-with-a-long-name-${index}.example.org`,
            address: "10.0.0.9",
            roles: ["m3db"],
            isolationGroup: `rep${index}`,
        });
}
