import { sizeOf } from "../../settings/fit/quantities.ts";
import type { SiteNode } from "../../settings/site.ts";
import { mebibytesOf } from "../../settings/units.ts";
import type { HostFacts } from "./facts.ts";
import { type Examined, type Fact, type Finding, gibibytes, facts as order } from "./finding.ts";
import type { HostAnswer } from "./gather.ts";
import { offsetText } from "./judge/clock.ts";
import { kubeletPath } from "./judge/disk.ts";
import { mistuned } from "./judge/tuning.ts";

export interface Style {
    /** Characters in a line. */
    width: number;
    color: boolean;
}

const headings: Record<Fact, string> = {
    ssh: "SSH",
    root: "sudo",
    system: "system",
    kernel: "kernel",
    cores: "cores",
    memory: "memory Gi",
    pods: "for pods",
    disk: "free Gi",
    clock: "clock",
    kubelet: "kubelet",
    ntp: "NTP",
    tuning: "tuning",
};

/** Not told there. */
const unknown = "?";
/** Nothing to tell. */
const none = "-";
export const legend = "! does not fit   ~ warning   ? not known there   for pods: what Kubernetes may give them, Gi";

/** One line for each node, one column for each fact that any node tells; what does not fit is marked. Pure. */
export function nodeTable(examined: Examined, findings: Finding[], style: Style): string[] {
    const { nodes } = examined.site;
    const columns = order.flatMap((fact) => {
        const cells = nodes.map((node) => ({
            text: cellOf(fact, node, examined),
            level: levelOf(findings, node, fact),
        }));
        return cells.every(({ text, level }) => text === none && !level)
            ? []
            : [{ heading: headings[fact], fact, cells }];
    });
    const first = { heading: "node", cells: nodes.map(({ name }) => ({ text: name, level: undefined })) };
    const all = [first, ...columns].map(({ heading, cells }) => ({
        heading,
        cells: cells.map(({ text, level }) => ({ text: marked(text, level), level })),
    }));
    const widths = fitted(
        all.map(({ heading, cells }) => Math.max(heading.length, ...cells.map(({ text }) => text.length))),
        all.findIndex(({ heading }) => heading === headings.kernel),
        style.width,
    );
    const line = (cells: { text: string; level?: Level }[]) =>
        cells
            .map(({ text, level }, index) =>
                paint(cut(text, widths[index] ?? 0).padEnd(widths[index] ?? 0), level, style),
            )
            .join(gap)
            .trimEnd();
    return [
        line(all.map(({ heading }) => ({ text: heading }))),
        ...nodes.map((_, row) => line(all.map(({ cells }) => cells[row] ?? { text: "" }))),
    ];
}

type Level = Finding["level"] | undefined;
const gap = "  ";

function levelOf(findings: Finding[], node: SiteNode, fact: Fact): Level {
    const levels = findings.filter((one) => one.node === node.name && one.fact === fact).map(({ level }) => level);
    return levels.includes("failure") ? "failure" : levels[0];
}

const marked = (text: string, level: Level) => (level ? `${text}${level === "failure" ? "!" : "~"}` : text);
const cut = (text: string, width: number) => (text.length > width ? `${text.slice(0, width - 1)}…` : text);

/** A kernel's name may be long: it gives way when a line would be too wide. */
function fitted(widths: number[], giving: number, width: number): number[] {
    const over = widths.reduce((sum, one) => sum + one + gap.length, -gap.length) - width;
    return widths.map((one, index) => (index === giving && over > 0 ? Math.max(8, one - over) : one));
}

function paint(text: string, level: Level, { color }: Style): string {
    return color && level ? `\x1b[${level === "failure" ? 31 : 33}m${text}\x1b[0m` : text;
}

function cellOf(fact: Fact, node: SiteNode, examined: Examined): string {
    const answer = examined.hosts.get(node.name) ?? { state: "no-ssh" };
    if (fact === "ssh") return wayText(answer);
    if (fact === "pods") return podsText(node, examined);
    return answer.state === "answered" ? factText(fact, node, answer.facts, examined.site.sharedKernel === true) : none;
}

const faults: Record<Extract<HostAnswer, { state: "failed" }>["fault"], string> = {
    unreachable: "unreachable",
    refused: "refused",
    timeout: "no answer",
    protocol: "no SSH",
    hostKey: "host key",
    key: "key refused",
    jump: "jump host",
    lost: "lost",
    limit: "too slow",
    settings: "no key",
    script: "no facts",
};

function wayText(answer: HostAnswer): string {
    if (answer.state === "answered") return "ok";
    if (answer.state === "failed") return faults[answer.fault];
    return answer.state === "no-ssh" ? "none" : "not tried";
}

function podsText(node: SiteNode, { cluster }: Examined): string {
    if (!cluster.answers) return none;
    const allocatable = cluster.nodes.find(({ metadata }) => metadata?.name === node.name)?.status?.allocatable;
    return allocatable ? gibibytes(sizeOf(allocatable).memoryMi) : unknown;
}

function factText(fact: Fact, node: SiteNode, facts: HostFacts, shared: boolean): string {
    const { cores, memoryMi, clock, kubelet, ntp } = facts;
    switch (fact) {
        case "root":
            return facts.root.ok ? (facts.root.by === "root" ? "root" : "yes") : "no";
        case "system":
            return facts.os ? systemText(facts.os) : unknown;
        case "kernel":
            return facts.kernel.replace(`.${facts.architecture}`, "");
        case "cores":
            return shared ? none : cores === undefined ? unknown : compared(`${cores}`, `${node.cpu}`);
        case "memory":
            if (shared) return none;
            return memoryMi === undefined
                ? unknown
                : compared(gibibytes(memoryMi), gibibytes(mebibytesOf(node.memory)));
        case "disk": {
            const disk = facts.disks.find(({ path }) => path === kubeletPath);
            return disk ? gibibytes(disk.freeMi) : unknown;
        }
        case "clock":
            return clock ? offsetText(clock.offset) : unknown;
        case "kubelet":
            return kubelet?.state ?? unknown;
        case "ntp":
            return ntp === undefined ? unknown : ntp ? "yes" : "no";
        case "tuning": {
            if (shared || !node.roles.includes("m3db")) return none;
            const wrong = mistuned(facts).length;
            return wrong === 0 ? "ok" : `${wrong} off`;
        }
        default:
            return none;
    }
}

const compared = (found: string, claimed: string) => (found === claimed ? found : `${found} of ${claimed}`);

/** "Debian 12", "Rocky 8.9", "RHEL 9.4" */
function systemText({ id, name, version }: NonNullable<HostFacts["os"]>): string {
    const [short = id] = name.split(/[ /]/);
    return `${id === "rhel" ? "RHEL" : short} ${version}`.trim();
}
