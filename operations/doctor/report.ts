import { wrap } from "../checks/report.ts";
import { type Examined, type Finding, gibibytes } from "./finding.ts";
import { legend, nodeTable, type Style } from "./table.ts";

/** The report for a person: the nodes side by side, then a line for each thing that does not fit. Pure. */
export function renderReport(examined: Examined, findings: Finding[], unread: string[], style: Style): string {
    const paint = (code: number, text: string) => (style.color ? `\x1b[${code}m${text}\x1b[0m` : text);
    const lines = grouped(findings).flatMap((group) => {
        const [mark, code] = group.level === "failure" ? ["FAIL", 31] : ["warn", 33];
        return wrap(lineOf(group), style.width - 5).map(
            (text, index) => `${index ? "    " : paint(code ?? 0, mark ?? "")} ${text}`,
        );
    });
    return [
        ...nodeTable(examined, findings, style),
        "",
        legend,
        ...notes(examined, unread).flatMap((note) => wrap(note, style.width)),
        "",
        ...lines,
        ...(lines.length > 0 ? [""] : []),
        paint(findings.some(({ level }) => level === "failure") ? 31 : 32, summary(examined, findings)),
        "",
    ].join("\n");
}

/** What is the same on several nodes is told once. */
function grouped(findings: Finding[]): (Omit<Finding, "node"> & { nodes: string[] })[] {
    const groups = new Map<string, Omit<Finding, "node"> & { nodes: string[] }>();
    for (const { node, ...rest } of findings) {
        const key = JSON.stringify(rest);
        const group = groups.get(key) ?? { ...rest, nodes: [] };
        if (node !== undefined) group.nodes.push(node);
        groups.set(key, group);
    }
    return [...groups.values()];
}

function lineOf({ nodes, what, found, wanted, next }: ReturnType<typeof grouped>[number]): string {
    const where = nodes.length > 0 ? `${nodes.join(", ")}: ` : "";
    return `${where}${what}: ${found}${wanted ? `; wanted: ${wanted}` : ""}${next ? `; to do: ${next}` : ""}`;
}

function notes({ site, hosts }: Examined, unread: string[]): string[] {
    const told = unread.map(
        (name) => `${name} is a secret, which only Pulumi can read: its default stands in for it here`,
    );
    if (!site.sharedKernel) return told;
    const [machine] = [...hosts.values()].flatMap((answer) => (answer.state === "answered" ? [answer.facts] : []));
    const size = machine
        ? ` (${machine.cores ?? "?"} cores, ${machine.memoryMi === undefined ? "?" : gibibytes(machine.memoryMi)} GiB)`
        : "";
    return [
        `The nodes share one machine${size}: its cores and memory are not theirs, so what Kubernetes may give to pods is compared instead. Its kernel is not judged, nor tuned.`,
        ...told,
    ];
}

function summary({ site, hosts, cluster }: Examined, findings: Finding[]): string {
    const groups = grouped(findings);
    const number = (level: Finding["level"]) => groups.filter((one) => one.level === level).length;
    const [failures, warnings] = [number("failure"), number("warning")];
    const reached = [...hosts.values()].filter(({ state }) => state === "answered").length;
    const misfits = `${failures} ${failures === 1 ? "thing does" : "things do"} not fit`;
    const fits = failures === 0 ? "everything fits" : misfits;
    const nothing = "nothing of the site could be looked at";
    const told = reached > 0 || cluster.answers ? fits : [nothing, ...(failures > 0 ? [misfits] : [])].join(", ");
    const warned = warnings === 0 ? "" : `, ${warnings} ${warnings === 1 ? "warning" : "warnings"}`;
    const kubernetes = cluster.answers ? "Kubernetes answers" : "Kubernetes does not answer";
    return `site ${site.name}: ${reached} of ${site.nodes.length} hosts answered, ${kubernetes}; ${told}${warned}`;
}
