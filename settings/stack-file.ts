import * as z from "zod";
import { sshKeySetting } from "./hosts.ts";
import { scenarioSchema } from "./scenario.ts";
import { must } from "./schema/fields.ts";

/** The `m3perf:` keys of Pulumi.<stack>.yaml: what is asked of the environment, where it is, and what is secret. */
export const stackSchema = scenarioSchema.extend({
    site: z
        .string(must("the path of a site file, or lab"))
        .regex(/\S/, must("the path of a site file, or lab"))
        .default("lab")
        .describe(
            "Path of the site file, from the project's folder; lab: the running lab's own, or sites/lab.yaml where none runs, for previews.",
        ),
    [sshKeySetting]: z
        .string()
        .optional()
        .meta({ secret: true })
        .describe(
            `Private key for hosts whose key is in no file. A secret: pulumi config set --secret m3perf:${sshKeySetting} < FILE.`,
        ),
});

/** The stack's configuration as Pulumi keeps it (texts, JSON for what is none), without the prefix of our own keys. */
export function ownKeys(config: Record<string, string>): Record<string, unknown> {
    const own: Record<string, unknown> = {};
    for (const [name, text] of Object.entries(config)) {
        const key = name.slice("m3perf:".length);
        if (name.startsWith("m3perf:")) own[key] = isText(key, text) ? text : jsonOrText(text);
    }
    return own;
}

/** A namespace may be called "123". */
function isText(key: string, text: string): boolean {
    const schema = (stackSchema.shape as Record<string, z.ZodType | undefined>)[key];
    return schema?.safeParse(text).success === true;
}

function jsonOrText(text: string): unknown {
    if (!/^(\[|\{|-?\d+(\.\d+)?$|true$|false$|null$)/.test(text)) return text;
    try {
        return JSON.parse(text);
    } catch {
        return text;
    }
}
