/** guard.ts and roll.ts, the commands around the M3DBCluster, against a real API server: objects without an operator and without kubelets. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { configLabel, m3dbCluster } from "../../../components/m3/cluster-manifests.ts";
import { m3Identity } from "../../../components/m3/identity.ts";
import type { Allowed } from "../../../components/m3/m3db/guard-rules.ts";
import { clusterGuard, clusterRoll } from "../../../components/m3/m3db/inputs.ts";
import { m3dbClusterDefinition } from "../../../components/m3/operator-crd.ts";
import { exec } from "../../../support/exec.ts";
import { projectRoot } from "../../../support/paths.ts";
import { waitFor } from "../../../support/wait.ts";
import { type ApiServer, startApiServer } from "../../support/apiserver.ts";
import { clusterPlan } from "../../unit/components/m3db-plan.ts";

describe("the commands around the M3DBCluster", function () {
    this.timeout(180_000);
    let api: ApiServer;
    const identity = m3Identity("default", ["http://etcd-0.etcd:2379"]);
    const plan = (settings: object = {}) => clusterPlan(settings, { identity });

    const run = (program: string, action: string, input: object) =>
        exec(process.execPath, [`components/m3/m3db/${program}`, action], {
            cwd: projectRoot,
            env: { PATH: process.env.PATH, M3PERF_KUBECONFIG: readFileSync(api.kubeconfig, "utf8") },
            input: JSON.stringify(input),
            timeout: 60,
        });
    const guard = (settings: object, remove: string[] = []) =>
        run(
            "guard.ts",
            "check",
            clusterGuard(plan(settings), { removeNamespaces: remove, shortenRetention: [], update: "rolling" }),
        );
    const roll = () => run("roll.ts", "run", { ...clusterRoll(plan(), 3), limits: { safe: 3, back: 3 } });
    const create = async (path: string, body: object) => {
        const { status, body: answer } = await api.call("POST", path, body);
        assert.equal(status, 201, JSON.stringify(answer));
    };

    before(async () => {
        api = await startApiServer();
    });
    after(() => api.stop());

    it("have nothing to lose and nothing to roll before there is one, or its kind", async () => {
        const checked = await guard({});
        assert.equal(checked.code, 0, checked.stderr);
        assert.match(checked.stdout, /there is no M3DBCluster default\/m3-cluster yet/);
        const rolled = await roll();
        assert.equal(rolled.code, 0, rolled.stderr);
        assert.match(rolled.stdout, /nothing to roll/);
    });

    it("guard what is there, with all reasons at once and nothing changed", async () => {
        const kind = { apiVersion: "apiextensions.k8s.io/v1", kind: "CustomResourceDefinition" };
        await create("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", {
            ...kind,
            ...m3dbClusterDefinition(),
        });
        const path = "/apis/operator.m3db.io/v1alpha1/namespaces/default/m3dbclusters";
        const made = m3dbCluster(plan());
        const cluster = { ...made, spec: { ...made.spec, configMapName: "m3-cluster-config-new" } };
        await waitFor({ what: "the new kind to be served", timeout: 30 }, async () => {
            return (await api.call("POST", path, cluster)).status === 201;
        });
        const same = await guard({});
        assert.equal(same.code, 0, same.stderr);
        assert.match(same.stdout, /kept: default, metrics-10s_2d/);

        const less = { namespaces: [{ name: "default", retention: "24h" }], numberOfShards: 128 };
        const refused = await guard(less);
        assert.equal(refused.code, 1);
        assert.match(
            refused.stderr,
            /^M3DBCluster default\/m3-cluster cannot be changed like that; nothing was changed/,
        );
        assert.match(refused.stderr, /would delete metrics-10s_2d \(48h at 10s\)/);
        assert.match(refused.stderr, /changes retention from 48h to 24h/);
        assert.match(refused.stderr, /numberOfShards = 128/);
        const allowed = await guard({ namespaces: [{ name: "default", retention: "48h" }] }, ["metrics-10s_2d"]);
        assert.equal(allowed.code, 0, allowed.stderr);
    });

    it("refuse to move this stack's cluster to another namespace, which would delete it, and another stack beside it", async () => {
        const moved = { ...identity, namespace: "elsewhere", environment: "elsewhere/m3-cluster" };
        const allowed: Allowed = { removeNamespaces: [], shortenRetention: [], update: "rolling" };
        const check = (stack: string) =>
            run("guard.ts", "check", clusterGuard(clusterPlan({}, { identity: moved, stack }), allowed));
        const refused = await check("m3perf/test");
        assert.equal(refused.code, 1, refused.stdout);
        assert.match(refused.stderr, /M3DBCluster default\/m3-cluster would be deleted with all its samples/);
        assert.match(refused.stderr, /m3perf:namespace = elsewhere, but this stack's M3DBCluster is in default/);
        const other = await check("m3perf/other");
        assert.equal(other.code, 1, other.stdout);
        assert.match(
            other.stderr,
            /M3DBCluster default\/m3-cluster is of the stack m3perf\/test, and this is m3perf\/other/,
        );
    });

    it("remove old configurations that no database pod has, or would have when it is made again", async () => {
        const path = "/api/v1/namespaces/default/configmaps";
        const sets = "/apis/apps/v1/namespaces/default/statefulsets";
        const of = (name: string) => `m3-cluster-config-${name}`;
        for (const name of ["new", "used", "old"].map(of))
            await create(path, { metadata: { name, labels: { [configLabel]: "m3-cluster" } } });
        // Right as it is, by an older ConfigMap of the same content.
        const name = "m3-cluster-rep1";
        const { image, envVars: env, containerResources: resources } = m3dbCluster(plan()).spec;
        const labels = { "operator.m3db.io/stateful-set": name };
        const volumes = [{ name: "m3-configuration", configMap: { name: of("used") } }];
        const spec = { containers: [{ name, image, env, resources }], volumes };
        const template = { metadata: { labels }, spec };
        const set = { serviceName: "any", replicas: 0, selector: { matchLabels: labels }, template };
        await create(sets, { metadata: { name }, spec: set });
        await waitFor({ what: "the set's status", timeout: 20 }, async () => {
            const { body } = await api.call<{ status?: { observedGeneration?: number } }>("GET", `${sets}/${name}`);
            return body.status?.observedGeneration === 1;
        });
        const { code, stdout, stderr } = await roll();
        assert.equal(code, 0, stderr);
        assert.match(stdout, /removed the old configuration m3-cluster-config-old/);
        const status = async (one: string) => (await api.call("GET", `${path}/${of(one)}`)).status;
        assert.deepEqual(await Promise.all(["new", "used", "old"].map(status)), [200, 200, 404]);
        assert.equal((await api.call("DELETE", `${sets}/${name}`)).status, 200);
    });

    it("annotate a StatefulSet that differs, and say what they waited for", async () => {
        const labels = { "operator.m3db.io/stateful-set": "m3-cluster-rep0" };
        const path = "/apis/apps/v1/namespaces/default/statefulsets";
        await create(path, {
            metadata: { name: "m3-cluster-rep0" },
            spec: {
                serviceName: "m3dbnode-m3-cluster",
                replicas: 1,
                selector: { matchLabels: labels },
                template: { metadata: { labels }, spec: { containers: [{ name: "m3-cluster-rep0", image: "old:1" }] } },
            },
        });
        const { code, stdout, stderr } = await roll();
        assert.equal(code, 1, stdout);
        assert.match(stdout, /m3-cluster-rep0: image is old:1, asked is quay\.io\/m3db\/m3dbnode:v1\.5\.0/);
        assert.match(stderr, /m3-cluster-rep0 did not come back; the replicas after it are untouched \(waited 3 s\)/);
        assert.match(stderr, /the operator has not updated StatefulSet m3-cluster-rep0 yet/);
        const { body } = await api.call<{ metadata: { annotations: object } }>("GET", `${path}/m3-cluster-rep0`);
        assert.deepEqual(body.metadata.annotations, { "operator.m3db.io/update": "enabled" });
    });
});
