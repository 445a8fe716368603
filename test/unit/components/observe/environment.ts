import { type Observed, observedOf } from "../../../../components/observe/facts.ts";
import { loadSettings, type Settings } from "../../../../settings/index.ts";

export function settingsWith(own: Record<string, unknown> = {}, site = "sites/reference.yaml"): Settings {
    const given = Object.entries({ site, ...own }).map(([key, value]) => [
        `m3perf:${key}`,
        typeof value === "string" ? value : JSON.stringify(value),
    ]);
    return loadSettings({ config: Object.fromEntries(given), stackFile: "Pulumi.test.yaml" });
}

export const observedWith = (own: Record<string, unknown> = {}): Observed => observedOf(settingsWith(own));
