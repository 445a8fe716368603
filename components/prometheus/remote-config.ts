import { type Document, isMap, isSeq, parseDocument, type YAMLMap, type YAMLSeq } from "yaml";

/** Pure part of attach.ts: prometheus.yml with our remote write and read in it, and without. */

/** Prometheus' own entries, without a name: ours is set here. */
export interface RemoteEndpoints {
    remote_write: { url: string };
    remote_read: { url: string; read_recent: boolean };
}

/** Every entry of ours carries this name; no other entry may (Prometheus wants names to be unique). */
export const ourName = "m3perf";

const keys = ["remote_write", "remote_read"] as const;

/** The text with our entries at the end of both lists; comments, order and other entries stay. Merging twice changes nothing. */
export function withRemotes(text: string, endpoints: RemoteEndpoints): string {
    const document = documentOf(text);
    for (const key of keys) {
        dropOurs(document, key);
        const entry = document.createNode({ name: ourName, ...endpoints[key] });
        const list = listAt(document, key);
        if (list) list.items.push(entry);
        else document.set(key, document.createNode([entry]));
    }
    return print(document);
}

/** The text without our entries; a list that only held ours goes too. */
export function withoutRemotes(text: string): string {
    const document = documentOf(text);
    const dropped = keys.map((key) => dropOurs(document, key));
    return dropped.includes(true) ? print(document) : text;
}

/** True when the text holds an entry of ours. */
export function hasRemotes(text: string): boolean {
    const document = documentOf(text);
    return keys.some((key) => listAt(document, key)?.items.some(isOurs));
}

function documentOf(text: string): Document.Parsed {
    const document = parseDocument(text);
    const [error] = document.errors;
    if (error) throw new Error(`prometheus.yml is not valid YAML: ${error.message}`);
    if (document.contents !== null && !isMap(document.contents)) throw new Error("prometheus.yml is not a mapping");
    return document;
}

const print = (document: Document) => document.toString({ lineWidth: 0 });

function listAt(document: Document, key: string): YAMLSeq | undefined {
    const list = document.get(key);
    return isSeq(list) ? list : undefined;
}

function isOurs(item: unknown): boolean {
    return isMap(item) && (item as YAMLMap).get("name") === ourName;
}

function dropOurs(document: Document, key: string): boolean {
    const list = listAt(document, key);
    if (!list?.items.some(isOurs)) return false;
    list.items = list.items.filter((item) => !isOurs(item));
    if (list.items.length === 0) document.delete(key);
    return true;
}
