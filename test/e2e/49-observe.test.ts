import assert from "node:assert/strict";
import { dashboardsOf, uidOf } from "../../components/observe/dashboards/index.ts";
import { type Observed, observedOf } from "../../components/observe/facts.ts";
import { alertsOf } from "../../components/observe/rules/index.ts";
import { type Kubernetes, openKubernetes } from "../../operations/access/kubernetes.ts";
import { loadSettings } from "../../settings/index.ts";
import { jsonOf } from "../../support/http.ts";
import { labDir } from "../../support/paths.ts";
import { waitFor } from "../../support/wait.ts";
import { everyQuery, unanswered } from "../support/observe.ts";
import { kubectlJson, lab, standsOn } from "./environment.ts";

let kubernetes: Kubernetes;

/** What the running Prometheus says: over one connection, for a kubectl for each of 150 queries takes minutes on slow cores. */
async function ask<T>(path: string, query?: Record<string, string>): Promise<T> {
    const answer = await kubernetes.service("monitoring", "prometheus-server", 9090, path, query && { query });
    return jsonOf<{ data: T }>(answer, `Prometheus ${path}`).data;
}
const query = async (expr: string) => (await ask<{ result: unknown[] }>("/api/v1/query", { query: expr })).result;

interface Group {
    name: string;
    rules: { name: string; type: string; health: string; lastError?: string; state?: string }[];
}

describe("e2e: dashboards and rules", function () {
    this.timeout(20 * 60_000);
    let observed: Observed;

    before(async () => {
        standsOn("up", "up");
        kubernetes = await openKubernetes(labDir(lab, "kubeconfig"), null);
        const config = { "m3perf:site": labDir(lab, "site.yaml") };
        observed = observedOf(loadSettings({ config, stackFile: "Pulumi.dev.yaml" }));
    });

    it("every dashboard is where Grafana's sidecar looks for it", async () => {
        const { items } = await kubectlJson<{ items: { data: Record<string, string> }[] }>(
            ...["-n", "monitoring", "get", "configmaps", "-l", "grafana_dashboard=1"],
        );
        const found = items.flatMap(({ data }) => Object.values(data).map((text) => JSON.parse(text).uid as string));
        assert.deepEqual(
            found.sort(),
            dashboardsOf(observed)
                .map(({ area }) => uidOf(observed, area))
                .sort(),
        );
    });

    it("Prometheus evaluates every rule without an error", async () => {
        const groups = await waitFor(
            { what: "Prometheus to have evaluated the rules", timeout: 180, every: 5 },
            async () => {
                const { groups } = await ask<{ groups: Group[] }>("/api/v1/rules");
                const ours = groups.filter(({ name }) => name.startsWith(`m3perf-${observed.namespace}-`));
                return (
                    ours.length > 0 &&
                    ours.every(({ rules }) => rules.every(({ health }) => health !== "unknown")) &&
                    ours
                );
            },
        );
        const rules = groups.flatMap((group) => group.rules);
        assert.deepEqual(
            rules.filter(({ health }) => health !== "ok").map(({ name, lastError }) => `${name}: ${lastError}`),
            [],
        );
        const alerts = Object.values(alertsOf(observed)).flat();
        assert.deepEqual(
            rules.flatMap(({ name, type }) => (type === "alerting" ? [name] : [])).sort(),
            alerts.map(({ alert }) => alert).sort(),
        );
    });

    it("every query of a panel, a recorded series and an alert returns data", async () => {
        const queries = everyQuery(observed);
        assert.ok(queries.length > 130, String(queries.length));
        // Rates need two scrapes, recorded ones two more; what the aggregator writes comes after that.
        await waitFor({ what: "data for every query", timeout: 420, every: 20 }, async () => {
            const problems = await unanswered(queries, query);
            assert.equal(problems.length, 0, problems.join("\n"));
            return true;
        });
    });

    it("no alert fires on a healthy environment", async () => {
        // What has just come up may be above a threshold for less than the alert's time; a fault would stay.
        const firing = await query(`ALERTS{alertstate="firing",alertname=~"M3.+"}`);
        assert.deepEqual(firing, []);
    });
});
