/** The exact versions that the program's npm packages ask for: a plugin of any other version is not taken (facts.md 2). */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../support/paths.ts";

export type ProviderName = "kubernetes" | "random" | "command";
export const providerNames: ProviderName[] = ["kubernetes", "random", "command"];

/** Version of @pulumi/pulumi: the language host is released with it. */
export function sdkVersion(): string {
    return packageJson("@pulumi/pulumi").version;
}

/** Version of the provider plugin that the installed SDK belongs to. */
export function providerVersion(name: ProviderName): string {
    const { pulumi, version } = packageJson(`@pulumi/${name}`);
    return pulumi?.version ?? version;
}

function packageJson(name: string): { version: string; pulumi?: { version?: string } } {
    return JSON.parse(readFileSync(join(projectRoot, "node_modules", name, "package.json"), "utf8"));
}

/** Negative when `a` is older than `b`; both "major.minor.patch". */
export function compareVersions(a: string, b: string): number {
    const [left, right] = [a, b].map((text) => text.split(/[.+-]/).map(Number));
    for (let index = 0; index < 3; index++) {
        const difference = (left?.[index] ?? 0) - (right?.[index] ?? 0);
        if (difference !== 0) return difference;
    }
    return 0;
}
