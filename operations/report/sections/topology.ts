import type { Environment } from "../../../settings/environment.ts";
import { type Component, components, type Sample } from "../../watch/sample.ts";
import { type Html, html } from "../html/html.ts";

/** A node and what runs on it, as the drawing has it. */
interface Card {
    name: string;
    roles: string;
    runs: string[];
    hit: string[];
}

const line = 18;
const gap = 16;
const pad = 12;

/** Rows from the senders down to the data: who writes and reads, services, M3DB, the rest. Pure. */
export function topologyRows(environment: Environment, sample: Sample | undefined, hits: Map<string, string[]>) {
    const cards = environment.nodes.map(({ name, roles, isolationGroup }): Card & { row: number } => {
        const pods = sample?.pods.filter(({ node }) => node === name) ?? [];
        const row = roles.includes("m3db") ? 1 : roles.includes("coordinator") || roles.includes("aggregator") ? 0 : 2;
        return {
            name,
            roles: [roles.join(", "), isolationGroup].filter(Boolean).join(" · "),
            runs: components.flatMap((component) => podsText(component, pods)),
            hit: [name, ...pods.map((pod) => pod.name)].flatMap((target) => hits.get(target) ?? []),
            row,
        };
    });
    return [0, 1, 2].map((row) => cards.filter((card) => card.row === row)).filter((row) => row.length > 0);
}

/** The pods of a component on one node: their names, or how many where they would not fit. */
function podsText(component: Component, pods: Sample["pods"]): string[] {
    const mine = pods.filter((pod) => pod.component === component).map(({ name }) => name);
    return mine.length > 3 || (component === "other" && mine.length > 0) ? [`${component}: ${mine.length}`] : mine;
}

/** The end of a pod's name tells it from its like, so the middle goes. */
function cut(text: string, most: number): string {
    if (text.length <= most) return text;
    const end = Math.floor((most - 1) / 2);
    return `${text.slice(0, most - 1 - end)}…${text.slice(text.length - end)}`;
}

/** The same drawing twice, for wide and for narrow pages; the style shows one. Pure. */
export function topologyHtml(environment: Environment, sample: Sample | undefined, hits: Map<string, string[]>): Html {
    const rows = topologyRows(environment, sample, hits);
    const { cluster, coordinator, query, prometheus } = environment;
    const many = (count: number, one: string) => `${count} ${one}${count === 1 ? "" : "s"}`;
    const told = `${many(environment.nodes.length, "node")}; M3DB ${cluster.name}: ${many(cluster.pods.length, "instance")}, replication factor ${cluster.replicationFactor}, ${many(cluster.numberOfShards, "shard")}; ${many(coordinator.workload.replicas, "coordinator")}, ${many(query.workload.replicas, "query service")}, ${many(environment.aggregator.workload.replicas, "aggregator")}; ${many(environment.etcd.pods.length, "member")} of etcd.`;
    const between = [
        `remote write → ${coordinator.service}, remote read and PromQL → ${query.service}`,
        `every sample to ${cluster.replicationFactor} replicas`,
    ];
    const senders = `${prometheus.service} (${prometheus.namespace}) and the load generator`;
    const seen = sample
        ? "Pods as they were at the first look of the run."
        : "Which pods ran where is not known: there is no watch of the run.";
    return html`<p>${told} ${seen}${hits.size > 0 ? " A red frame: something was broken there." : ""}</p>
${drawing("wide", 1080, 4, rows, senders, between, told)}
${drawing("narrow", 350, 1, rows, senders, between, told)}`;
}

function drawing(
    kind: "wide" | "narrow",
    width: number,
    most: number,
    rows: Card[][],
    senders: string,
    between: string[],
    told: string,
): Html {
    const letters = kind === "wide" ? 90 : 20;
    const parts: Html[] = [];
    const title = wrapped(senders, kind === "wide" ? 120 : 40);
    const titleHeight = 16 + line * title.length;
    parts.push(
        html`<rect class="node" x="1" y="1" width="${width - 2}" height="${titleHeight}" rx="6"/>${title.map((text, at) => html`<text class="node-name" x="${width / 2}" y="${22 + at * line}" text-anchor="middle">${text}</text>`)}`,
    );
    let top = 1 + titleHeight;
    for (const [index, row] of rows.entries()) {
        const text = between[index];
        const flow = text === undefined ? 24 : Math.max(44, 14 + 16 * wrapped(text, letters).length);
        if (text !== undefined) parts.push(flowSvg(wrapped(text, letters), width / 2, top, flow));
        top += flow;
        for (let start = 0; start < row.length; start += most) {
            const part = row.slice(start, start + most);
            // The last row, of what the samples do not come through, is not made as wide as those.
            const columns = text === undefined ? most : Math.min(most, row.length);
            const cardWidth = (width - 2 - gap * (columns - 1)) / columns;
            const height = pad * 2 + line * (2 + Math.max(...part.map(({ runs }) => runs.length))) - 4;
            for (const [at, card] of part.entries()) {
                parts.push(cardSvg(card, 1 + at * (cardWidth + gap), top, cardWidth, height));
            }
            top += height + gap;
        }
        top -= gap - 2;
    }
    const id = `topology-${kind}`;
    const nodes = rows
        .flat()
        .map(({ name, roles, runs }) => `${name} (${roles}): ${runs.join(", ") || "nothing of the environment seen"}`);
    return html`<svg class="topology ${kind}" viewBox="0 0 ${width} ${Math.ceil(top)}" role="img" aria-labelledby="${id}-title ${id}-desc"><title id="${id}-title">Topology: nodes, their roles and what runs on them</title><desc id="${id}-desc">${told} ${nodes.join("; ")}</desc>
${parts}</svg>`;
}

/** An arrow down from one row to the next, with its words beside it. */
function flowSvg(texts: string[], x: number, top: number, height: number): Html {
    const middle = top + height / 2 + 4;
    const words = texts.map(
        (text, at) => html`<text x="${x + 14}" y="${middle + (at - (texts.length - 1) / 2) * 16}">${text}</text>`,
    );
    return html`<path class="flow" d="M${x},${top + 2}V${top + height - 10}"/><path class="arrow" d="M${x},${top + height - 3}l-5,-9h10z"/>${words}`;
}

/** Widths of a letter, on average, of the widest font that a browser may take. */
const letter = { plain: 7.7, bold: 8.8 };

function cardSvg({ name, roles, runs, hit }: Card, x: number, y: number, width: number, height: number): Html {
    const inner = width - 2 * pad;
    const most = Math.floor(inner / letter.plain);
    const faults = cut([...new Set(hit)].join(" "), 14);
    const forName = Math.floor(inner / letter.bold) - (faults === "" ? 0 : faults.length + 1);
    const left = x + pad;
    const base = (at: number) => y + pad + 10 + line * at;
    return html`<g><title>${name}: ${roles}</title><rect class="node${faults && " hit"}" x="${x}" y="${y}" width="${width}" height="${height}" rx="6"/><text class="node-name" x="${left}" y="${base(0)}">${cut(name, forName)}</text>${faults && html`<text class="fault-label" x="${x + width - pad}" y="${base(0)}" text-anchor="end">${faults}</text>`}<text x="${left}" y="${base(1)}">${cut(roles, most)}</text>${runs.map((text, index) => html`<text class="runs" x="${left}" y="${base(index + 2)}">${cut(text, most)}</text>`)}</g>`;
}

function wrapped(text: string, most: number): string[] {
    const lines: string[] = [];
    for (const word of text.split(" ")) {
        const last = lines.at(-1);
        if (last === undefined || last.length + 1 + word.length > most) lines.push(word);
        else lines[lines.length - 1] = `${last} ${word}`;
    }
    return lines;
}
