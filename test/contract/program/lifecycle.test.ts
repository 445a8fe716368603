/**
 * The whole program by the real engine against a real API server: up, nothing to do, a change, destroy. Pods are played
 * (kubelets.ts), so what M3 does with it all is the lab's test; what Pulumi and Kubernetes make of it is this one.
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { runEngine } from "../../../operations/stack/pulumi.ts";
import type { Session } from "../../../operations/stack/session.ts";
import type { Environment } from "../../../settings/environment.ts";
import type { ApiServer } from "../../support/apiserver.ts";
import { type PlayedSite, playSite, prometheusYml } from "../../support/played-site.ts";
import type { ProgramStack } from "../../support/program.ts";

interface List<T> {
    items: T[];
}
interface Named {
    metadata: { name: string; labels?: Record<string, string>; annotations?: Record<string, string>; uid: string };
    spec?: { taints?: { key: string }[] };
}

const silent = { line() {}, note() {} };
describe("the program's life", function () {
    this.timeout(300_000);
    let played: PlayedSite;
    let api: ApiServer;
    let stack: ProgramStack;
    let site: string;

    const pulumi = async (...args: string[]) => {
        const { code, stdout, stderr } = await stack.pulumi(args, 240);
        assert.equal(code, 0, (stdout + stderr).slice(-4000));
        return stdout + stderr;
    };
    const list = async (path: string) => (await api.call<List<Named>>("GET", path)).body.items;
    const names = async (kind: string) =>
        (await list(`/apis/apps/v1/namespaces/m3db/${kind}`)).map(({ metadata }) => metadata.name).sort();

    /** Nodes as the program found them and has to leave them. */
    const nodesNow = async () =>
        (await list("/api/v1/nodes")).map(({ metadata, spec }) => ({
            name: metadata.name,
            labels: Object.keys(metadata.labels ?? {})
                .filter((key) => key.startsWith("m3perf.io/"))
                .sort(),
            annotations: Object.keys(metadata.annotations ?? {}).filter((key) => key.startsWith("m3perf.io/")),
            taints: (spec?.taints ?? []).map(({ key }) => key),
        }));

    before(async () => {
        played = await playSite({ stack: "life" });
        ({ api, site, stack } = played);
    });
    after(() => played?.stop());

    it("comes up whole, in order, with no secret in the output or in the plain state", async () => {
        const output = await pulumi("up", "--yes", "--skip-preview");
        assert.deepEqual(await names("statefulsets"), ["etcd", "m3aggregator", "m3db-operator"]);
        assert.deepEqual(await names("deployments"), ["m3coordinator", "m3query"]);
        const token = api.token;
        assert.ok(!output.includes(token));
        const state = await pulumi("stack", "export");
        assert.ok(!state.includes(token), "the kubeconfig's token lies open in the state");
        const environment = JSON.parse(await pulumi("stack", "output", "environment", "--json")) as Environment;
        assert.equal(environment.kubeconfig, api.kubeconfig);
        const worker = (await nodesNow()).find(({ name }) => name === "worker-1");
        assert.deepEqual(worker?.labels, ["m3perf.io/isolation-group", "m3perf.io/role-m3db"]);
        assert.deepEqual(worker?.taints, ["dedicated"]);
        const live = await api.call<{ data: Record<string, string> }>(
            "GET",
            "/api/v1/namespaces/monitoring/configmaps/prometheus-server",
        );
        assert.match(live.body.data["prometheus.yml"] ?? "", /remote_write/);
    });

    it("has nothing to do a second time, also after looking at the cluster", async () => {
        assert.match(await pulumi("preview", "--expect-no-changes"), /6\d unchanged/);
        const output = await pulumi("up", "--yes", "--skip-preview", "--expect-no-changes");
        assert.match(output, /6\d unchanged/);
        assert.ok(!/updated|created|replaced|deleted/.test(output), output.slice(-800));
        await pulumi("preview", "--refresh", "--expect-no-changes");
    });

    it("keeps everything where the site is renamed", async () => {
        const text = readFileSync(site, "utf8");
        const cluster = "/apis/operator.m3db.io/v1alpha1/namespaces/m3db/m3dbclusters/m3db";
        const uid = async () => (await api.call<Named>("GET", cluster)).body.metadata.uid;
        const before = await uid();
        writeFileSync(site, text.replace(/^name: .*$/m, "name: renamed"));
        try {
            assert.notEqual(readFileSync(site, "utf8"), text);
            const output = await pulumi("up", "--yes", "--skip-preview");
            assert.match(output, /6\d unchanged/);
            assert.ok(!/created|replaced|deleted/.test(output), output.slice(-1500));
            assert.equal(await uid(), before);
        } finally {
            writeFileSync(site, text);
        }
        await pulumi("up", "--yes", "--skip-preview");
    });

    it("changes what a changed setting touches: m3query rolls with a new ConfigMap, the rest stays", async () => {
        const configs = async () =>
            (await list("/api/v1/namespaces/m3db/configmaps"))
                .map(({ metadata }) => metadata.name)
                .filter((name) => name.startsWith("m3query-"))
                .sort();
        const before = await configs();
        stack.configure({ site, query: { maxFetchedSeries: 5000 } });
        const preview = await pulumi("preview", "--diff");
        assert.match(preview, /maxFetchedSeries\s*: 100000 => 5000/);
        const output = await pulumi("up", "--yes", "--skip-preview");
        assert.match(output, /~ 1 updated/);
        assert.match(output, /1 replaced/);
        const after = await configs();
        assert.equal(after.length, 1);
        assert.notDeepEqual(after, before);
    });

    it("tells what other hands changed or removed, leaves it at a plain up, and undoes it after a refresh", async () => {
        const session = { stack: "life", env: stack.env, configFile: stack.configFile } as Session;
        const byOthers = async () => (await runEngine(session, ["refresh", "--preview-only"], silent)).drift;
        assert.deepEqual(await byOthers(), []);
        const path = "/api/v1/namespaces/m3db/services/etcd";
        const edit = { metadata: { labels: { "app.kubernetes.io/part-of": "somebody" } } };
        await api.call("PATCH", `${path}?fieldManager=kubectl-label`, edit, "application/merge-patch+json");
        await api.call("DELETE", "/api/v1/namespaces/m3db/services/m3query");
        const found = (await byOthers()).map(({ urn, ...rest }) => ({ name: urn.split("::").at(-1), ...rest }));
        assert.deepEqual(
            found.sort((a, b) => String(a.name).localeCompare(String(b.name))),
            [
                {
                    name: "etcd-peers",
                    gone: false,
                    paths: ['metadata.labels["app.kubernetes.io/part-of"]'],
                    by: "kubectl-label",
                },
                { name: "m3query-service", gone: true, paths: [] },
            ],
        );
        await pulumi("up", "--yes", "--skip-preview", "--expect-no-changes");
        const label = async () =>
            (await api.call<Named>("GET", path)).body.metadata.labels?.["app.kubernetes.io/part-of"];
        assert.equal(await label(), "somebody");
        await pulumi("up", "--yes", "--skip-preview", "--refresh");
        assert.equal(await label(), "m3perf");
        assert.deepEqual(await byOthers(), []);
    });

    it("shares M3DB's nodes when they are colocated, and gives them back to it alone", async () => {
        const worker = async () => (await nodesNow()).find(({ name }) => name === "worker-1");
        const databases = async () =>
            (await list("/api/v1/namespaces/m3db/pods"))
                .filter(({ metadata }) => metadata.name.startsWith("etcd-"))
                .map(({ metadata }) => metadata.uid)
                .sort();
        const before = await worker();
        const pods = await databases();
        assert.equal(pods.length, 3);
        stack.configure({ site, query: { maxFetchedSeries: 5000 }, isolation: "colocated" });
        await pulumi("up", "--yes", "--skip-preview");
        assert.deepEqual(await worker(), {
            name: "worker-1",
            labels: ["isolation-group", "role-aggregator", "role-coordinator", "role-m3db"].map(
                (key) => `m3perf.io/${key}`,
            ),
            annotations: [],
            taints: [],
        });
        stack.configure({ site, query: { maxFetchedSeries: 5000 } });
        const output = await pulumi("up", "--yes", "--skip-preview");
        assert.match(output, /m3coordinator-workload updated/, "its pods move to where they may be");
        assert.deepEqual(await worker(), before);
        assert.deepEqual(await databases(), pods, "neither switch touches a pod that stays where it is");
    });

    it("leaves the cluster as it was when it is destroyed", async () => {
        await pulumi("destroy", "--yes", "--skip-preview");
        const namespaces = (await list("/api/v1/namespaces")).map(({ metadata }) => metadata.name);
        assert.ok(!namespaces.includes("m3db"), namespaces.join());
        for (const { name, labels, annotations, taints } of await nodesNow()) {
            assert.deepEqual({ labels, annotations, taints }, { labels: [], annotations: [], taints: [] }, name);
        }
        const cluster = ["clusterroles", "clusterrolebindings"].map(
            (kind) => `/apis/rbac.authorization.k8s.io/v1/${kind}`,
        );
        for (const path of [...cluster, "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"]) {
            const left = (await list(path))
                .map(({ metadata }) => metadata.name)
                .filter((name) => name.includes("m3db"));
            assert.deepEqual(left, []);
        }
        const configMaps = await list("/api/v1/namespaces/monitoring/configmaps");
        assert.deepEqual(
            configMaps.map(({ metadata }) => metadata.name).filter((name) => name.includes("m3perf")),
            [],
        );
        const live = await api.call<{ data: Record<string, string> }>(
            "GET",
            "/api/v1/namespaces/monitoring/configmaps/prometheus-server",
        );
        assert.equal(live.body.data["prometheus.yml"], prometheusYml);
    });
});
