import assert from "node:assert/strict";
import { loadSettings } from "../../../settings/index.ts";
import { remoteConfig } from "../../../settings/prometheus/entries.ts";
import { helmValues } from "../../../settings/prometheus/helm-values.ts";
import { resourceConfig } from "../../../settings/prometheus/resource.ts";
import { scenarioSchema } from "../../../settings/scenario.ts";
import { messageOf } from "../../../support/errors.ts";

const identities = [{ name: "eu-1", labels: { cluster: "eu-1" } }];

function load(own: Record<string, unknown>) {
    const given = Object.entries(own).map(([key, value]) => [`m3perf:${key}`, JSON.stringify(value)]);
    const config = { "m3perf:site": "test/unit/components/site.yaml", ...Object.fromEntries(given) };
    return loadSettings({ config, stackFile: "Pulumi.test.yaml" }).scenario;
}

function refused(own: Record<string, unknown>): string {
    try {
        load(own);
    } catch (error) {
        return messageOf(error);
    }
    return assert.fail("it was taken");
}

describe("settings: TLS", () => {
    it("is off unless told", () => {
        assert.deepEqual(scenarioSchema.parse({}).tls, { etcd: false, gateway: false });
    });

    it("of a gateway that is not there is refused, and says why", () => {
        assert.match(
            refused({ tls: { gateway: true } }),
            /m3perf:tls\.gateway[\s\S]*no gateway without m3perf:identities/,
        );
        assert.match(refused({ tls: { query: true } }), /query/);
        load({ tls: { gateway: true }, identities });
        load({ tls: { etcd: true } });
    });

    it("sends a Prometheus that is an identity to https, with the authority beside its token", () => {
        const { prometheus } = load({ tls: { gateway: true }, identities, prometheus: { identity: "eu-1" } });
        const { remote_write: write, remote_read: read } = remoteConfig(prometheus);
        assert.equal(write.url, "https://m3gateway.m3db:7210/api/v1/prom/remote/write");
        assert.equal(read?.url, "https://m3gateway.m3db:7210/api/v1/prom/remote/read");
        assert.deepEqual(write.tls_config, { ca_file: "/etc/m3perf/remote-write/ca.crt" });
        assert.deepEqual(read?.tls_config, { ca_file: "/etc/m3perf/remote-read/ca.crt" });
        const { remoteWrite } = resourceConfig(prometheus);
        assert.deepEqual(remoteWrite.tlsConfig, { ca: { secret: { name: "m3gateway-eu-1", key: "ca.crt" } } });
        const values = JSON.stringify(helmValues("prometheus", prometheus));
        assert.match(values, /"tls_config":\{"ca_file":"\/etc\/m3perf\/remote-write\/ca\.crt"\}/);
        assert.match(JSON.stringify(helmValues("kube-prometheus-stack", prometheus)), /"tlsConfig":\{"ca":/);
        const plain = load({ identities, prometheus: { identity: "eu-1" } }).prometheus;
        assert.ok(!JSON.stringify([remoteConfig(plain), resourceConfig(plain)]).includes("tls"));
    });

    it("of a Prometheus with a password goes with its authority, too", () => {
        const credentials = { kind: "basic", secretName: "s", caKey: "root.pem" };
        const url = "https://elsewhere/api/v1/prom/remote/write";
        const { prometheus } = load({ prometheus: { remoteWrite: { url, credentials } } });
        assert.deepEqual(remoteConfig(prometheus).remote_write.tls_config, {
            ca_file: "/etc/m3perf/remote-write/root.pem",
        });
    });

    it("wants of a URL the scheme that is spoken there", () => {
        const write = (url: string, more: object = {}) => ({
            ...{ identities, prometheus: { remoteWrite: { url: `${url}/api/v1/prom/remote/write` } } },
            ...more,
        });
        const tls = { tls: { gateway: true } };
        assert.match(refused(write("http://m3gateway.m3db:7210", tls)), /speaks https: use https:\/\//);
        assert.match(refused(write("https://m3gateway.m3db:7210")), /speaks plain http: use http:\/\//);
        assert.match(refused(write("https://m3coordinator.m3db:7201", tls)), /speaks plain http/);
        load(write("https://m3gateway.m3db:7210", tls));
        const nodePort = { ...tls, gateway: { nodePort: 32600 } };
        assert.match(refused(write("http://10.90.0.14:32600", nodePort)), /speaks https/);
    });
});
