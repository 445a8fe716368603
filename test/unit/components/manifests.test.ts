import assert from "node:assert/strict";
import { aggregatorLease } from "../../../components/m3/config/aggregator.ts";
import {
    etcdDisruptionBudget,
    etcdEndpoints,
    etcdPeers,
    etcdStatefulSet,
} from "../../../components/m3/etcd-manifests.ts";
import { m3Identity } from "../../../components/m3/identity.ts";
import { operatorRole } from "../../../components/m3/operator-manifests.ts";
import { apiDeployment } from "../../../components/m3/service-manifests.ts";
import { setupJob, setupPlan, setupProgram } from "../../../components/m3/setup-manifests.ts";
import { images } from "../../../settings/images.ts";
import type { Isolation } from "../../../settings/topology.ts";

const plan = {
    namespace: "m3db",
    image: images.etcd,
    members: 3,
    memory: "256Mi",
    cpu: "100m",
    storage: "1Gi",
    storageClass: "local-path",
};
const identity = m3Identity("m3db", etcdEndpoints(plan));

describe("etcd manifests", () => {
    const set = etcdStatefulSet(plan);
    const [container] = set.spec.template.spec.containers;

    it("make three members that find each other by name before they are ready", () => {
        assert.equal(set.metadata.name, "etcd");
        assert.equal(set.spec.replicas, 3);
        assert.equal(set.spec.podManagementPolicy, "Parallel");
        assert.equal(etcdPeers(plan).spec.publishNotReadyAddresses, true);
        assert.ok(
            container?.args.includes(
                "--initial-cluster=etcd-0=http://etcd-0.etcd.m3db:2380,etcd-1=http://etcd-1.etcd.m3db:2380,etcd-2=http://etcd-2.etcd.m3db:2380",
            ),
        );
    });

    it("elect a leader, and answer once the old one hangs, in time for an aggregator to keep its lease", () => {
        const milliseconds = (flag: string) =>
            Number(container?.args.find((arg) => arg.startsWith(flag))?.slice(flag.length + 1));
        const timeout = milliseconds("--election-timeout");
        assert.ok(timeout >= 10 * milliseconds("--heartbeat-interval"));
        assert.ok((aggregatorLease * 1000) / 3 + 5000 + 2 * timeout < aggregatorLease * 1000);
    });

    it("answer etcdctl inside the pod without flags", () => {
        assert.ok(container?.args.includes("--listen-client-urls=http://0.0.0.0:2379"));
        assert.deepEqual(container?.env[1], { name: "ETCDCTL_API", value: "3" });
    });

    it("stand on M3DB's nodes, one on each", () => {
        const { nodeSelector, tolerations, affinity } = set.spec.template.spec;
        assert.deepEqual(nodeSelector, { "m3perf.io/role-m3db": "true" });
        assert.deepEqual(tolerations, [{ key: "dedicated", operator: "Equal", value: "m3db", effect: "NoSchedule" }]);
        assert.equal(affinity.podAntiAffinity.requiredDuringSchedulingIgnoredDuringExecution.length, 1);
    });

    it("are spread evenly over failure domains where the site names them", () => {
        assert.ok(!("topologySpreadConstraints" in set.spec.template.spec));
        const { topologySpreadConstraints = [] } = etcdStatefulSet({ ...plan, spread: true }).spec.template.spec;
        assert.deepEqual(topologySpreadConstraints, [
            {
                maxSkew: 1,
                topologyKey: "m3perf.io/failure-domain",
                whenUnsatisfiable: "DoNotSchedule",
                labelSelector: { matchLabels: { app: "etcd" } },
            },
        ]);
    });

    it("let no drain take the quorum", () => {
        const allowed = [1, 3, 5].map((members) => etcdDisruptionBudget({ ...plan, members }).spec.maxUnavailable);
        assert.deepEqual(allowed, [0, 1, 2]);
    });
});

describe("M3's services", () => {
    it("roll when the isolation changes, so that none stays where it may no longer be", () => {
        const service = (isolation: Isolation) =>
            apiDeployment(
                {
                    name: "m3query",
                    image: "m3query",
                    namespace: "m3db",
                    role: "coordinator",
                    isolation,
                    replicas: 2,
                    memoryMi: 512,
                    cpu: "250m",
                    ports: [],
                },
                "config",
            ).spec.template;
        const [dedicated, colocated] = [service("dedicated"), service("colocated")];
        assert.notDeepEqual(dedicated, colocated);
        assert.deepEqual(dedicated.spec, colocated.spec);
        assert.deepEqual(dedicated.spec.nodeSelector, { "m3perf.io/role-coordinator": "true" });
    });
});

describe("the operator's rights", () => {
    it("hold no wildcard, and patch on configmaps", () => {
        const { rules } = operatorRole();
        assert.ok(!JSON.stringify(rules).includes("*"));
        const configMaps = rules.find(({ resources }) => resources.includes("configmaps"));
        assert.ok(configMaps?.verbs.includes("patch"));
    });
});

describe("the set-up job", () => {
    const args = {
        identity,
        image: images.node,
        instances: 3,
        namespaces: ["default", "metrics-10s_2d"],
        aggregator: { shards: 64, replicas: 1 },
    };

    it("goes to the coordinator inside dbnode and knows what is to be there", () => {
        const made = setupPlan(args);
        assert.equal(made.url, "http://m3coordinator-m3-cluster.m3db:7201");
        assert.deepEqual(
            made.topics.map(({ name, consumer, consumption, environment }) => [
                name,
                consumer,
                consumption,
                environment,
            ]),
            [
                ["aggregator_ingest", "m3aggregator", "REPLICATED", "default_env"],
                ["aggregated_metrics", "m3coordinator", "SHARED", "default_env"],
            ],
        );
        assert.deepEqual(made.aggregator.instances, [
            { id: "m3aggregator-0", endpoint: "m3aggregator-0.m3aggregator:6000" },
        ]);
    });

    it("ends by itself before its deadline, with the cause in the pod's message", () => {
        const { spec } = setupJob(args, "program", "start");
        const { api, placement, namespaces } = setupPlan(args).limits;
        assert.ok(spec.activeDeadlineSeconds > api + placement + namespaces);
        assert.equal(spec.template.spec.containers[0]?.terminationMessagePolicy, "FallbackToLogsOnError");
    });

    it("is run again by the next update when it has failed", () => {
        const { metadata } = setupJob(args, "program", "start");
        assert.equal(metadata.annotations["pulumi.com/replaceUnready"], "true");
    });

    it("carries every file that its program imports", () => {
        const files = setupProgram();
        for (const [name, text] of Object.entries(files)) {
            for (const [, imported] of text.matchAll(/from "\.\/([^"]+)"/g))
                assert.ok(files[imported ?? ""], `${name} imports ${imported}`);
        }
    });
});

describe("images", () => {
    it("are official names with a version", () => {
        for (const reference of Object.values(images))
            assert.match(reference, /^(quay\.io|docker\.io)\/[a-z0-9/-]+:v?\d+\.\d+\.\d+(-slim)?$/);
    });
});
