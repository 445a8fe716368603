import assert from "node:assert/strict";
import { parse } from "yaml";
import { hasRemotes, oursIn, withoutRemotes, withRemotes } from "../../../components/prometheus/remote-config.ts";
import { remoteConfig } from "../../../settings/prometheus/entries.ts";
import { prometheusSchema } from "../../../settings/schema/prometheus.ts";

const configWith = (settings: object = {}) => remoteConfig(prometheusSchema.parse(settings));

/** Prometheus reads each of these as a text; as numbers they would be others. */
const owned = `global:
  external_labels:
    replica: 01
    account: 012345678901
    id: 12345678901234567890
    hex: 0xDEADBEEF
    small: 1e3
    version: 1.10
scrape_configs:
  - job_name: a
    basic_auth:
      username: u
      password: 0042
    params:
      x: [ 010, +5, .INF ]
    static_configs:
      - targets: [ localhost:9090 ]
        labels:
          rack: 007
`;

describe("a prometheus.yml of others", () => {
    it("keeps every value that looks like a number as it is written", () => {
        const config = configWith({ externalLabels: { cluster: "a" } });
        const merged = withRemotes(owned, config);
        for (const line of owned.split("\n")) assert.ok(merged.split("\n").includes(line), line);
        assert.equal(withRemotes(merged, config), merged);
        assert.equal(withoutRemotes(merged, config, owned), owned);
        // Somebody has edited it meanwhile.
        const edited = (text: string) => text.replace("job_name: a", "job_name: b");
        assert.equal(withoutRemotes(edited(merged), config, owned), edited(owned));
    });

    it("gets a label back that was a number before", () => {
        const config = configWith({ externalLabels: { replica: "7" } });
        const merged = withRemotes(owned, config);
        assert.match(merged, /\n {4}replica: 7\n/);
        assert.equal(withoutRemotes(merged, config, owned), owned);
    });

    it("gets our numbers as numbers, and our texts as texts, whoever reads it", () => {
        const config = configWith({
            externalLabels: { cluster: "007", time: "12:30", plain: "a1" },
            remoteWrite: { queue: { maxShards: 10 }, headers: { "X-Id": "0042" } },
        });
        const { global, remote_write } = parse(withRemotes("", config));
        assert.deepEqual(global.external_labels, { cluster: "007", time: "12:30", plain: "a1" });
        assert.equal(remote_write[0].queue_config.max_shards, 10);
        assert.equal(remote_write[0].headers["X-Id"], "0042");
        assert.match(withRemotes("", config), /time: "12:30"/);
        const { external_labels } = oursIn(withRemotes("", config), config);
        assert.deepEqual(external_labels, config.external_labels);
    });

    it("is left alone where what we would add to is an alias of something else in it", () => {
        const texts = [
            "remote_read: &all\n  - {url: u, name: n}\nremote_write: *all\n",
            "x: &g {scrape_interval: 5s}\nglobal: *g\n",
            "x: &l {a: b}\nglobal:\n  external_labels: *l\n",
        ];
        for (const text of texts) {
            assert.throws(() => withRemotes(text, configWith()), /is an alias: write out what it stands for/, text);
            assert.throws(() => hasRemotes(text), /is an alias/);
        }
    });
});
