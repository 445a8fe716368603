import { type Document, isAlias, isMap, isScalar, isSeq, parse, parseDocument, type YAMLMap, type YAMLSeq } from "yaml";
import { ourName, type RemoteConfig, kinds as remotes, rulesPattern } from "../../settings/prometheus/entries.ts";
import { valuesWithout } from "./labels.ts";
import { asTexts, nodeIn } from "./yaml-texts.ts";

/** prometheus.yml with our remote write, read, external labels and rule file in it, and without. Pure. */

/** The text with our entries at the end of both lists and our labels set; all else stays. Merging twice changes nothing. */
export function withRemotes(text: string, config: RemoteConfig): string {
    const document = documentOf(text);
    for (const key of remotes) {
        dropItems(document, key, isOurs);
        if (!config[key]) continue;
        const entry = nodeIn(document, config[key]);
        const list = listAt(document, key);
        if (list) list.items.push(entry);
        else document.set(key, document.createNode([entry]));
    }
    dropItems(document, "rule_files", isOurRules);
    if (config.rule_file) {
        const list = listAt(document, "rule_files");
        if (list) list.items.push(document.createNode(config.rule_file));
        else document.set("rule_files", document.createNode([config.rule_file]));
    }
    for (const [name, value] of Object.entries(config.external_labels)) setLabel(document, name, value);
    return print(document, text);
}

/**
 * The text without our entries; a list that only held ours goes too. `ours`: what we put in, `original`: the text before; with them
 * our labels go back to what they were, unless somebody has given them another value since.
 */
export function withoutRemotes(text: string, ours?: RemoteConfig, original = ""): string {
    const document = documentOf(text);
    const dropped = [
        ...remotes.map((key) => dropItems(document, key, isOurs)),
        dropItems(document, "rule_files", isOurRules),
    ].includes(true);
    const labels = ours ? restoreLabels(document, ours.external_labels, labelsOf(original)) : false;
    return dropped || labels ? print(document, text) : text;
}

/** True when the text holds an entry of ours. */
export function hasRemotes(text: string): boolean {
    const document = documentOf(text);
    return (
        remotes.some((key) => listAt(document, key)?.items.some(isOurs)) ||
        listAt(document, "rule_files")?.items.some(isOurRules) === true
    );
}

/** Of what we put into it, what the text holds now, key by key; others' entries and labels are left out. */
export function oursIn(text: string, ours: RemoteConfig): Record<string, unknown> {
    const parsed = (parse(text) ?? {}) as Record<string, unknown>;
    const labels = labelsOf(text);
    return {
        external_labels: Object.fromEntries(Object.keys(ours.external_labels).map((name) => [name, labels[name]])),
        ...Object.fromEntries(
            remotes.map((key) => {
                const list = Array.isArray(parsed[key]) ? (parsed[key] as { name?: unknown }[]) : [];
                return [key, list.find((one) => one?.name === ourName)];
            }),
        ),
        ...(ours.rule_file ? { rule_files: rulesIn(parsed.rule_files) } : {}),
    };
}

/** What agent mode does not take: rules, alerting, remote reads of others (Prometheus' config.go, "not allowed in agent mode"). */
export function notForAgents(text: string): string[] {
    const { alerting, rule_files, remote_read } = (parse(text) ?? {}) as Record<string, unknown>;
    const filled = (value: unknown) => (Array.isArray(value) ? value.length > 0 : Boolean(value));
    const alerts = (alerting ?? {}) as Record<string, unknown>;
    return [
        ...(filled(rule_files) ? [`rule_files (${(rule_files as unknown[]).length})`] : []),
        ...(filled(alerts.alertmanagers) || filled(alerts.alert_relabel_configs) ? ["alerting"] : []),
        ...(filled(remote_read) ? [`remote_read of others (${(remote_read as unknown[]).length})`] : []),
    ];
}

function documentOf(text: string): Document.Parsed {
    const document = parseDocument(text, asTexts);
    const [error] = document.errors;
    if (error) throw new Error(`prometheus.yml is not valid YAML: ${error.message}`);
    if (document.contents !== null && !isMap(document.contents)) throw new Error("prometheus.yml is not a mapping");
    // What an alias stands for is written elsewhere: to add to it there would change that as well.
    const alias = [...remotes.map((key) => [key]), ["rule_files"], ["global"], labelPath].find((path) =>
        isAlias(isMap(document.getIn(path.slice(0, -1), true)) ? document.getIn(path, true) : undefined),
    );
    if (alias) throw new Error(`prometheus.yml: ${alias.join(".")} is an alias: write out what it stands for`);
    return document;
}

/** In the way in which its owner writes: [a] or [ a ], lists indented or not. */
function print(document: Document, text: string): string {
    return document.toString({
        lineWidth: 0,
        flowCollectionPadding: /[[{] +[^\s\]}]/.test(text) && !/(: |- )[[{][^\s\]}]/.test(text),
        indentSeq: !/^( *)[^\s#-].*:[ \t]*(?:#.*)?\n(?:\s*#.*\n)*\1- /m.test(text),
    });
}

function listAt(document: Document, key: string): YAMLSeq | undefined {
    const list = document.get(key);
    return isSeq(list) ? list : undefined;
}

function isOurs(item: unknown): boolean {
    return isMap(item) && (item as YAMLMap).get("name") === ourName;
}

const isOurRules = (item: unknown) => isScalar(item) && item.value === rulesPattern;
const rulesIn = (list: unknown) => (Array.isArray(list) ? list.filter((one) => one === rulesPattern) : []);

function dropItems(document: Document, key: string, ours: (item: unknown) => boolean): boolean {
    const list = listAt(document, key);
    if (!list?.items.some(ours)) return false;
    list.items = list.items.filter((item) => !ours(item));
    if (list.items.length === 0) document.delete(key);
    return true;
}

const labelPath = ["global", "external_labels"];

function labelsOf(text: string): Record<string, unknown> {
    const { global } = (parse(text, asTexts) ?? {}) as {
        global?: { external_labels?: Record<string, unknown> } | null;
    };
    return global?.external_labels ?? {};
}

function setLabel(document: Document, name: string, value: string): void {
    // "global:" with nothing behind it is no mapping yet.
    for (const depth of [1, 2]) {
        const path = labelPath.slice(0, depth);
        if (!isMap(document.getIn(path))) document.setIn(path, document.createNode({}));
    }
    const path = [...labelPath, name];
    const there = document.getIn(path, true);
    if (isScalar(there)) {
        if (there.value !== value) there.value = value; // its comment stays
    } else document.setIn(path, nodeIn(document, value));
}

function restoreLabels(document: Document, ours: Record<string, string>, original: Record<string, unknown>): boolean {
    const live = document.getIn(labelPath);
    if (!isMap(live)) return false;
    const before = live.toJSON() as Record<string, unknown>;
    const after = valuesWithout(before, ours, original);
    let changed = false;
    for (const name of Object.keys(ours)) {
        if (after[name] === before[name]) continue;
        changed = true;
        if (!(name in after)) document.deleteIn([...labelPath, name]);
        else {
            const there = live.get(name, true);
            if (isScalar(there)) there.value = after[name];
        }
    }
    // What was made for our labels alone goes with them.
    if (changed && live.items.length === 0 && Object.keys(original).length === 0) {
        document.deleteIn(labelPath);
        const global = document.get("global");
        if (isMap(global) && global.items.length === 0) document.delete("global");
    }
    return changed;
}
