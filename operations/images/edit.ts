/**
 * Writes references into the m3perf:images of a settings file's text and leaves every other byte as it is. The yaml package tells where
 * things stand; it does not write the text again, because that would align comments and unfold lists that nobody touched. Pure.
 */
import { isDeepStrictEqual } from "node:util";
import { isAlias, isCollection, isMap, isPair, isScalar, type Pair, parse, parseDocument, type YAMLMap } from "yaml";
import { settingName } from "./of-stack.ts";

interface Edit {
    from: number;
    to: number;
    text: string;
}

/** The new text; undefined: what stands there is written in a way that is not edited (aliases, blocks of text, JSON in a text). */
export function withImages(text: string, references: Record<string, string>): string | undefined {
    try {
        const edits = editsOf(text, references);
        const edited = edits?.sort((a, b) => b.from - a.from).reduce(applied, text);
        return edited !== undefined && isAsMeant(text, edited, references) ? edited : undefined;
    } catch {
        return undefined; // what the parser itself does not take, such as an alias to nothing
    }
}

const applied = (text: string, edit: Edit) => text.slice(0, edit.from) + edit.text + text.slice(edit.to);

function editsOf(text: string, references: Record<string, string>): Edit[] | undefined {
    const config = parseDocument(text).get("config");
    if (!isMap(config) || config.items.length === 0) return undefined;
    const images = config.get(settingName, true);
    const all = Object.entries(references);
    if (images === undefined) return [config.flow ? flowSetting(config, all) : blockSetting(text, config, all)];
    if (!isMap(images)) return undefined;
    if (images.items.length === 0 && !config.flow) return filled(text, config, images, all);
    const edits: Edit[] = [];
    const added: [string, string][] = [];
    for (const [component, reference] of all) {
        const now = images.get(component, true);
        if (now === undefined) added.push([component, reference]);
        else if (isScalar(now) && now.range && isInLine(now.type)) {
            const written = now.type === "PLAIN" ? reference : quoted(reference, now.type);
            edits.push({ from: now.range[0], to: now.range[1], text: written });
        } else return undefined;
    }
    if (added.length === 0) return edits;
    if (images.flow) return [...edits, flowEntries(images, flowText(added))];
    return [...edits, after(text, endOf(images), lines(text, indentOf(text, images), added))];
}

function blockSetting(text: string, config: YAMLMap, entries: [string, string][]): Edit {
    const indent = indentOf(text, config);
    const head = `${indent}${settingName}:${newlineOf(text)}`;
    return after(text, endOf(config), head + lines(text, indent + indent, entries));
}

const flowSetting = (config: YAMLMap, entries: [string, string][]) =>
    flowEntries(config, `"${settingName}": {${flowText(entries)}}`);

/** `m3perf:images: {}` gets lines of its own. */
function filled(text: string, config: YAMLMap, images: YAMLMap, entries: [string, string][]): Edit[] | undefined {
    if (!images.range) return undefined;
    const [from, to] = images.range;
    const indent = indentOf(text, config);
    const colon = text.slice(0, from).trimEnd().length;
    return [{ from: colon, to, text: "" }, after(text, to, lines(text, indent + indent, entries))];
}

const isInLine = (type: string | undefined) => type === "PLAIN" || type === "QUOTE_SINGLE" || type === "QUOTE_DOUBLE";
/** References hold nothing that either kind of quotes would have to escape. */
const quoted = (reference: string, type = "QUOTE_DOUBLE") =>
    type === "QUOTE_SINGLE" ? `'${reference}'` : `"${reference}"`;
const newlineOf = (text: string) => (text.includes("\r\n") ? "\r\n" : "\n");

const lines = (text: string, indent: string, entries: [string, string][]) =>
    entries.map(([name, reference]) => `${indent}${name}: ${reference}`).join(newlineOf(text));

const flowText = (entries: [string, string][]) =>
    entries.map(([name, reference]) => `${name}: ${quoted(reference)}`).join(", ");

function flowEntries(map: YAMLMap, entries: string): Edit {
    const last = map.items.at(-1);
    const at = last ? endOf(last) : (map.range?.[0] ?? 0) + 1;
    return { from: at, to: at, text: last ? `, ${entries}` : entries };
}

/** Whole lines after the line in which the text has come to `end`. */
function after(text: string, end: number, added: string): Edit {
    const newline = newlineOf(text);
    if (text[end - 1] === "\n") return { from: end, to: end, text: added + newline };
    const next = text.indexOf("\n", end);
    const at = next < 0 ? text.length : text[next - 1] === "\r" ? next - 1 : next;
    return { from: at, to: at, text: newline + added };
}

/** Where a node's last word ends, without the comments behind it. */
function endOf(node: unknown): number {
    if (isPair(node)) return endOf((node as Pair).value ?? (node as Pair).key);
    const last = isCollection(node) && !node.flow ? node.items.at(-1) : undefined;
    if (last !== undefined) return endOf(last);
    if ((isScalar(node) || isCollection(node) || isAlias(node)) && node.range) return node.range[1];
    throw new Error("a node without a place");
}

/** What stands before a block's keys. */
function indentOf(text: string, map: YAMLMap): string {
    const [key] = map.items.map((pair) => pair.key);
    const at = isScalar(key) && key.range ? key.range[0] : 0;
    return text.slice(text.lastIndexOf("\n", at - 1) + 1, at);
}

/** Whether the edited text says what the old one did but for these references. */
function isAsMeant(before: string, edited: string, references: Record<string, string>): boolean {
    const old = parse(before) as { config: Record<string, unknown> };
    const images = { ...(old.config[settingName] as Record<string, unknown> | undefined), ...references };
    return isDeepStrictEqual(parse(edited), { ...old, config: { ...old.config, [settingName]: images } });
}
