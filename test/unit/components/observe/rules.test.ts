import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { parse } from "yaml";
import { alertsPage, pagePath } from "../../../../components/observe/page.ts";
import { alertsOf, exprOf, recordingRules, rulesFile } from "../../../../components/observe/rules/index.ts";
import { chooseChecks } from "../../../../operations/checks/verify.ts";
import { verbs } from "../../../../operations/cli/verbs.ts";
import { projectRoot } from "../../../../support/paths.ts";
import { observedWith, settingsWith } from "./environment.ts";

interface File {
    groups: {
        name: string;
        rules: {
            record?: string;
            alert?: string;
            expr: string;
            labels: Record<string, string>;
            annotations?: Record<string, string>;
        }[];
    }[];
}

const fileWith = (own: Record<string, unknown> = {}) => parse(rulesFile(observedWith(own))) as File;
const alerts = (own: Record<string, unknown> = {}) =>
    new Map(Object.values(alertsOf(observedWith(own))).flatMap((list) => list.map((one) => [one.alert, one])));
const exprs = (own: Record<string, unknown>, name: string) => {
    const found = alerts(own).get(name);
    assert.ok(found, name);
    return exprOf(found);
};

describe("rules for Prometheus", () => {
    it("record under names of the form level:metric:operations, of this namespace", () => {
        const [recorded] = fileWith().groups;
        assert.equal(recorded?.name, "m3perf-m3db-recorded");
        for (const { record = "", labels } of recorded?.rules ?? []) {
            assert.match(record, /^m3_[a-z_]+:[a-z_]+:[a-z0-9]+$/);
            assert.deepEqual(labels, { namespace: "m3db" });
        }
        const names = recordingRules(observedWith()).map(({ record }) => record);
        assert.equal(new Set(names).size, names.length);
    });

    it("record what another recorded series is made of before it", () => {
        const seen = new Set<string>();
        for (const { record, expr } of recordingRules(observedWith())) {
            for (const name of expr.match(/m3_\w+:\w+:\w+/g) ?? [])
                assert.ok(seen.has(name), `${record} needs ${name}`);
            seen.add(record);
        }
    });

    it("alert with a summary, a likely cause and a command, names unique", () => {
        const rules = fileWith()
            .groups.slice(1)
            .flatMap((group) => group.rules);
        assert.ok(rules.length >= 30, String(rules.length));
        assert.equal(new Set(rules.map(({ alert }) => alert)).size, rules.length);
        for (const { alert = "", labels, annotations } of rules) {
            assert.match(alert, /^M3[A-Z]\w+$/);
            assert.match(labels.severity ?? "", /^(critical|warning)$/);
            assert.ok((annotations?.summary?.length ?? 0) > 20, alert);
            assert.match(annotations?.description ?? "", /^Likely: .{20,} Next: (m3perf|kubectl|docs\/)/);
        }
    });

    it("name commands that m3perf has", () => {
        const known = new Set(Object.keys(verbs));
        for (const { alert, next } of alerts().values()) {
            const [, verb] = /^m3perf (\S+)/.exec(next) ?? [];
            if (verb) assert.ok(known.has(verb), `${alert}: ${next}`);
            const [, only] = /--only (\S+)/.exec(next) ?? [];
            if (only) assert.ok(chooseChecks(only).length > 0, `${alert}: ${next}`);
        }
    });

    it("know how many there are of everything", () => {
        const etcd = { etcd: { members: 5 } };
        assert.match(exprs({}, "M3EtcdQuorumLost"), /< 2$/);
        assert.match(exprs({}, "M3EtcdMemberDown"), /^3 - /);
        assert.match(exprs({}, "M3DatabaseMajorityLost"), /rep0.*rep1.*rep2.* < 2$/);
        assert.match(exprs({}, "M3CoordinatorDown"), /^2 - /);
        assert.ok(settingsWith().scenario.etcd.members === 3 && etcd.etcd.members === 5);
    });

    it("have no alert on pods of m3query where coordinators answer queries", () => {
        const integrated = { query: { mode: "integrated" } };
        assert.ok(alerts().has("M3QueryDown"));
        assert.ok(!alerts(integrated).has("M3QueryDown"));
        assert.match(exprs(integrated, "M3QueryErrors"), /coordinator_http_handler/);
    });

    it("take their thresholds and labels from the settings", () => {
        const own = {
            observe: {
                thresholds: { remoteWriteLag: "1m30s", lastSample: "10m", ingestLatency: "1m", memoryPercent: 80 },
                rules: { alertLabels: { team: "storage" } },
                labels: { pod: "pod_name" },
            },
        };
        assert.match(exprs(own, "M3RemoteWriteBehind"), /> 90$/);
        assert.match(exprs(own, "M3NoNewSamples"), /> 600$/);
        assert.match(exprs(own, "M3IngestLate"), /> 60$/);
        assert.match(exprs(own, "M3MemoryNearLimit"), /> 80$/);
        const rules = fileWith(own)
            .groups.slice(1)
            .flatMap((group) => group.rules);
        for (const { labels } of rules) assert.equal(labels.team, "storage");
        const near = rules.find(({ alert }) => alert === "M3MemoryNearLimit");
        assert.match(
            near?.annotations?.summary ?? "",
            /\{\{ \$labels\.pod_name \}\}, container \{\{ \$labels\.container \}\}/,
        );
        assert.ok(!rulesFile(observedWith(own)).includes("$labels.POD"));
    });

    it("are listed in docs/alerts.md, which is current (npm run generate)", () => {
        const text = readFileSync(join(projectRoot, pagePath), "utf8");
        assert.equal(text, alertsPage());
        for (const alert of alerts().keys()) assert.ok(text.includes(`\`${alert}\``), alert);
    });

    it("are kept from a Prometheus in agent mode, with a warning", () => {
        const agent = settingsWith({ prometheus: { localStorage: "agent" } });
        assert.ok(agent.warnings.some((text) => text.startsWith("m3perf:observe.rules: a Prometheus in agent mode")));
        const off = { prometheus: { localStorage: "agent" }, observe: { rules: { enabled: false } } };
        for (const { warnings } of [settingsWith(), settingsWith(off)])
            assert.ok(!warnings.some((text) => text.includes("observe")), warnings.join("\n"));
    });
});
