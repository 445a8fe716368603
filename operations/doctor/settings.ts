import { readFileSync } from "node:fs";
import { basename } from "node:path";
import { parse } from "yaml";
import { sshKeySetting } from "../../settings/hosts.ts";
import { loadSettings, type Settings } from "../../settings/index.ts";
import { messageOf, UserError } from "../../support/errors.ts";
import { labDir, userPath } from "../../support/paths.ts";
import { exitCodes } from "../cli/exit.ts";
import type { Values } from "../cli/verbs.ts";
import { target } from "../stack/session.ts";

/** A stack's settings, read without Pulumi: from its YAML file alone. */
export interface StackSettings {
    stack: string;
    /** "lab" or the path of a site file. */
    siteName: string;
    /** Name of the lab; null for a site of the user's own. */
    lab: string | null;
    settings: Settings;
    /** Private key for hosts whose key is in no file; undefined: there is none, or only Pulumi can read it. */
    stackKey: string | undefined;
    /** Settings that are secrets, which only Pulumi can read; their defaults stand in for them. */
    unread: string[];
}

const keySetting = `m3perf:${sshKeySetting}`;

/** Throws UserError: no such stack, wrong settings, a --key that cannot be read. */
export function readStackSettings(values: Values): StackSettings {
    const { file, site, lab } = target(values);
    const { config, unread } = sourceOf(file.text);
    const given = typeof values.key === "string" ? readKey(values.key) : undefined;
    const stackKey = given ?? config[keySetting];
    // Whether there is a key decides what is wrong; what it is, only who connects needs to know.
    const standIn = unread.includes(keySetting) ? "a secret" : undefined;
    const key = stackKey ?? standIn;
    const settings = loadSettings({
        config: { ...config, "m3perf:site": site, ...(key === undefined ? {} : { [keySetting]: key }) },
        stackFile: basename(file.path),
        ...(lab === null ? {} : { labSite: labDir(lab, "site.yaml") }),
    });
    const others = unread.filter((name) => name !== keySetting);
    return { stack: file.stack, siteName: site, lab, settings, stackKey, unread: others };
}

/** A settings file's `config` as Pulumi hands it to the program, and the secrets in it, which it does not tell. Pure. */
export function sourceOf(text: string): { config: Record<string, string>; unread: string[] } {
    const written = (parse(text) as { config?: Record<string, unknown> } | null)?.config ?? {};
    const config: Record<string, string> = {};
    const unread: string[] = [];
    for (const [name, value] of Object.entries(written)) {
        const open = withoutSecrets(value, name, unread);
        if (open !== undefined) config[name] = typeof open === "string" ? open : JSON.stringify(open);
    }
    return { config, unread };
}

/** The value without its {secure: …}, whose paths are added to `unread`; undefined when it is one itself. */
function withoutSecrets(value: unknown, path: string, unread: string[]): unknown {
    if (typeof value !== "object" || value === null) return value;
    if (Array.isArray(value)) {
        const list = value.map((one, index) => withoutSecrets(one, `${path}[${index}]`, unread));
        return list.filter((one) => one !== undefined);
    }
    if (Object.keys(value).join() === "secure") {
        unread.push(path);
        return undefined;
    }
    const entries = Object.entries(value).map(([key, one]) => [key, withoutSecrets(one, `${path}.${key}`, unread)]);
    return Object.fromEntries(entries.filter(([, one]) => one !== undefined));
}

function readKey(path: string): string {
    try {
        return readFileSync(userPath(path), "utf8");
    } catch (error) {
        throw new UserError(`--key ${path}`, { what: messageOf(error).split(",")[0] ?? "" }, exitCodes.usage);
    }
}
