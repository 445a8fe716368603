import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { HttpRequest, HttpResponse } from "../../../operations/access/http.ts";
import { askCluster, openSite } from "../../../operations/doctor/cluster.ts";
import { askGround, groundOf } from "../../../operations/doctor/ground/facts.ts";
import { rightsFor, rightText } from "../../../operations/doctor/ground/rights.ts";
import { ground } from "../../../operations/doctor/judge/ground.ts";
import { UserError } from "../../../support/errors.ts";
import { type Changes, examined } from "./fixtures.ts";

const now = Date.parse("2026-11-23T06:00:00Z");
const json = (body: unknown, status = 200): HttpResponse => ({ status, body: JSON.stringify(body) });
const items = (...list: unknown[]) => json({ items: list });
const crds = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
const leases = "/apis/coordination.k8s.io/v1/namespaces/kube-node-lease/leases";
const renewed = (secondsAgo: number) =>
    items({ spec: { renewTime: new Date(now - secondsAgo * 1000).toISOString().replace("Z", "000Z") } });
const storage = "/apis/storage.k8s.io/v1/storageclasses";
const ours = { "app.kubernetes.io/part-of": "m3perf" };

/** A cluster that has all that it takes, and nothing of M3 yet; `answers` changes it, by path. */
function cluster(site: string, answers: Record<string, HttpResponse>, denied: RegExp = /^$/) {
    const good: Record<string, HttpResponse> = {
        "/version": json({ gitVersion: "v1.35.4" }),
        [storage]: items({ metadata: { name: site }, volumeBindingMode: "WaitForFirstConsumer" }),
        "/apis/metrics.k8s.io/v1beta1/nodes": items(),
        [leases]: renewed(4),
    };
    return async (path: string, request: HttpRequest = {}): Promise<HttpResponse> => {
        if (path.endsWith("/selfsubjectaccessreviews")) {
            const { spec } = request.body as { spec: { resourceAttributes: { verb: string; resource: string } } };
            const { verb, resource } = spec.resourceAttributes;
            return json({ status: { allowed: !denied.test(`${verb} ${resource}`) } }, 201);
        }
        return { ...good, ...answers }[path] ?? json({}, 404);
    };
}

async function found(answers: Record<string, HttpResponse>, options: { denied?: RegExp; changes?: Changes } = {}) {
    const { site, scenario, ...rest } = examined(options.changes);
    const there = await groundOf(cluster(site.storageClass, answers, options.denied), site, scenario, () => now);
    return ground({ ...rest, site, scenario, ground: there }).map(
        ({ level, what, found: seen }) => `${level} ${what}: ${seen}`,
    );
}

describe("doctor: the cluster as a whole", () => {
    it("nothing to say of one that has what it takes, or that was not asked", async () => {
        assert.deepEqual(await found({}), []);
        assert.deepEqual(ground(examined()), []);
    });

    it("one that refuses, starts or has lost its etcd ends nothing: told where its nodes answer, and by them where they do not", async () => {
        const { site, scenario, ...rest } = examined();
        for (const status of [401, 500, 503]) {
            const call = cluster(site.storageClass, { "/version": json({ message: "etcdserver: no leader" }, status) });
            const there = await askGround(Promise.resolve(call), site, scenario);
            const [finding, ...more] = ground({ ...rest, site, scenario, ground: there });
            assert.deepEqual([finding?.level, finding?.what, more], ["warning", "Kubernetes", []]);
            assert.match(
                finding?.found ?? "",
                new RegExp(`^answers in part: GET /version answered ${status}: .*no leader`),
            );
            const mute = { answers: false as const, why: "it starts" };
            assert.deepEqual(ground({ ...rest, site, scenario, cluster: mute, ground: there }), []);
        }
    });

    it("a kubeconfig of kubectl proxy, which the client library refuses", async () => {
        const folder = mkdtempSync(join(tmpdir(), "m3perf-ground-"));
        try {
            const path = join(folder, "kubeconfig");
            const kubeconfig = JSON.stringify({
                "current-context": "a",
                contexts: [{ name: "a", context: { cluster: "a" } }],
                clusters: [{ name: "a", cluster: { server: "http://127.0.0.1:8001" } }],
            });
            writeFileSync(path, kubeconfig);
            const access = { path, context: null, kubeconfig };
            const { site, scenario } = examined();
            const opened = openSite(access);
            const [answer, there] = await Promise.all([askCluster(access, opened), askGround(opened, site, scenario)]);
            assert.ok(!answer.answers && there && "why" in there);
            for (const { why } of [answer, there]) assert.match(why, /^HTTP protocol is not allowed/);
        } finally {
            rmSync(folder, { recursive: true });
        }
    });

    it("a plugin that gives no credentials: its own next step", async () => {
        const problem = { what: "token has expired", next: "log in with it first" };
        const opened = Promise.reject(new UserError("no credentials", problem));
        const answer = await askCluster({ path: "k", context: null, kubeconfig: "" }, opened);
        const why = "no credentials: token has expired (kubeconfig k)";
        assert.deepEqual(answer, { answers: false, why, next: problem.next });
    });

    it("a version that is too old", async () => {
        assert.deepEqual(await found({ "/version": json({ gitVersion: "v1.28.9+k3s1" }) }), [
            "failure Kubernetes version: v1.28.9+k3s1",
        ]);
    });

    it("rights that the kubeconfig lacks, by what needs them", async () => {
        const lines = await found({}, { denied: /^(patch nodes|create clusterroles|create clusterrolebindings)$/ });
        assert.deepEqual(lines, [
            "failure rights of the kubeconfig: may not patch nodes",
            "failure rights of the kubeconfig: may not create clusterroles, create clusterrolebindings",
        ]);
        const { site, scenario } = examined();
        const rights = rightsFor(site, scenario).map(rightText);
        for (const right of ["create namespaces", "create m3dbclusters in m3db", "create pods/proxy in m3db"])
            assert.ok(rights.includes(right), `${right} is not among ${rights}`);
        assert.equal(new Set(rights).size, rights.length);
        const policies = "create networkpolicies in m3db";
        assert.ok(!rights.includes(policies), "none are made");
        const named = { ...scenario, networkPolicies: { enabled: true, allowFrom: [] } };
        assert.ok(rightsFor(site, named).map(rightText).includes(policies));
        const byTls = ["get pods/portforward in m3db", "create pods/portforward in m3db", "get secrets in m3db"];
        assert.ok(!rights.some((right) => byTls.includes(right)), "the proxy reaches everything");
        const secured = rightsFor(site, { ...scenario, tls: { etcd: true, gateway: false } }).map(rightText);
        for (const right of byTls) assert.ok(secured.includes(right), right);
    });

    it("a namespace of other hands; one of ours is none", async () => {
        const there = (labels: Record<string, string>) => ({
            "/api/v1/namespaces/m3db": json({ metadata: { labels } }),
        });
        assert.deepEqual(await found(there({})), ["warning namespace: m3db is there already, and not of m3perf"]);
        assert.deepEqual(await found(there(ours)), []);
        const enforce = "pod-security.kubernetes.io/enforce";
        assert.deepEqual(await found(there({ ...ours, [enforce]: "restricted" })), []);
        assert.deepEqual(await found(there({ ...ours, [enforce]: "strict" })), [
            "failure Pod Security of the namespace: strict",
        ]);
    });

    it("limits and quotas of the namespace", async () => {
        const limit = {
            metadata: { name: "small" },
            spec: { limits: [{ type: "Container", max: { memory: "1Gi" } }] },
        };
        const ranges = { "/api/v1/namespaces/m3db/limitranges": items(limit) };
        const line = "LimitRange small: at most 1Gi of memory for a container";
        assert.deepEqual(await found(ranges), [`warning ${line}`]);
        const changes = { scenario: { m3db: { memory: "2Gi" } } };
        assert.deepEqual(await found(ranges, { changes }), [`failure ${line}`]);
        const quota = { metadata: { name: "q" }, status: { hard: { pods: "5" }, used: { pods: "1" } } };
        assert.deepEqual(await found({ "/api/v1/namespaces/m3db/resourcequotas": items(quota) }), [
            "warning ResourceQuota q: pods 1 of 5",
        ]);
    });

    it("a StorageClass that is not there, or binds at once", async () => {
        const { site } = examined();
        const other = items({ metadata: { name: "other" } });
        assert.deepEqual(await found({ [storage]: other }), [
            `failure StorageClass: ${site.storageClass} is not there (there are: other)`,
        ]);
        const immediate = items({ metadata: { name: site.storageClass }, volumeBindingMode: "Immediate" });
        assert.deepEqual(await found({ [storage]: immediate }), [
            `warning StorageClass: ${site.storageClass} binds volumes at once (Immediate)`,
        ]);
    });

    it("an M3DBCluster definition of other hands, or of another version", async () => {
        const crd = (name: string, labels?: object) => ({
            [`${crds}/m3dbclusters.operator.m3db.io`]: json({
                metadata: {},
                spec: { versions: [{ name, served: true }] },
            }),
            ...(labels ? { "/api/v1/namespaces/m3db": json({ metadata: { labels } }) } : {}),
        });
        assert.deepEqual(await found(crd("v1alpha1", ours)), []);
        const [foreign] = await found(crd("v1alpha1"));
        assert.match(foreign ?? "", /^warning M3DBCluster \(CRD\): is there already, without an environment of m3perf/);
        assert.deepEqual(await found(crd("v1", ours)), ["failure M3DBCluster (CRD): versions v1"]);
    });

    it("no metrics-server; heartbeats of another time", async () => {
        assert.deepEqual(await found({ "/apis/metrics.k8s.io/v1beta1/nodes": json({}, 404) }), [
            "warning metrics-server: does not answer (metrics.k8s.io)",
        ]);
        const [early] = await found({ [leases]: renewed(-90) });
        assert.match(early ?? "", /^warning clock: the newest heartbeat of a node is 90 s in the future/);
        const [late] = await found({ [leases]: renewed(300) });
        assert.match(late ?? "", /^warning clock: the newest heartbeat of a node is 300 s old/);
    });
});
