import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { run } from "../../support/exec.ts";
import { projectRoot } from "../../support/paths.ts";
import { type ProgramStack, programStack } from "../support/program.ts";

/** assert.match with the end of a long output only. */
function shows(output: string, expected: RegExp): void {
    assert.ok(expected.test(output), `no ${expected} in the output, whose end is:\n${output.slice(-1500)}`);
}

/** A stack output as `preview --diff` shows it at its end, on one line, the columns' padding as one space. */
function outputOf(text: string, name: string): string {
    const outputs = text.slice(text.lastIndexOf("--outputs:--"));
    const [, value] = new RegExp(`\\n {4}${name} *: (\\{\\n[\\s\\S]*?\\n {4}\\})`).exec(outputs) ?? [];
    assert.ok(value, `no output ${name} in:\n${text.slice(-1500)}`);
    return value.replace(/^(\s*[^\s"]+?) *: /gm, "$1 : ").replace(/\s+/g, " ");
}

/** The real engine and the plugins of this machine, with no cluster within reach. */
describe("pulumi preview without a cluster", function () {
    this.timeout(120_000);
    const site = "test/unit/components/site.yaml";
    let stack: ProgramStack;

    before(async () => {
        stack = await programStack("preview", { site });
    });
    after(() => stack.remove());

    it("succeeds, shows every resource, and says what it could not check", async () => {
        stack.configure({ site });
        const { code, stdout, stderr } = await stack.pulumi(["preview", "--diff"]);
        assert.equal(code, 0, stdout + stderr);
        for (const component of [
            "nodes",
            "etcd",
            "operator",
            "m3-cluster",
            "m3-setup",
            "m3coordinator",
            "m3query",
            "m3aggregator",
            "observe",
            "prometheus",
        ]) {
            shows(stdout, new RegExp(`::${component}\\]`));
        }
        shows(stdout + stderr, /\+ 6\d to create/);
        shows(stdout + stderr, /no cluster is at hand: test\/unit\/components\/site\.yaml names no kubeconfig/);
        shows(stdout + stderr, /what could not be checked:\s+- what is in the cluster already/);
        shows(stdout + stderr, /numberOfShards\s*: 64/);
        shows(stdout + stderr, /remote_write/);
    });

    it("gives the whole environment, with no secret in it", async () => {
        stack.configure({ site });
        const { stdout } = await stack.pulumi(["preview", "--json"]);
        assert.ok(!stdout.includes("no-cluster-at-hand"), "the kubeconfig's content shows");
        const [stackStep] = JSON.parse(stdout).steps;
        assert.match(stackStep.urn, /pulumi:pulumi:Stack/);

        // The engine's JSON of a preview leaves the outputs out; its text ends in them.
        const text = (await stack.pulumi(["preview", "--diff"])).stdout;
        const environment = outputOf(text, "environment");
        for (const facts of [
            'stack : "preview"',
            'site : "test"',
            "version : 1",
            "kubeconfig : <null>",
            'namespace : "m3db"',
            '{ address : "10.90.0.11" isolationGroup : "rep0" name : "worker-1" roles : [ [0] : "m3db" ] }',
            'endpoints : [ [0] : "http://etcd-0.etcd.m3db:2379" [1] : "http://etcd-1.etcd.m3db:2379"',
            'operator : { selector : { app : "m3db-operator" } workload : "m3db-operator" }',
            'm3Environment : "m3db/m3-cluster" metricName : "__name__" name : "m3-cluster"',
            'name : "metrics-10s_2d" resolution : "10s" retention : "48h"',
            "numberOfShards : 64",
            'pods : [ [0] : "m3-cluster-rep0-0" [1] : "m3-cluster-rep1-0" [2] : "m3-cluster-rep2-0" ]',
            "replicationFactor : 3",
            'metricsNodePort : 32556 nodePort : 32555 service : "m3coordinator" url : "http://m3coordinator.m3db:7201"',
            'nodePort : 32558 service : "m3query" url : "http://m3query.m3db:7201"',
            'metricsNodePort : 32330 service : "m3aggregator" url : "http://m3aggregator.m3db:6001"',
            'consumer : "m3aggregator" environment : "default_env" name : "aggregator_ingest"',
            'consumer : "m3coordinator" environment : "default_env" name : "aggregated_metrics"',
            "readRecent : true",
            'remoteReadUrl : "http://m3query.m3db:7201/api/v1/prom/remote/read"',
            'remoteWriteUrl : "http://m3coordinator.m3db:7201/api/v1/prom/remote/write"',
        ]) {
            assert.ok(environment.includes(facts), `no ${facts} in the output:\n${environment}`);
        }
        assert.ok(!/secret|no-cluster-at-hand|127\.0\.0\.1/.test(environment), environment);
    });

    it("shows the gateway of identities, and no NodePort that leads past it", async () => {
        stack.configure({
            site,
            identities: [
                { name: "eu-1", labels: { cluster: "eu-1" }, secretIn: ["monitoring"] },
                { name: "operator", reads: "all", writes: false },
            ],
            gateway: { nodePort: 32600 },
        });
        const { code, stdout, stderr } = await stack.pulumi(["preview", "--diff"]);
        assert.equal(code, 0, stdout + stderr);
        for (const name of [
            "token-eu-1",
            "secret-eu-1",
            "secret-eu-1-monitoring",
            "token-operator",
            "config",
            "policy",
        ])
            shows(stdout, new RegExp(`::m3gateway-${name}\\]`));
        const environment = outputOf(stdout, "environment");
        assert.match(
            environment,
            /gateway : \{ exclusive : true identities : \[ \[0\] : \{ labels : \{ cluster : "eu-1" \}/,
        );
        assert.match(environment, /secret : "m3gateway-operator"/);
        for (const port of ["32555", "32558"]) assert.ok(!stdout.includes(port), `NodePort ${port} is still there`);
        assert.ok(stdout.includes("32600") && stdout.includes("32556"));
    });

    it("says all wrong settings at once, and declares nothing", async () => {
        stack.configure({ site, m3db: { replicationFactor: 2 }, etcd: { membres: 3 }, query: { nodePort: 80 } });
        const { code, stdout, stderr } = await stack.pulumi(["preview"]);
        assert.notEqual(code, 0);
        shows(stdout + stderr, /3 settings are wrong in Pulumi\.preview\.yaml:/);
        shows(stdout + stderr, /m3perf:m3db\.replicationFactor = 2 +must be odd/);
        shows(stdout + stderr, /m3perf:etcd\.membres = 3 +is not known: did you mean members\?/);
        shows(stdout + stderr, /m3perf:query\.nodePort = 80 +must be a port from 30000/);
        assert.ok(!/kubernetes:/.test(stdout), "a resource was declared");
        assert.ok(!/\bat .*\.ts:\d+/.test(stdout), "a stack trace is not for users");
    });

    it("works for a site whose cluster does not answer", async () => {
        const folder = mkdtempSync(join(tmpdir(), "m3perf-site-"));
        try {
            const text = await run("cat", [join(projectRoot, site)]);
            writeFileSync(join(folder, "site.yaml"), `${text}kubeconfig: ./kubeconfig\n`);
            const kubeconfig = {
                "current-context": "x",
                contexts: [{ name: "x", context: { cluster: "x", user: "x" } }],
                clusters: [{ name: "x", cluster: { server: "https://127.0.0.1:2" } }],
                users: [{ name: "x", user: { token: "not-shown" } }],
            };
            writeFileSync(join(folder, "kubeconfig"), JSON.stringify(kubeconfig));
            stack.configure({ site: join(folder, "site.yaml") });
            const { code, stdout, stderr } = await stack.pulumi(["preview", "--diff"]);
            assert.equal(code, 0, stdout + stderr);
            shows(stdout + stderr, /warning: the cluster at https:\/\/127\.0\.0\.1:2 cannot be reached: \S/);
            assert.ok(!(stdout + stderr).includes("not-shown"));
        } finally {
            rmSync(folder, { recursive: true });
        }
    });

    it("goes no further: an update stops before the first resource and names the way out", async () => {
        stack.configure({ site });
        const { code, stdout, stderr } = await stack.pulumi(["up", "--yes", "--skip-preview"]);
        assert.notEqual(code, 0);
        shows(stdout + stderr, /no cluster is at hand/);
        shows(stdout + stderr, /what to do: add kubeconfig/);
        assert.ok(!/kubernetes:/.test(stdout));
    });

    it("leaves the clone as it was", async () => {
        const changed = await run(
            "git",
            ["status", "--porcelain", "--", "Pulumi.preview.yaml", "Pulumi.yaml", "Pulumi.dev.yaml"],
            { cwd: projectRoot },
        );
        assert.equal(changed, "");
    });
});
