import type { NodeFigures, PodFigures } from "../sample.ts";
import { ageText, barText, bytesText, coresText, percentText, shareOf, unknown } from "./numbers.ts";
import type { Column } from "./table.ts";
import { ageTone, barTone, diskTone, memoryTone, podMemoryShare, stateTone } from "./tones.ts";

/** The tables of nodes and pods. `usageEvery`: seconds between two figures of one of them. */

const ofTwo = (used: string, whole: string) => `${used} / ${whole}`;
const ageOf = (at: number | null, now: number) => (at === null ? null : (now - at) / 1000);

export function nodeColumns(now: number, usageEvery: number): Column<NodeFigures>[] {
    const memory = ({ memoryBytes, memoryCapacityBytes }: NodeFigures) => shareOf(memoryBytes, memoryCapacityBytes);
    const disk = ({ diskBytes, diskCapacityBytes }: NodeFigures) => shareOf(diskBytes, diskCapacityBytes);
    return [
        { title: "NODE", least: 10, cell: ({ name }) => ({ text: name }) },
        { title: "ROLES", drop: 5, least: 6, cell: ({ roles }) => ({ text: roles.join(",") || unknown, tone: "dim" }) },
        {
            title: "STATE",
            least: 8,
            cell: ({ state, ready }) => ({ text: state, tone: state === "unknown" ? "dim" : stateTone(ready, state) }),
        },
        {
            title: "CPU",
            align: "right",
            cell: ({ cpuCores, cpuCapacityCores }) => ({
                text:
                    cpuCapacityCores === null
                        ? coresText(cpuCores)
                        : ofTwo(coresText(cpuCores), String(cpuCapacityCores)),
            }),
        },
        {
            title: "MEMORY",
            align: "right",
            drop: 2,
            cell: ({ memoryBytes, memoryCapacityBytes }) => ({
                text: ofTwo(bytesText(memoryBytes), bytesText(memoryCapacityBytes)),
            }),
        },
        {
            title: "",
            drop: 6,
            cell: (node) => ({ text: barText(memory(node), 10), tone: barTone(memory(node)) }),
        },
        {
            title: "MEM%",
            align: "right",
            cell: (node) => ({ text: percentText(memory(node)), tone: memoryTone(memory(node)) }),
        },
        {
            title: "DISK",
            align: "right",
            drop: 4,
            cell: ({ diskBytes, diskCapacityBytes }) => ({
                text: ofTwo(bytesText(diskBytes), bytesText(diskCapacityBytes)),
            }),
        },
        {
            title: "DISK%",
            align: "right",
            drop: 3,
            cell: (node) => ({ text: percentText(disk(node)), tone: diskTone(disk(node)) }),
        },
        {
            title: "AGE",
            align: "right",
            drop: 1,
            cell: ({ at }) => ({ text: ageText(ageOf(at, now)), tone: ageTone(ageOf(at, now), usageEvery) }),
        },
    ];
}

export function podColumns(now: number, usageEvery: number): Column<PodFigures>[] {
    const limit = (value: string | null) => value ?? "none";
    return [
        { title: "POD", least: 18, cell: ({ name }) => ({ text: name }) },
        { title: "NODE", drop: 5, least: 8, cell: ({ node }) => ({ text: node ?? unknown, tone: "dim" }) },
        {
            title: "STATE",
            least: 9,
            cell: ({ state, ready }) => ({
                text: ready || state !== "Running" ? state : "not ready",
                tone: stateTone(ready, state),
            }),
        },
        {
            title: "RESTARTS",
            align: "right",
            least: 8,
            cell: ({ restarts, lastEnd }) => ({
                text: restarts > 0 && lastEnd ? `${restarts} ${lastEnd}` : String(restarts),
                tone: restarts > 0 ? "warn" : "plain",
            }),
        },
        {
            title: "CPU",
            align: "right",
            cell: ({ cpuCores }) => ({ text: coresText(cpuCores) }),
        },
        {
            title: "REQ/LIM",
            align: "right",
            drop: 7,
            cell: ({ cpuRequestCores, cpuLimitCores }) => ({
                text: `${limit(cpuRequestCores === null ? null : String(cpuRequestCores))}/${limit(cpuLimitCores === null ? null : String(cpuLimitCores))}`,
                tone: "dim",
            }),
        },
        { title: "MEMORY", align: "right", drop: 1, cell: ({ memoryBytes }) => ({ text: bytesText(memoryBytes) }) },
        {
            title: "REQUEST/LIMIT",
            align: "right",
            drop: 4,
            cell: ({ memoryRequestBytes, memoryLimitBytes }) => ({
                text: `${limit(memoryRequestBytes === null ? null : bytesText(memoryRequestBytes))}/${limit(memoryLimitBytes === null ? null : bytesText(memoryLimitBytes))}`,
                tone: "dim",
            }),
        },
        {
            title: "",
            drop: 8,
            cell: (pod) => ({ text: barText(podMemoryShare(pod), 10), tone: barTone(podMemoryShare(pod)) }),
        },
        {
            title: "OF LIMIT",
            align: "right",
            cell: (pod) => ({ text: percentText(podMemoryShare(pod)), tone: memoryTone(podMemoryShare(pod)) }),
        },
        {
            title: "DISK",
            align: "right",
            drop: 6,
            cell: ({ diskBytes, diskCapacityBytes }) => {
                const share = shareOf(diskBytes, diskCapacityBytes);
                return { text: bytesText(diskBytes), tone: diskTone(share) };
            },
        },
        {
            title: "AGE",
            align: "right",
            drop: 2,
            cell: ({ at }) => ({ text: ageText(ageOf(at, now)), tone: ageTone(ageOf(at, now), usageEvery) }),
        },
    ];
}
