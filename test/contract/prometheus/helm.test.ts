/** The values that m3perf prints, against the charts' own values.yaml and templates. helm itself does not run here. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { helmValues } from "../../../settings/prometheus/helm-values.ts";
import type { HelmChart } from "../../../settings/site.ts";
import { exec } from "../../../support/exec.ts";
import { projectRoot } from "../../../support/paths.ts";
import { goModule, helmCharts } from "../../support/go-module.ts";
import { everything } from "./settings.ts";

/** Paths of ours that a chart's values.yaml does not have; a list or an empty map of the chart takes anything. */
function unknownPaths(values: unknown, known: unknown, path = ""): string[] {
    if (typeof values !== "object" || values === null || Array.isArray(values)) return [];
    if (typeof known !== "object" || known === null) return [path];
    if (path !== "" && Object.keys(known).length === 0) return [];
    return Object.entries(values).flatMap(([key, value]) => {
        const at = path === "" ? key : `${path}.${key}`;
        return key in known ? unknownPaths(value, (known as Record<string, unknown>)[key], at) : [at];
    });
}

describe("Helm values and the community's charts", function () {
    this.timeout(300_000);
    let charts: string;
    const text = (file: string) => readFileSync(join(charts, "charts", file), "utf8");
    const valuesOf = (chart: HelmChart) => parse(text(`${chart}/values.yaml`)) as Record<string, unknown>;

    before(async () => {
        charts = await goModule(helmCharts);
    });

    for (const localStorage of ["keep", "minimal", "agent"] as const) {
        it(`prometheus: every key is known, localStorage ${localStorage}`, () => {
            const unknown = unknownPaths(helmValues("prometheus", everything(localStorage)), valuesOf("prometheus"));
            // `global` goes into prometheus.yml as it is, see below.
            assert.deepEqual(unknown, ["server.global.external_labels"]);
        });
        it(`kube-prometheus-stack: every key is known, localStorage ${localStorage}`, () => {
            const values = helmValues("kube-prometheus-stack", everything(localStorage));
            assert.deepEqual(unknownPaths(values, valuesOf("kube-prometheus-stack")), []);
        });
    }

    it("would find a key that a chart does not know", () => {
        const wrong = { server: { remote_write: [], persistentVolume: { enable: true } } };
        assert.deepEqual(unknownPaths(wrong, valuesOf("prometheus")), [
            "server.remote_write",
            "server.persistentVolume.enable",
        ]);
    });

    it("prometheus: global, remoteWrite and remoteRead go into prometheus.yml as they are", () => {
        const configMap = text("prometheus/templates/cm.yaml");
        assert.match(configMap, /global:\n\{\{ \$root\.Values\.server\.global \| toYaml/);
        const helpers = text("prometheus/templates/_helpers.tpl");
        for (const key of ["remoteWrite", "remoteRead"]) {
            assert.ok(configMap.includes(`prometheus.server.${key}`), key);
            assert.ok(helpers.includes(`.Values.server.${key}`), key);
        }
    });

    it("prometheus: its flags but for the tsdb's are those that defaultFlagsOverride of ours repeats", () => {
        const template = text("prometheus/templates/deploy.yaml");
        const [, defaults = ""] =
            /defaultFlagsOverride \}\}[\s\S]*?\{\{- else \}\}([\s\S]*?)\n {10}ports:/.exec(template) ?? [];
        const server = valuesOf("prometheus").server as {
            configPath: string;
            extraFlags: string[];
            persistentVolume: { mountPath: string };
        };
        const flags = [...defaults.matchAll(/- (--[a-z.]+)(=\S+)?( \S+ \}\})?/g)]
            .map(([, flag = "", value = ""]) => flag + value)
            .filter(
                (flag) =>
                    !flag.startsWith("--storage.tsdb") &&
                    !flag.startsWith("--web.route") &&
                    !flag.startsWith("--web.external"),
            );
        const wanted = [
            ...flags.map((flag) => flag.replace(/=\{\{.*/, `=${server.configPath}`)),
            ...server.extraFlags.map((flag) => `--${flag}`),
        ];
        const { server: minimal } = helmValues("prometheus", everything("minimal")) as {
            server: { defaultFlagsOverride: string[] };
        };
        assert.deepEqual(minimal.defaultFlagsOverride, wanted);
        assert.equal(server.persistentVolume.mountPath, "/data");
    });

    it("are printed by m3perf, for either chart, without a cluster", async () => {
        const words = (...more: string[]) => [
            join(projectRoot, "operations/cli/main.ts"),
            "helm-values",
            "--site",
            "lab",
            ...more,
        ];
        const print = (...more: string[]) => exec(process.execPath, words(...more), { cwd: projectRoot, timeout: 60 });
        const first = await print();
        assert.equal(first.code, 0, first.stderr);
        assert.match(first.stdout, /^# M3 as the long-term store/);
        assert.equal(parse(first.stdout).server.remoteWrite[0].name, "m3perf");
        const second = await print("--chart", "kube-prometheus-stack", "--json");
        assert.equal(JSON.parse(second.stdout).prometheus.prometheusSpec.remoteRead[0].readRecent, true);
        const wrong = await print("--chart", "thanos");
        assert.equal(wrong.code, 64);
        assert.match(wrong.stderr, /allowed: prometheus, kube-prometheus-stack/);
    });
});
