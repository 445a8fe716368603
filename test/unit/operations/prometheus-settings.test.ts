import assert from "node:assert/strict";
import { prometheusSettings, settingsApart } from "../../../operations/checks/prometheus-settings.ts";
import type { EnvironmentPrometheus } from "../../../settings/environment.ts";
import { environment, healthy } from "./healthy.ts";

const wanted: EnvironmentPrometheus = {
    ...environment.prometheus,
    queue: { max_shards: 7, batch_send_deadline: "60s" },
    externalLabels: { cluster: "a" },
    agent: false,
};
const running = {
    global: { external_labels: { cluster: "a", other: "x" } },
    remote_write: [{ url: wanted.remoteWriteUrl, queue_config: { max_shards: 7, batch_send_deadline: "1m" } }],
};

describe("prometheus.settings", () => {
    it("is content with what was set, however Prometheus writes a duration, and with more labels", () => {
        assert.deepEqual(settingsApart(wanted, running, {}), []);
    });

    it("names each setting that the running Prometheus does not have", () => {
        const other = {
            global: { external_labels: { cluster: "b" } },
            remote_write: [{ url: wanted.remoteWriteUrl, queue_config: { max_shards: 50, batch_send_deadline: "5s" } }],
        };
        assert.deepEqual(settingsApart(wanted, other, { "enable-feature": "exemplar-storage,agent" }), [
            "queue_config.max_shards is 50, not 7",
            "queue_config.batch_send_deadline is 5s, not 60s",
            "external label cluster is b, not a",
            "it runs as an agent",
        ]);
        assert.deepEqual(settingsApart({ ...wanted, agent: true }, {}, {}), [
            `no remote write to ${wanted.remoteWriteUrl}`,
            "external label cluster is not set, not a",
            "it runs as no agent",
        ]);
    });

    it("fails with the next step, for a Helm release with another cause", async () => {
        const { context } = healthy();
        context.environment.prometheus = { ...wanted, externalLabels: { cluster: "b" }, queue: {} };
        const failed = await prometheusSettings.run(context);
        assert.equal(failed.ok, false);
        assert.match(JSON.stringify(failed), /label cluster is lab, not b.*the next up sets it again.*kubectl/);
        context.environment.prometheus.kind = "helm";
        assert.match(
            JSON.stringify(await prometheusSettings.run(context)),
            /the release has not been given these values/,
        );
    });
});
