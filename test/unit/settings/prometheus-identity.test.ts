import assert from "node:assert/strict";
import { loadSettings } from "../../../settings/index.ts";
import { messageOf } from "../../../support/errors.ts";

function load(config: Record<string, unknown>) {
    const text = Object.entries(config).map(([key, value]) => [
        `m3perf:${key}`,
        typeof value === "string" ? value : JSON.stringify(value),
    ]);
    const all = { ...Object.fromEntries(text), "m3perf:site": "test/unit/components/site.yaml" };
    return loadSettings({ config: all, stackFile: "Pulumi.x.yaml" });
}

const eu = { name: "eu-1", labels: { cluster: "eu-1" } };
const grafana = { name: "grafana", labels: { cluster: "eu-1" }, writes: false };
const as = (prometheus: object) => ({ identities: [eu, grafana], prometheus: { identity: "eu-1", ...prometheus } });

describe("settings: where the site's Prometheus sends and reads", () => {
    it("follows m3perf:namespace, unless it is told", () => {
        const { remoteWrite, remoteRead } = load({ namespace: "metrics" }).scenario.prometheus;
        assert.equal(remoteWrite.url, "http://m3coordinator.metrics:7201/api/v1/prom/remote/write");
        assert.equal(remoteRead.url, "http://m3query.metrics:7201/api/v1/prom/remote/read");
        const url = "http://m3.example.org/api/v1/prom/remote/write";
        assert.equal(load({ prometheus: { remoteWrite: { url } } }).scenario.prometheus.remoteWrite.url, url);
    });
});

describe("settings: the identity of the site's Prometheus", () => {
    it("is the gateway's URLs, its token and its labels, beside labels of Prometheus' own", () => {
        const { scenario, site, warnings } = load(as({ externalLabels: { tier: "test" } }));
        const { remoteWrite, remoteRead, externalLabels } = scenario.prometheus;
        assert.equal(remoteWrite.url, "http://m3gateway.m3db:7210/api/v1/prom/remote/write");
        assert.equal(remoteRead.url, "http://m3gateway.m3db:7210/api/v1/prom/remote/read");
        for (const { credentials } of [remoteWrite, remoteRead])
            assert.deepEqual(credentials, { kind: "bearer", secretName: "m3gateway-eu-1", tokenKey: "token" });
        assert.deepEqual(externalLabels, { tier: "test", cluster: "eu-1" });
        assert.deepEqual(scenario.identities[0]?.secretIn, [site.prometheus.namespace]);
        assert.doesNotMatch(warnings.join("\n"), /past the gateway/);
    });

    it("follows the namespace of M3, and copies no Secret to where it is", () => {
        const { scenario } = load({ ...as({}), namespace: "metrics" });
        assert.equal(scenario.prometheus.remoteWrite.url, "http://m3gateway.metrics:7210/api/v1/prom/remote/write");
        const home = "monitoring";
        const told = load({ ...as({}), identities: [{ ...eu, secretIn: [home] }, grafana] }).scenario;
        assert.deepEqual(told.identities[0]?.secretIn, [home]);
        assert.deepEqual(load({ ...as({}), namespace: home }).scenario.identities[0]?.secretIn, []);
    });

    it("goes with an agent, which reads from nowhere", () => {
        const { scenario, warnings } = load(as({ localStorage: "agent" }));
        const { remoteWrite, remoteRead } = scenario.prometheus;
        assert.equal(remoteWrite.credentials?.secretName, "m3gateway-eu-1");
        assert.equal(remoteRead.credentials, undefined);
        assert.doesNotMatch(warnings.join("\n"), /past the gateway/);
    });

    const path = "m3perf:prometheus";
    const wrong: [string, Record<string, unknown>, string][] = [
        ["a mistyped one", as({ identity: "eu-2" }), `${path}.identity = "eu-2"    is no identity: did you mean eu-1?`],
        [
            "one of none",
            { prometheus: { identity: "eu-1" } },
            `${path}.identity = "eu-1"    is no identity of m3perf:identities: there are none`,
        ],
        ["a reader", as({ identity: "grafana" }), "may not write (writes: false): Prometheus has to"],
        [
            "a URL beside it",
            as({ remoteWrite: { url: "http://m3gateway.m3db:7210/api/v1/prom/remote/write" } }),
            `${path}.remoteWrite.url = "http://m3gateway.m3db:7210/api/v1/prom/remote/write"    is given by m3perf:prometheus.identity`,
        ],
        [
            "credentials beside it",
            as({ remoteRead: { credentials: { kind: "bearer", secretName: "other" } } }),
            `${path}.remoteRead.credentials = "other"    is given by m3perf:prometheus.identity`,
        ],
        [
            "another value of its label",
            as({ externalLabels: { cluster: "us-1" } }),
            `${path}.externalLabels.cluster = "us-1"    must be "eu-1", as the identity eu-1 has it`,
        ],
        [
            "the gateway's address on another port",
            {
                identities: [eu],
                prometheus: { remoteWrite: { url: "http://m3gateway.m3db:7201/api/v1/prom/remote/write" } },
            },
            "has the port 7201, and m3gateway answers on 7210",
        ],
    ];
    for (const [what, config, expected] of wrong) {
        it(`refuses ${what}, in one line`, () => {
            let text = "";
            try {
                load(config);
            } catch (error) {
                text = messageOf(error);
            }
            const lines = text.split("\n").slice(1);
            assert.equal(lines.length, 1, text);
            assert.ok(lines[0]?.includes(expected), text);
        });
    }
});
