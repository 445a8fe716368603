import assert from "node:assert/strict";
import * as pulumi from "@pulumi/pulumi";
import { Gateway, type GatewayArgs } from "../../../components/m3/Gateway.ts";
import { type GatewayConfig, gatewayConfig, mapTags, restrictByTags } from "../../../components/m3/gateway-config.ts";
import { gatewayDeployment, gatewayPolicy } from "../../../components/m3/gateway-manifests.ts";
import type { NetworkPlan } from "../../../components/network/plan.ts";
import { images } from "../../../settings/images.ts";
import { gatewaySchema, type Identity } from "../../../settings/schema/identities.ts";
import { isSecret, runWithMocks } from "../../support/pulumi-mocks.ts";

const eu: Identity = { name: "eu-1", labels: { cluster: "eu-1" }, reads: "own", writes: true, secretIn: [] };
const operator: Identity = { name: "operator", labels: {}, reads: "all", writes: false, secretIn: [] };
const tokens = { "eu-1": "e".repeat(48), operator: "o".repeat(48) };
const config: GatewayConfig = {
    identities: [eu, operator],
    tokens,
    coordinator: "m3coordinator.m3db:7201",
    query: "m3query.m3db:7201",
    port: 7210,
    healthPort: 7211,
};

/** As network/plan.ts makes it. */
const network: NetworkPlan = {
    ...{ namespace: "m3db", cluster: "m3-cluster", prometheusNamespace: "monitoring" },
    ranges: ["10.0.0.1/32", "fd00::1/128", "10.9.0.0/16"],
    ...{ closed: true, etcdTls: false, remotes: "none", answering: "query" },
    has: { admin: false, gateway: true, generator: false },
};

describe("the gateway's configuration", () => {
    it("speaks M3's own words", () => {
        assert.equal(mapTags(eu), '{"tagMappers":[{"write":{"tag":"cluster","value":"eu-1"}}]}');
        assert.equal(restrictByTags(eu), '{"match":[{"name":"cluster","type":"EQUAL","value":"eu-1"}],"strip":[]}');
    });

    it("knows each identity by its token, and what it may do", () => {
        const text = gatewayConfig(config);
        assert.ok(text.includes(`'Bearer ${tokens["eu-1"]}' 'eu-1';`));
        assert.match(text, /map \$sender \$writes \{\s+'eu-1' 'yes';\s+'operator' '';\s+\}/);
        assert.match(text, /map \$sender \$restrict_by_tags \{\s+'eu-1' '\{"match".*';\s+'operator' '';\s+\}/);
    });

    it("takes no name for a word of nginx", () => {
        const names = ["include", "default", "hostnames", "volatile", "included"];
        const identities = names.map((name) => ({ ...eu, name }));
        const all = Object.fromEntries(names.map((name) => [name, "n".repeat(48)]));
        const [, writes = ""] =
            /map \$sender \$writes \{\n([^}]*)\}/.exec(gatewayConfig({ ...config, identities, tokens: all })) ?? [];
        assert.deepEqual(
            writes.trim().split(/\n\s+/),
            names.map((name) => (name === "included" ? "'included' 'yes';" : `'\\${name}' 'yes';`)),
        );
    });

    it("goes to the coordinators with writes and to m3query with reads", () => {
        const text = gatewayConfig(config);
        assert.match(text, /upstream coordinator \{\s+server m3coordinator\.m3db:7201;/);
        assert.match(text, /upstream query \{\s+server m3query\.m3db:7201;/);
        assert.deepEqual(text.match(/proxy_pass http:\/\/coordinator\S+;/g), [
            "proxy_pass http://coordinator/api/v1/prom/remote/write;",
        ]);
    });

    it("opens no location without asking who it is, but for probes", () => {
        const [, ...locations] = gatewayConfig(config).split(/^ {8}location /m);
        const open = locations.filter((one) => !one.includes('if ($sender = "")'));
        assert.deepEqual(
            open.map((one) => one.split("{")[0]?.trim()),
            ["= /healthz", "/", "/"],
        );
        for (const one of open) assert.ok(!one.includes("proxy_pass"), one);
        for (const one of locations) assert.equal(one.includes("proxy_pass"), !open.includes(one));
    });

    it("writes into no folder but /tmp", () => {
        const paths = [...gatewayConfig(config).matchAll(/^\s*\w+(?:_path|_log|pid)?\s+(\/\S+?)[\s;]/gm)];
        assert.deepEqual([...new Set(paths.map(([, path = ""]) => path.split("/")[1]))].sort(), ["dev", "tmp"]);
    });

    const withLabel = (labels: Record<string, string>) => () =>
        gatewayConfig({ ...config, identities: [{ ...eu, labels }, operator] });

    it("lets no label become configuration, whatever the settings let pass", () => {
        for (const value of ["x'; return 200; '", "x$http_host", "x\\", "x\ny", "x\u0000", "ü"]) {
            assert.throws(withLabel({ cluster: value }), /not to be written into nginx\.conf/, value);
            assert.throws(withLabel({ [value]: "x" }), /not to be written into nginx\.conf/, value);
        }
        assert.throws(() =>
            gatewayConfig({ ...config, identities: [{ ...eu, name: "a'b" }], tokens: { "a'b": "e".repeat(48) } }),
        );
        assert.throws(() => gatewayConfig({ ...config, query: "m3query:7201; }" }), /not a host with a port/);
    });

    it("takes no weak token, and shows none in an error", () => {
        for (const token of [undefined, "", "short", "E".repeat(48), `${"e".repeat(48)}'`, "e".repeat(129)]) {
            const { "eu-1": _, ...others } = tokens;
            const given = token === undefined ? others : { ...others, "eu-1": token };
            assert.throws(
                () => gatewayConfig({ ...config, tokens: given }),
                (error: Error) =>
                    /token of identity eu-1/.test(error.message) && !(token && error.message.includes(token)),
            );
        }
    });
});

describe("the gateway's manifests", () => {
    const plan = {
        image: images.nginx,
        namespace: "m3db",
        isolation: "dedicated",
        replicas: 2,
        memoryMi: 64,
        cpu: "100m",
    } as const;
    const { spec } = gatewayDeployment(plan, "config-1a");
    const pod = spec.template.spec;
    const [container] = pod.containers;
    assert.ok(container);

    it("hold up against Pod Security's restricted profile", () => {
        const { securityContext } = container;
        assert.equal(pod.securityContext.runAsNonRoot, true);
        assert.deepEqual(pod.securityContext.seccompProfile, { type: "RuntimeDefault" });
        assert.equal(securityContext.allowPrivilegeEscalation, false);
        assert.deepEqual(securityContext.capabilities, { drop: ["ALL"] });
        assert.equal(securityContext.readOnlyRootFilesystem, true);
        assert.equal(pod.automountServiceAccountToken, false);
        assert.deepEqual(
            pod.volumes.flatMap((volume) => Object.keys(volume).filter((key) => key !== "name")),
            ["secret", "emptyDir"],
        );
    });

    it("read the configuration from a Secret whose name changes with it, so that pods roll", () => {
        assert.deepEqual(pod.volumes[0], { name: "config", secret: { secretName: "config-1a", defaultMode: 0o440 } });
    });

    it("stand beside the coordinators, one on each node", () => {
        assert.equal(spec.replicas, 2);
        assert.deepEqual(pod.nodeSelector, { "m3perf.io/role-coordinator": "true" });
        assert.deepEqual(spec.strategy.rollingUpdate, { maxSurge: 0, maxUnavailable: 1 });
        assert.deepEqual(container.resources, {
            requests: { cpu: "100m", memory: "64Mi" },
            limits: { memory: "64Mi" },
        });
    });

    const tcp = (...ports: number[]) => ports.map((port) => ({ port, protocol: "TCP" }));
    const prometheus = [{ namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "monitoring" } } }];

    it("let only the namespace, nodes, Prometheus and what the settings add past the gateway", () => {
        const { spec: policy } = gatewayPolicy(network);
        assert.deepEqual(policy.podSelector, {});
        assert.deepEqual(policy.policyTypes, ["Ingress"]);
        assert.deepEqual(policy.ingress, [
            {
                from: [
                    { podSelector: {} },
                    { ipBlock: { cidr: "10.0.0.1/32" } },
                    { ipBlock: { cidr: "fd00::1/128" } },
                    { ipBlock: { cidr: "10.9.0.0/16" } },
                ],
            },
            { ports: tcp(6002, 7203, 7210) },
            { from: prometheus, ports: tcp(2379, 9004) },
        ]);
    });

    it("let in Prometheus and the zones where more of the stack has something for them", () => {
        const has = { ...network.has, generator: true };
        const ingress = (more: Partial<NetworkPlan>) =>
            gatewayPolicy({ ...network, has, etcdTls: true, ...more }).spec.ingress.slice(1);
        assert.deepEqual(ingress({ remotes: "pods" }), [
            { ports: tcp(6002, 7203, 7210) },
            { from: prometheus, ports: tcp(2381, 9004, 9464) },
            {
                from: ["m3query", "m3coordinator"].map((app) => ({
                    namespaceSelector: {},
                    podSelector: { matchLabels: { app } },
                })),
                ports: tcp(7202),
            },
        ]);
        assert.deepEqual(ingress({ remotes: "anybody" }), [
            { ports: tcp(6002, 7202, 7203, 7210) },
            { from: prometheus, ports: tcp(2381, 9004, 9464) },
        ]);
    });
});

describe("the gateway", () => {
    const args: GatewayArgs = {
        image: images.nginx,
        namespace: "m3db",
        identities: [{ ...eu, secretIn: ["monitoring"] }, operator],
        settings: gatewaySchema.parse({ nodePort: 32600 }),
        isolation: "dedicated",
        replicas: 2,
        coordinatorUrl: "http://m3coordinator.m3db:7201",
        queryUrl: "http://m3query.m3db:7201",
        network,
    };
    const made = async (name: string, changes: Partial<GatewayArgs["settings"]> = {}, named = false) => {
        const settings = { ...args.settings, ...changes };
        const state = (resource: string, inputs: Record<string, unknown>) => ({
            ...inputs,
            metadata: { name: `${resource}-0a1b`, ...((inputs.metadata ?? {}) as object) },
            ...("length" in inputs ? { result: "t".repeat(48) } : {}),
        });
        const run = async () => new Gateway(name, { ...args, settings, network: named ? undefined : network });
        return (await runWithMocks({}, run, state, false)).resources;
    };

    it("makes a token for each identity, a Secret of it, and never shows one", async () => {
        const resources = await made("gate");
        const token = resources.get("gate-token-eu-1");
        assert.equal(token?.type, "random:index/randomPassword:RandomPassword");
        assert.deepEqual([token.inputs.length, token.inputs.upper, token.inputs.special], [48, false, false]);
        for (const name of ["gate-config", "gate-secret-eu-1", "gate-secret-operator"]) {
            assert.ok(isSecret(resources.get(name)?.inputs.stringData), name);
        }
        const secret = resources.get("gate-secret-eu-1")?.inputs.metadata as { name: string; namespace: string };
        assert.deepEqual([secret.name, secret.namespace], ["m3gateway-eu-1", "m3db"]);
        const copy = resources.get("gate-secret-eu-1-monitoring");
        assert.ok(isSecret(copy?.inputs.stringData));
        const { name, namespace } = (copy?.inputs.metadata ?? {}) as Partial<typeof secret>;
        assert.deepEqual([name, namespace], ["m3gateway-eu-1", "monitoring"]);
        const workload = JSON.stringify(resources.get("gate-workload")?.inputs);
        assert.match(workload, /"secretName":"gate-config-0a1b"/);
        for (const { inputs, type } of resources.values()) {
            if (type.includes(":Secret")) continue;
            assert.ok(!JSON.stringify(inputs).includes("t".repeat(48)), type);
        }
    });

    it("has a NodePort and a policy as the settings say", async () => {
        const all = await made("one");
        assert.match(
            JSON.stringify(all.get("one-external")?.inputs),
            /"nodePort":32600,"port":7210|"port":7210,"nodePort":32600/,
        );
        assert.ok(all.has("one-policy"));
        const { nodePort: _, ...closed } = args.settings;
        args.settings = closed;
        const open = await made("two", { exclusive: false });
        assert.ok(!open.has("two-external"));
        assert.ok(!open.has("two-policy"));
        assert.ok(open.has("two-service"));
    });

    it("speaks https with the certificate of its Secret, and tells its authority beside each token", async () => {
        const tls = { name: pulumi.output("gateway-certificate"), authority: pulumi.secret("the authority") };
        const state = (resource: string, inputs: Record<string, unknown>) => ({
            ...inputs,
            metadata: { name: `${resource}-0a1b`, ...((inputs.metadata ?? {}) as object) },
            ...("length" in inputs ? { result: "t".repeat(48) } : {}),
        });
        const run = async () => new Gateway("tls", { ...args, tls });
        const { resources, result } = await runWithMocks({}, run, state, false);
        assert.equal(result.url, "https://m3gateway.m3db:7210");
        const secret = resources.get("tls-secret-eu-1")?.inputs.stringData as { value: object };
        assert.deepEqual(secret.value, { token: "t".repeat(48), "ca.crt": "the authority" });
        const workload = JSON.stringify(resources.get("tls-workload")?.inputs);
        assert.match(workload, /"secretName":"gateway-certificate"/);
        assert.match(workload, /"name":"https"/);
        const sealed = resources.get("tls-config")?.inputs.stringData as { value: { "nginx.conf": string } };
        const conf = sealed.value["nginx.conf"];
        assert.match(conf, /listen 7210 ssl;\n +ssl_certificate \/etc\/m3perf-tls\/tls\.crt;/);
        assert.match(conf, /error_page 497 =503 @plain;/);
        assert.ok(!gatewayConfig(config).includes("ssl"));
    });

    it("has no policy that lets the whole namespace pass where others name who may come", async () => {
        assert.ok(!(await made("three", {}, true)).has("three-policy"));
    });
});
