import assert from "node:assert/strict";
import { loadSettings } from "../../../settings/index.ts";
import { messageOf } from "../../../support/errors.ts";

function load(config: Record<string, unknown>) {
    const text = Object.entries(config).map(([key, value]) => [`m3perf:${key}`, JSON.stringify(value)]);
    const all = { ...Object.fromEntries(text), "m3perf:site": "test/unit/components/site.yaml" };
    return loadSettings({ config: all, stackFile: "Pulumi.x.yaml" });
}

function problems(config: Record<string, unknown>): string[] {
    try {
        load(config);
    } catch (error) {
        return messageOf(error).split("\n").slice(1);
    }
    return assert.fail("no error");
}

const eu = { name: "eu-1", labels: { cluster: "eu-1" } };
const us = { name: "us-1", labels: { cluster: "us-1" } };
const operator = { name: "operator", reads: "all", writes: false };

describe("settings: identities", () => {
    it("are none by default, and then there is no gateway to pay for", () => {
        const { scenario } = load({});
        assert.deepEqual(scenario.identities, []);
        assert.equal(scenario.gateway.exclusive, true);
        assert.equal(scenario.gateway.nodePort, undefined);
    });

    it("write and read their own unless told otherwise", () => {
        const { scenario } = load({ identities: [eu, us, operator] });
        assert.deepEqual(scenario.identities, [
            { ...eu, reads: "own", writes: true, secretIn: [] },
            { ...us, reads: "own", writes: true, secretIn: [] },
            { ...operator, labels: {}, secretIn: [] },
        ]);
    });

    it("have no more labels than the gateway's configuration takes", () => {
        const labels = (count: number) =>
            Object.fromEntries(Array.from({ length: count }, (_, n) => [`l${n}`, "x".repeat(126)]));
        load({ identities: [{ name: "many", labels: labels(23) }] });
        const [problem = "", ...others] = problems({ identities: [{ name: "many", labels: labels(30) }] });
        assert.deepEqual(others, []);
        assert.match(
            problem,
            /identities\[0\]\.labels = .*is 5\d\d\d bytes in the gateway's configuration, and nginx takes 4000/,
        );
    });

    it("warn of a Prometheus that goes past the gateway", () => {
        const about = (config: Record<string, unknown>) =>
            load({ identities: [eu], ...config }).warnings.filter((text) => text.includes("past the gateway"));
        assert.match(about({}).join(), /remoteWrite\.url, remoteRead\.url\): it has no identity/);
        assert.deepEqual(about({ identities: [] }), []);
        assert.deepEqual(about({ gateway: { exclusive: false } }), []);
        const remote = "http://m3gateway.m3db:7210/api/v1/prom/remote";
        const prometheus = { remoteWrite: { url: `${remote}/write` }, remoteRead: { url: `${remote}/read` } };
        assert.deepEqual(about({ prometheus }), []);
    });

    const reader = { name: "grafana", labels: { cluster: "eu-1" }, writes: false };
    const good: [string, unknown[]][] = [
        ["a dashboard that sees what one sender wrote", [eu, reader]],
        [
            "several labels, of which one tells them apart",
            [
                { name: "a", labels: { cluster: "x", tenant: "a" } },
                { name: "b", labels: { cluster: "x", tenant: "b" } },
            ],
        ],
        [
            "a reader of a region",
            [
                { name: "a", labels: { cluster: "a", region: "eu" } },
                { name: "b", labels: { cluster: "b", region: "eu" } },
                { name: "eu", labels: { region: "eu" }, writes: false },
            ],
        ],
        ["a writer that reads all", [{ ...eu, reads: "all" }, us]],
        ["values with every character that is allowed", [{ name: "a", labels: { a_B9: "Az9_.:/-x" } }]],
    ];
    for (const [what, identities] of good) it(`allow ${what}`, () => void load({ identities }));

    const bad: [string, Record<string, unknown>, RegExp][] = [
        [
            "one name twice",
            { identities: [eu, { ...us, name: "eu-1" }] },
            /identities\[1\]\.name = "eu-1" +is m3perf:identities\[0\]\.name too/,
        ],
        [
            "a name that is no name",
            { identities: [{ ...eu, name: "EU 1" }] },
            /identities\[0\]\.name = "EU 1" +must be lower-case/,
        ],
        [
            "a name too long for a Secret's",
            { identities: [{ ...eu, name: "a".repeat(41) }] },
            /must be 40 characters at most/,
        ],
        [
            "the labels of another sender",
            { identities: [eu, { ...us, labels: eu.labels }] },
            /identities\[1\]\.labels = .* must differ from those of eu-1 in the value of a label that both have/,
        ],
        [
            "labels that another could add to its own",
            { identities: [eu, { name: "b", labels: { cluster: "eu-1", tenant: "b" } }] },
            /identities\[1\]\.labels.*must differ from those of eu-1/,
        ],
        [
            "labels with no name in common",
            { identities: [eu, { name: "b", labels: { tenant: "b" } }] },
            /identities\[1\]\.labels.*must differ from those of eu-1/,
        ],
        [
            "a sender without labels",
            { identities: [{ name: "a", reads: "all" }] },
            /identities\[0\]\.labels = \{\} +must hold a label: its samples/,
        ],
        [
            "a reader of its own without labels",
            { identities: [{ name: "a", writes: false }] },
            /identities\[0\]\.labels = \{\} +must hold a label \(reads: own/,
        ],
        [
            "a label name with a dash",
            { identities: [{ name: "a", labels: { "a-b": "x" } }] },
            /labels\.a-b = "x" +is not a label name of Prometheus/,
        ],
        [
            "the metric's name as a label",
            { identities: [{ name: "a", labels: { __name__: "x" } }] },
            /labels\.__name__ = "x" +is Prometheus' own/,
        ],
        [
            "a label that tells one sender's series apart",
            { identities: [{ name: "a", labels: { instance: "x" } }] },
            /labels\.instance = "x" +is no external label/,
        ],
        [
            "an empty value",
            { identities: [{ name: "a", labels: { cluster: "" } }] },
            /labels\.cluster = "" +must be letters, digits/,
        ],
        ["a value that is a number", { identities: [{ name: "a", labels: { cluster: 1 } }] }, /labels\.cluster = 1 /],
        [
            "a quote in a value",
            { identities: [{ name: "a", labels: { cluster: "x'; return 200; #" } }] },
            /labels\.cluster = .* must be letters, digits/,
        ],
        [
            "a double quote in a value",
            { identities: [{ name: "a", labels: { cluster: 'x"}}]' } }] },
            /must be letters, digits/,
        ],
        [
            "a line break in a value",
            { identities: [{ name: "a", labels: { cluster: "x\ny" } }] },
            /must be letters, digits/,
        ],
        [
            "a variable of nginx in a value",
            { identities: [{ name: "a", labels: { cluster: "x$host" } }] },
            /must be letters, digits/,
        ],
        ["a value too long", { identities: [{ name: "a", labels: { cluster: "x".repeat(129) } }] }, /128 at most/],
        [
            "reads of somebody",
            { identities: [{ ...eu, reads: "some" }] },
            /identities\[0\]\.reads = "some" +must be own or all/,
        ],
        [
            "a misspelled key",
            { identities: [{ ...eu, label: {} }] },
            /identities\[0\]\.label = \{\} +is not known: did you mean labels\?/,
        ],
        [
            "a copy of the Secret where it is",
            { identities: [{ ...eu, secretIn: ["m3db"] }] },
            /identities\[0\]\.secretIn\[0\] = "m3db" +is m3perf:namespace/,
        ],
        [
            "two copies in one namespace",
            { identities: [{ ...eu, secretIn: ["monitoring", "monitoring"] }] },
            /secretIn\[1\] = "monitoring" +is there twice/,
        ],
        [
            "a Prometheus that is sent to a gateway that is not there",
            { prometheus: { remoteWrite: { url: "http://m3gateway.m3db:7210/api/v1/prom/remote/write" } } },
            /remoteWrite\.url = "\S+" +points to m3gateway, which is not there without m3perf:identities/,
        ],
        ...(
            [
                [
                    "no NodePort of the gateway",
                    {},
                    /port 32555 of a node, and remote write is answered on none: .*m3gateway\.m3db:7210/,
                ],
                [
                    "one of it",
                    { nodePort: 32600 },
                    /port 32555 of a node, and remote write is answered on 32600 \(m3gateway\)$/,
                ],
            ] as const
        ).map(([what, gateway, says]): [string, Record<string, unknown>, RegExp] => [
            `a Prometheus that writes to the coordinators' NodePort past an exclusive gateway, with ${what}`,
            {
                identities: [eu],
                gateway,
                prometheus: { remoteWrite: { url: "http://worker-1:32555/api/v1/prom/remote/write" } },
            },
            says,
        ]),
        [
            "a Prometheus that writes to m3query's NodePort past an exclusive gateway",
            {
                identities: [eu],
                prometheus: { remoteWrite: { url: "http://worker-1:32558/api/v1/prom/remote/write" } },
            },
            /port 32558 of a node, and remote write is answered on none/,
        ],
        [
            "a gateway's port without identities",
            { gateway: { nodePort: 32600 } },
            /gateway\.nodePort = 32600 +is of no use: there is no gateway without/,
        ],
        [
            "ranges for policies that are not there",
            { networkPolicies: { allowFrom: ["10.0.0.0/8"] } },
            /networkPolicies\.allowFrom = \["10\.0\.0\.0\/8"\] +is of no use: there are no policies without/,
        ],
        [
            "a range that is none, for the policies",
            { networkPolicies: { enabled: true, allowFrom: ["10.0.0.0"] } },
            /networkPolicies\.allowFrom\[0\] = "10\.0\.0\.0" +must be an address range/,
        ],
        [
            "policies that are neither on nor off",
            { networkPolicies: { enabled: "maybe" } },
            /networkPolicies\.enabled = "maybe" +must be true or false/,
        ],
        [
            "an open gateway without identities",
            { gateway: { exclusive: false } },
            /gateway\.exclusive = false +is of no use/,
        ],
        [
            "more replicas than nodes",
            { identities: [eu], gateway: { replicas: 3 } },
            /gateway\.replicas = 3 +is more than the 2 node/,
        ],
        [
            "the coordinator's NodePort",
            { identities: [eu], gateway: { nodePort: 32555 } },
            /gateway\.nodePort = 32555 +is m3perf:coordinator\.nodePort too/,
        ],
        [
            "a range that is none",
            { identities: [eu], gateway: { allowFrom: ["10.0.0.0/33"] } },
            /allowFrom\[0\] = "10\.0\.0\.0\/33" +must be an address range/,
        ],
        [
            "an address without a range",
            { identities: [eu], gateway: { allowFrom: ["10.0.0.1"] } },
            /allowFrom\[0\].*must be an address range/,
        ],
        [
            "a gateway that the node has no memory for",
            { identities: [eu], gateway: { memory: "1Gi" } },
            /worker-4 .*gateway 1024Mi/,
        ],
    ];
    for (const [what, config, expected] of bad) {
        it(`refuse ${what}, in one line`, () => {
            const lines = problems(config);
            assert.equal(lines.length, 1, lines.join("\n"));
            assert.match(lines[0] ?? "", expected);
        });
    }
});
