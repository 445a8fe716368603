/** The stack files of the clone, as their tests run them: `site: lab` is the committed lab, whether one runs here or not. */
import { globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { copyOfSettings } from "../../operations/stack/session.ts";
import { projectRoot } from "../../support/paths.ts";

export interface StackFile {
    stack: string;
    text: string;
    /** As the file has it. */
    site: string;
    /** The text with a site that needs no lab. */
    withoutLab: string;
}

export function stackFiles(): StackFile[] {
    return globSync("Pulumi.*.yaml", { cwd: projectRoot })
        .sort()
        .map((file) => {
            const text = readFileSync(join(projectRoot, file), "utf8");
            const site = String((parse(text) as { config: Record<string, unknown> }).config["m3perf:site"]);
            const withoutLab = copyOfSettings(text, site === "lab" ? "sites/lab.yaml" : site, "");
            return { stack: file.slice("Pulumi.".length, -".yaml".length), text, site, withoutLab };
        });
}

/** The configuration as Pulumi hands it to the program. */
export function configOf({ withoutLab }: StackFile): Record<string, string> {
    const { config } = parse(withoutLab) as { config: Record<string, unknown> };
    const told = Object.entries(config).map(([key, value]) => [
        key,
        typeof value === "string" ? value : JSON.stringify(value),
    ]);
    return Object.fromEntries(told);
}
