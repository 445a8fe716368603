import assert from "node:assert/strict";
import { remoteWriteBody, remoteWriteHeaders } from "../../agent/remote-write.ts";
import { waitFor } from "../../support/wait.ts";
import {
    kubectl,
    kubectlApply,
    kubectlJson,
    m3perf,
    m3perfJson,
    settingsWith,
    standsOn,
    type UpJson,
} from "./environment.ts";
import { measurement, namespace, servers } from "./identities/objects.ts";

const nodePort = 32600;
const identities = [
    { name: "eu-1", labels: { cluster: "eu-1" } },
    { name: "us-1", labels: { cluster: "us-1" } },
    { name: "operator", reads: "all", writes: false },
];

interface Answer {
    status: number;
    text: string;
}

interface Vector {
    data: { result: { metric: Record<string, string>; value: [number, string] }[] };
}

describe("e2e: two Prometheus servers with two identities, and an operator", function () {
    this.timeout(20 * 60_000);
    const tokens = { eu: "", us: "", operator: "" };
    let node = "";

    /** Through the gateway's NodePort. */
    async function call(token: string, path: string, options: RequestInit = {}): Promise<Answer> {
        const headers = { ...(token ? { Authorization: `Bearer ${token}` } : {}), ...options.headers };
        const signal = AbortSignal.timeout(20_000);
        const answer = await fetch(`http://${node}:${nodePort}${path}`, { ...options, headers, signal });
        return { status: answer.status, text: await answer.text() };
    }

    /** Values of a label, of the series that a query finds. */
    async function seen(token: string, query: string, label = "cluster"): Promise<string[]> {
        const { status, text } = await call(token, `/api/v1/query?query=${encodeURIComponent(query)}`);
        assert.equal(status, 200, text);
        return [...new Set((JSON.parse(text) as Vector).data.result.map(({ metric }) => metric[label] ?? ""))].sort();
    }

    /** What one of the two servers answers: its own samples, and what it reads from M3. */
    async function askServer(origin: string, query: string): Promise<Vector["data"]["result"]> {
        const path = `/api/v1/namespaces/${namespace}/services/prometheus-${origin}:9090/proxy/api/v1/query`;
        const text = await kubectl("get", "--raw", `${path}?query=${encodeURIComponent(query)}`);
        return (JSON.parse(text) as Vector).data.result;
    }

    const write = (token: string, labels: Record<string, string>, headers: Record<string, string> = {}) =>
        call(token, "/api/v1/prom/remote/write", {
            method: "POST",
            headers: { ...remoteWriteHeaders, ...headers },
            body: new Uint8Array(remoteWriteBody([{ labels, samples: [{ value: 1, time: Date.now() }] }])),
        });

    before(() => standsOn("up", "up"));

    it("a gateway comes up with the settings, every check passes, and no other door stays open", async () => {
        const settings = await settingsWith({ "m3perf:identities": identities, "m3perf:gateway": { nodePort } });
        const result = await m3perfJson<UpJson>(["up", "--settings", settings]);
        assert.equal(result.failed, 0);
        const guards = result.checks.find(({ id }) => id === "gateway.guards");
        assert.equal(guards?.evidence.toString(), "2 pods; identities: eu-1, us-1, operator");

        const { items } = await kubectlJson<{
            items: { status: { addresses: { type: string; address: string }[] } }[];
        }>("get", "nodes", "-l", "m3perf.io/role-coordinator=true");
        node = items[0]?.status.addresses.find(({ type }) => type === "InternalIP")?.address ?? "";
        for (const port of [32555, 32558]) {
            const closed = fetch(`http://${node}:${port}/health`, { signal: AbortSignal.timeout(5000) });
            await assert.rejects(closed, `port ${port} of M3's API is open`);
        }
        for (const [key, name] of [
            ["eu", "eu-1"],
            ["us", "us-1"],
            ["operator", "operator"],
        ] as const) {
            const path = "jsonpath={.data.token}";
            const text = await kubectl("-n", "m3db", "get", "secret", `m3gateway-${name}`, "-o", path);
            tokens[key] = Buffer.from(text, "base64").toString();
            assert.match(tokens[key], /^[a-z0-9]{48}$/);
            assert.ok(!JSON.stringify(result).includes(tokens[key]), "a token shows in the output of up");
        }
    });

    it("two servers send, and the operator sees both, each under its own identity", async () => {
        await kubectlApply(servers(tokens));
        for (const origin of ["eu", "us"]) {
            await kubectl("-n", namespace, "rollout", "status", `deployment/prometheus-${origin}`, "--timeout=120s");
        }
        await waitFor({ what: "samples of both servers", timeout: 120, every: 2 }, async () => {
            const clusters = await seen(tokens.operator, 'up{job="self"}');
            return clusters.length === 2 && clusters;
        });
        assert.deepEqual(await seen(tokens.operator, 'up{job="self",origin="eu"}'), ["eu-1"]);
        assert.deepEqual(await seen(tokens.operator, 'up{job="self",origin="us"}'), ["us-1"]);
    });

    it("each reads only its own by PromQL, whatever it asks for", async () => {
        assert.deepEqual(await seen(tokens.eu, 'up{job="self"}', "origin"), ["eu"]);
        assert.deepEqual(await seen(tokens.us, 'up{job="self"}', "origin"), ["us"]);
        for (const query of [
            'up{cluster="us-1"}',
            'up{cluster!="eu-1"}',
            'up{origin="us"}',
            '{__name__=~".+",origin="us"}',
        ]) {
            assert.deepEqual(await seen(tokens.eu, query), [], query);
        }
        // The site's own Prometheus writes past the gateway here: its series belong to nobody.
        assert.deepEqual(await seen(tokens.eu, "count by (cluster) (up)"), ["eu-1"]);
    });

    it("each sees only its own labels and series by name", async () => {
        const list = async (token: string, path: string) => JSON.parse((await call(token, path)).text).data;
        assert.deepEqual(await list(tokens.eu, "/api/v1/label/origin/values"), ["eu"]);
        assert.deepEqual(await list(tokens.us, "/api/v1/label/cluster/values"), ["us-1"]);
        assert.deepEqual(await list(tokens.operator, "/api/v1/label/origin/values"), ["eu", "us"]);
        const series = await list(tokens.eu, "/api/v1/series?match[]=up");
        assert.deepEqual([...new Set(series.map(({ cluster }: { cluster: string }) => cluster))], ["eu-1"]);
        assert.ok(!(await list(tokens.eu, "/api/v1/labels")).includes("checkout"), "a label of verify's own data");
    });

    it("a sender that sets another's label, by label or header, gets its own", async () => {
        const spoofs: [string, Record<string, string>, Record<string, string>][] = [
            ["m3perf_posing_label", { cluster: "eu-1" }, {}],
            ["m3perf_posing_none", {}, {}],
            [
                "m3perf_posing_header",
                { cluster: "eu-1" },
                { "M3-Map-Tags-JSON": '{"tagMappers":[{"write":{"tag":"cluster","value":"eu-1"}}]}' },
            ],
        ];
        for (const [name, labels, headers] of spoofs) {
            const answer = await write(tokens.us, { __name__: name, ...labels }, headers);
            assert.equal(answer.status, 200, answer.text);
            const clusters = await waitFor({ what: name, timeout: 30, every: 1 }, async () => {
                const found = await seen(tokens.operator, name);
                return found.length > 0 && found;
            });
            assert.deepEqual(clusters, ["us-1"], name);
            assert.deepEqual(await seen(tokens.eu, name), [], name);
        }
    });

    it("each server reads only its own from M3 (remote read)", async () => {
        // Nobody scrapes these: a server that shows them has them from M3.
        const own = await askServer("us", "m3perf_posing_label");
        assert.equal(own.length, 1);
        assert.equal(own[0]?.metric.cluster, undefined, "Prometheus takes its external labels off what it reads");
        for (const query of ["m3perf_posing_label", 'm3perf_posing_label{cluster="us-1"}', 'up{origin="us"}']) {
            assert.deepEqual(await askServer("eu", query), [], query);
        }
    });

    it("the operator reads all and writes nothing; nobody comes in without a token, nobody to the administration", async () => {
        assert.deepEqual(await seen(tokens.operator, 'count by (origin) (up{job="self"})', "origin"), ["eu", "us"]);
        assert.equal((await write(tokens.operator, { __name__: "m3perf_posing_operator" })).status, 403);
        for (const token of ["", "x".repeat(48), tokens.eu.slice(1)]) {
            assert.equal((await write(token, { __name__: "m3perf_posing_nobody" })).status, 401);
            assert.equal((await call(token, "/api/v1/query?query=up")).status, 401);
        }
        for (const path of ["/api/v1/services/m3db/placement", "/api/v1/topic", "/api/v1/database/create", "/health"]) {
            assert.equal((await call(tokens.operator, path)).status, 404, path);
        }
    });

    it("what the gateway costs a write is measured", async () => {
        await kubectlApply(measurement(tokens.eu));
        await kubectl(
            "-n",
            namespace,
            "wait",
            "--for=jsonpath={.status.phase}=Succeeded",
            "pod/measure",
            "--timeout=170s",
        );
        const figures = JSON.parse(await kubectl("-n", namespace, "logs", "measure"));
        assert.equal(figures.writes, 400);
        console.log(`      ${JSON.stringify(figures)}`);
    });

    it("the gateway's logs name senders and hold no token", async () => {
        const logs = await kubectl("-n", "m3db", "logs", "-l", "app=m3gateway", "--tail=-1");
        assert.match(logs, / eu-1 POST \/api\/v1\/prom\/remote\/write 200 /);
        assert.match(logs, / us-1 POST \/api\/v1\/prom\/remote\/read 200 /);
        for (const token of Object.values(tokens)) assert.ok(!logs.includes(token));
        const memory = await kubectl(
            "-n",
            "m3db",
            "exec",
            "deploy/m3gateway",
            "--",
            "sh",
            "-c",
            "grep -h VmRSS /proc/[0-9]*/status",
        );
        console.log(`      ${memory.trim().split("\n").join("; ")}`);
    });

    it("the site's own Prometheus sends and reads as one of them, by one setting", async () => {
        const settings = await settingsWith({
            "m3perf:identities": [...identities, { name: "site", labels: { cluster: "site" } }],
            "m3perf:gateway": { nodePort },
            "m3perf:prometheus": { identity: "site" },
        });
        const result = await m3perfJson<UpJson>(["up", "--settings", settings]);
        assert.equal(result.failed, 0, JSON.stringify(result.checks));
        const clusters = await waitFor(
            { what: "samples of the site's Prometheus", timeout: 120, every: 2 },
            async () => {
                const found = await seen(tokens.operator, 'count by (cluster) (up{job!="self"})');
                return found.includes("site") && found;
            },
        );
        assert.ok(clusters.includes("site"));
        assert.deepEqual(await seen(tokens.eu, 'up{cluster="site"}'), []);
        const { unchanged, changes } = await m3perfJson<UpJson>(["preview", "--settings", settings]);
        assert.equal(unchanged, true, JSON.stringify(changes));
    });

    it("is gone without a trace when the identities are", async () => {
        await kubectl("delete", "namespace", namespace, "--timeout=120s");
        const result = await m3perfJson<UpJson>(["up"]);
        assert.equal(result.failed, 0);
        for (const kind of ["deployments", "services", "secrets", "networkpolicies", "poddisruptionbudgets"]) {
            const names = await kubectl("-n", "m3db", "get", kind, "-o", "name");
            assert.doesNotMatch(names, /m3gateway/, kind);
        }
    });

    after(async function () {
        this.timeout(10 * 60_000);
        await kubectl("delete", "namespace", namespace, "--ignore-not-found", "--wait=false");
        await m3perf(["up"]); // the stages after this one have the stack's own settings
    });
});
