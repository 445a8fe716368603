import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import { loadSettings } from "../../../settings/index.ts";
import { UserError } from "../../../support/errors.ts";
import { projectRoot } from "../../../support/paths.ts";

const stackFile = "Pulumi.capacity.yaml";
const nowhere = "/nonexistent/site.yaml";

function load(config: Record<string, unknown> = {}) {
    const text = Object.entries(config).map(([key, value]) => [
        key.includes(":") ? key : `m3perf:${key}`,
        typeof value === "string" ? value : JSON.stringify(value),
    ]);
    return loadSettings({ config: Object.fromEntries(text), stackFile, labSite: nowhere });
}

/** The lines of the error, without its title. */
function problems(config: Record<string, unknown>): string[] {
    try {
        load(config);
    } catch (error) {
        assert.ok(error instanceof UserError, String(error));
        const [title = "", ...lines] = error.message.split("\n");
        assert.match(title, /^\d+ settings? (is|are) wrong in Pulumi\.capacity\.yaml:$/);
        assert.ok(title.startsWith(`${lines.length} `), error.message);
        return lines;
    }
    assert.fail("no error");
}

describe("settings", () => {
    it("are the reference topology by default", () => {
        const { scenario, replicas, site } = load({ site: "sites/reference.yaml" });
        assert.equal(scenario.etcd.members, 3);
        assert.equal(scenario.m3db.replicationFactor, 3);
        assert.deepEqual(
            scenario.m3db.namespaces.map(({ name, retention, blockSize, resolution }) => [
                name,
                retention,
                blockSize,
                resolution,
            ]),
            [
                ["default", "48h", "2h", undefined],
                ["metrics-10s_2d", "48h", "2h", "10s"],
            ],
        );
        assert.deepEqual(replicas, { coordinator: 2, query: 2 });
        assert.deepEqual(
            [
                scenario.coordinator.nodePort,
                scenario.coordinator.metricsNodePort,
                scenario.query.nodePort,
                scenario.aggregator.metricsNodePort,
            ],
            [32555, 32556, 32558, 32330],
        );
        assert.equal(site.nodes.length, 7);
    });

    it("size memory by the nodes, unless it is given", () => {
        assert.deepEqual(load({ site: "sites/reference.yaml" }).memory, {
            m3db: 4496,
            coordinator: 6144,
            query: 4096,
            aggregator: 2784,
        });
        assert.equal(load({ site: "sites/reference.yaml", m3db: { memory: "3Gi" } }).memory.m3db, 3072);
    });

    it("say everything that is wrong at once, with path, value and reason", () => {
        const lines = problems({
            site: "lab",
            m3db: { replicationFactor: 2 },
            prometheus: { remoteWrite: { url: "http://m3query.m3db:7201/api/v1/prom/remote/write" } },
            query: { maxFetchedSeries: "many" },
        });
        assert.match(lines[0] ?? "", /^ {2}m3perf:m3db\.replicationFactor = 2 +must be odd and at least 3/);
        assert.match(lines[1] ?? "", /^ {2}m3perf:query\.maxFetchedSeries = "many" +must be a whole number/);
        assert.match(lines[2] ?? "", /remoteWrite\.url = "http:\/\/m3query\S+ +points to m3query.*use m3coordinator/);
        assert.equal(lines.length, 3);
    });

    it("name the known setting that is nearest to an unknown one", () => {
        const lines = problems({
            site: "lab",
            coordinater: { replicas: 1 },
            m3db: { replicationfactor: 3, zzzzzz: 1 },
        });
        assert.match(lines.join("\n"), /m3perf:coordinater = .* did you mean coordinator\?/);
        assert.match(lines.join("\n"), /m3db\.replicationfactor = 3 .* did you mean replicationFactor\?/);
        assert.match(lines.join("\n"), /m3db\.zzzzzz = 1 .* there are: replicationFactor, numberOfShards/);
    });

    it("take externalCoordinator as on or off: its address is not for the user to give", () => {
        const [line] = problems({
            site: "lab",
            m3db: { externalCoordinator: { serviceEndpoint: "m3coordinator:7201" } },
        });
        assert.match(line ?? "", /m3db\.externalCoordinator .* must be true or false: .* the coordinator is made here/);
    });

    const rules: [string, Record<string, unknown>, RegExp][] = [
        [
            "more replicas than isolation groups",
            { m3db: { replicationFactor: 5 } },
            /would put two replicas on one node/,
        ],
        ["an even quorum", { etcd: { members: 2 } }, /must be 1, 3 or 5 \(a quorum is a majority\)/],
        ["more etcd members than nodes", { etcd: { members: 5 } }, /lose the quorum together/],
        [
            "no unaggregated namespace",
            { m3db: { namespaces: [{ name: "a", retention: "48h", resolution: "10s" }] } },
            /with no unaggregated namespace every plain write fails/,
        ],
        [
            "two unaggregated namespaces",
            { m3db: { namespaces: ["a", "b"].map((name) => ({ name, retention: "48h" })) } },
            /must have only one without a resolution/,
        ],
        [
            "the same retention and resolution, written differently",
            {
                m3db: {
                    namespaces: [
                        { name: "default", retention: "48h" },
                        { name: "a", retention: "48h", resolution: "60s" },
                        { name: "b", retention: "48h0m", resolution: "1m" },
                    ],
                },
            },
            /namespaces\[2\] = "1m:48h0m" .* namespaces\[1\]/,
        ],
        [
            "a duration that is none",
            { m3db: { namespaces: [{ name: "default", retention: "1.5 hours" }] } },
            /"1\.5 hours" .* like "48h"/,
        ],
        [
            "more coordinators than nodes",
            { coordinator: { replicas: 3 } },
            /more than the 2 node\(s\) with the role coordinator/,
        ],
        ["a NodePort out of range", { query: { nodePort: 8080 } }, /30000 to 32767/],
        ["one NodePort twice", { query: { nodePort: 32555 } }, /is m3perf:coordinator\.nodePort too/],
        [
            "remote write to another path",
            { prometheus: { remoteWrite: { url: "http://m3coordinator.m3db:7201/write" } } },
            /must end in \/api\/v1\/prom\/remote\/write/,
        ],
        [
            "remote write to the query NodePort",
            { prometheus: { remoteWrite: { url: "http://10.0.0.1:32558/api/v1/prom/remote/write" } } },
            /points to m3query/,
        ],
        [
            "remote read from a Service of ours in another namespace",
            { prometheus: { remoteRead: { url: "http://m3query.old.svc:7201/api/v1/prom/remote/read" } } },
            /points to the namespace old, and m3perf:namespace is m3db: use http:\/\/m3query\.m3db\.svc:7201/,
        ],
        ["more memory than the node has", { m3db: { memory: "8Gi" } }, /too much for worker-1 .* = 8448Mi/],
        ["a quantity that is none", { m3db: { memory: "lots" } }, /"lots" .* like "512Mi"/],
    ];
    for (const [what, config, expected] of rules) {
        it(`refuse ${what}`, () => {
            const lines = problems({ site: "lab", ...config });
            assert.equal(lines.length, 1, lines.join("\n"));
            assert.match(lines[0] ?? "", expected);
        });
    }

    it("refuse another namespace while Prometheus' URLs point to the old one, not a name outside the cluster", () => {
        const prometheus = {
            remoteWrite: { url: "http://m3coordinator.old:7201/api/v1/prom/remote/write" },
            remoteRead: { url: "http://m3query.old:7201/api/v1/prom/remote/read" },
        };
        const lines = problems({ site: "lab", namespace: "metrics", prometheus });
        assert.equal(lines.length, 2, lines.join("\n"));
        assert.match(lines[0] ?? "", /remoteWrite\.url .* use http:\/\/m3coordinator\.metrics:7201\/api/);
        assert.match(lines[1] ?? "", /remoteRead\.url .* use http:\/\/m3query\.metrics:7201\/api/);
        const outside = { remoteWrite: { url: "https://m3coordinator.example.com/api/v1/prom/remote/write" } };
        assert.equal(load({ site: "lab", prometheus: outside }).scenario.namespace, "m3db");
    });

    describe("site", () => {
        let folder: string;
        const site = parse(readFileSync(join(projectRoot, "sites/lab.yaml"), "utf8"));
        const write = (name: string, value: object) => {
            writeFileSync(join(folder, name), stringify(value));
            return join(folder, name);
        };
        before(() => {
            folder = mkdtempSync(join(tmpdir(), "m3perf-settings-"));
        });
        after(() => rmSync(folder, { recursive: true }));

        it("lab is the committed file when no lab runs: no cluster, a kubeconfig that leads nowhere", () => {
            const { access } = load({ site: "lab" });
            assert.equal(access.path, null);
            assert.deepEqual(access.missing, { why: "the lab is not running", next: "npm run up" });
            assert.equal(parse(access.kubeconfig).clusters[0].cluster.server, "https://127.0.0.1:1");
        });

        it("lab is the running lab's own file when there is one", () => {
            const kubeconfig = write("kubeconfig", {
                "current-context": "a",
                contexts: [{ name: "a", context: { cluster: "c", user: "u" } }],
                clusters: [{ name: "c", cluster: { server: "https://192.0.2.1:6443" } }],
                users: [{ name: "u", user: { token: "secret" } }],
            });
            const path = write("site.yaml", { ...site, kubeconfig: "./kubeconfig" });
            const { access } = loadSettings({ config: { "m3perf:site": "lab" }, stackFile, labSite: path });
            assert.equal(access.path, kubeconfig);
            assert.equal(access.missing, undefined);
            assert.match(access.kubeconfig, /192\.0\.2\.1/);
        });

        it("takes in the files that a kubeconfig names, and only the wanted context", () => {
            writeFileSync(join(folder, "ca.crt"), "CERTIFICATE");
            write("many", {
                "current-context": "a",
                contexts: ["a", "b"].map((name) => ({ name, context: { cluster: name, user: name } })),
                clusters: ["a", "b"].map((name) => ({
                    name,
                    cluster: { server: `https://${name}.example`, "certificate-authority": "ca.crt" },
                })),
                users: ["a", "b"].map((name) => ({ name, user: { token: `token-${name}` } })),
            });
            const path = write("b.yaml", { ...site, kubeconfig: "many", context: "b" });
            const config = parse(load({ site: path }).access.kubeconfig);
            assert.equal(config.clusters.length, 1);
            assert.equal(config.clusters[0].cluster.server, "https://b.example");
            assert.equal(
                config.clusters[0].cluster["certificate-authority-data"],
                Buffer.from("CERTIFICATE").toString("base64"),
            );
            assert.equal(config.users[0].user.token, "token-b");
        });

        it("names the contexts when the wanted one is missing", () => {
            const path = write("c.yaml", { ...site, kubeconfig: "many", context: "c" });
            assert.throws(() => load({ site: path }), /no usable context c\n.*contexts: a, b/);
        });

        it("previews without its kubeconfig, saying which is missing", () => {
            const path = write("d.yaml", { ...site, kubeconfig: "absent" });
            assert.match(load({ site: path }).access.missing?.why ?? "", /there is no kubeconfig .*absent/);
        });

        it("is checked like the settings, in the same error", () => {
            const [first, ...rest] = site.nodes;
            const path = write("wrong.yaml", {
                ...site,
                storageclass: "x",
                nodes: [
                    { ...first, roles: ["boss"] },
                    ...rest.map((node: object) => ({ ...node, isolationGroup: undefined })),
                ],
            });
            const lines = problems({ site: path, etcd: { members: 4 } }).join("\n");
            assert.match(lines, /nodes\[0\]\.roles\[0\] = "boss" +must be one of master, m3db/);
            assert.match(lines, /storageclass = "x" +is not known: did you mean storageClass\?/);
            assert.match(lines, /m3perf:etcd\.members = 4/);
        });

        it("has a name and an address of its own for every node", () => {
            const [first, second, third, ...rest] = site.nodes;
            const path = write("twice.yaml", {
                ...site,
                nodes: [
                    first,
                    { ...second, name: first.name },
                    { ...third, address: first.address },
                    ...rest.map((node: object, index: number) => (index < 2 ? { ...node, name: " " } : node)),
                ],
            });
            const lines = problems({ site: path });
            assert.equal(lines.length, 4, lines.join("\n"));
            const expected: [number, string, string, string][] = [
                [1, "name", first.name, "is the name of nodes[0] too: every node has its own"],
                [2, "address", first.address, "is the address of nodes[0] too: every node has its own"],
                [3, "name", " ", "must not be empty"],
                [4, "name", " ", "must not be empty"],
            ];
            for (const [index, key, value, reason] of expected) {
                const start = `nodes[${index}].${key} = ${JSON.stringify(value)} `;
                assert.ok(
                    lines.some((line) => line.includes(start) && line.endsWith(reason)),
                    `no ${start}… ${reason} in\n${lines.join("\n")}`,
                );
            }
            assert.match(
                problems({ site: write("nameless.yaml", { ...site, name: "" }) })[0] ?? "",
                /yaml: \.?name = "" +must not be empty/,
            );
        });

        it("that is not there is named, with the way out", () => {
            assert.throws(
                () => load({ site: "sites/nobody.yaml" }),
                /there is no file .*sites\/nobody\.yaml[\s\S]*sites\/reference\.yaml/,
            );
        });
    });
});
