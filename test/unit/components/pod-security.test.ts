import assert from "node:assert/strict";
import { generatorStatefulSet } from "../../../components/load/generator-manifests.ts";
import { adminDeployment } from "../../../components/m3/admin-manifests.ts";
import { m3dbCluster } from "../../../components/m3/cluster-manifests.ts";
import { etcdStatefulSet } from "../../../components/m3/etcd-manifests.ts";
import { gatewayDeployment } from "../../../components/m3/gateway-manifests.ts";
import { m3Identity } from "../../../components/m3/identity.ts";
import { operatorStatefulSet } from "../../../components/m3/operator-manifests.ts";
import { queryFrontContainer } from "../../../components/m3/query-front-manifests.ts";
import { aggregatorStatefulSet, apiDeployment, type M3ServicePlan } from "../../../components/m3/service-manifests.ts";
import { setupJob } from "../../../components/m3/setup-manifests.ts";
import { breaches, type Pod } from "../../../operations/policy/pod-security.ts";
import { generatorSchema } from "../../../settings/schema/generator.ts";
import { clusterPlan } from "./m3db-plan.ts";

const identity = m3Identity("m3db", ["http://etcd-0.etcd.m3db:2379"]);
const plan: M3ServicePlan = {
    name: "m3coordinator",
    image: "image",
    namespace: "m3db",
    role: "coordinator",
    isolation: "dedicated",
    replicas: 1,
    memoryMi: 512,
    cpu: "100m",
    ports: [{ name: "http", port: 7201 }],
};
const etcd = {
    image: "image",
    namespace: "m3db",
    members: 3,
    memory: "256Mi",
    cpu: "100m",
    storage: "1Gi",
    storageClass: "local-path",
};
const generatorSettings = generatorSchema.unwrap().parse({ series: 1000 });
const m3db = m3dbCluster(clusterPlan()).spec;
const secured = m3dbCluster(clusterPlan({}, { identity: m3Identity("m3db", [], true) })).spec;

/** Every pod of ours. What the operator puts into M3DB's pods beside the two contexts: facts.md 4, reference. */
const pods: Record<string, unknown> = {
    etcd: etcdStatefulSet(etcd).spec.template.spec,
    "m3db-operator": operatorStatefulSet("m3db", "image").spec.template.spec,
    "m3-setup": setupJob(
        { identity, image: "image", instances: 3, namespaces: ["default"], aggregator: { shards: 64, replicas: 1 } },
        "c",
        "start",
    ).spec.template.spec,
    m3coordinator: apiDeployment(plan, "config").spec.template.spec,
    m3query: apiDeployment(plan, "config", queryFrontContainer("image", "http://m3coordinator.m3db:7201")).spec.template
        .spec,
    m3admin: adminDeployment(identity, "image", "config").spec.template.spec,
    m3gateway: gatewayDeployment(
        { image: "image", namespace: "m3db", isolation: "dedicated", replicas: 2, memoryMi: 64, cpu: "100m" },
        "config",
    ).spec.template.spec,
    m3aggregator: aggregatorStatefulSet(plan, "config").spec.template.spec,
    "m3perf-load": generatorStatefulSet(
        { ...generatorSettings, namespace: "m3db", image: "image", url: "http://m3coordinator.m3db:7201" },
        "program",
    ).spec.template.spec,
    m3dbnode: {
        securityContext: m3db.podSecurityContext,
        containers: [{ name: "m3dbnode", securityContext: m3db.securityContext }],
        volumes: [
            { name: "cache", emptyDir: {} },
            { name: "pod-identity", downwardAPI: {} },
        ],
    },
    "etcd with certificates": etcdStatefulSet({ ...etcd, tls: "s" }).spec.template.spec,
    "m3coordinator with certificates": apiDeployment({ ...plan, etcdSecret: "s" }, "config").spec.template.spec,
    "m3dbnode with certificates": {
        securityContext: secured.podSecurityContext,
        initContainers: "initContainers" in secured ? secured.initContainers : undefined,
        containers: [{ name: "m3dbnode", securityContext: secured.securityContext }],
        volumes: "initVolumes" in secured ? secured.initVolumes : undefined,
    },
};

/** What does not hold, with the reason: pod, the breach, why. */
const exceptions: [string, string, string][] = [];

describe("Pod Security, profile restricted", () => {
    for (const [name, pod] of Object.entries(pods)) {
        it(`holds for ${name}, but for the exceptions that are named`, () => {
            const allowed = exceptions.filter(([of]) => of === name).map(([, breach]) => breach);
            assert.deepEqual(breaches(pod as Pod), allowed);
        });
    }

    it("is checked by rules that see each breach", () => {
        const good = pods.m3coordinator as Pod;
        const [container] = good.containers;
        const worse = (context: object): Pod => ({
            ...good,
            containers: [{ ...(container as Pod["containers"][number]), securityContext: context }],
        });
        const rows: [Pod, RegExp][] = [
            [{ ...good, hostNetwork: true }, /hostNetwork/],
            [{ ...good, volumes: [{ name: "v", hostPath: { path: "/" } }] }, /volume v: hostPath/],
            [{ ...good, securityContext: {} }, /runAsNonRoot/],
            [{ ...good, securityContext: { runAsNonRoot: true } }, /seccompProfile/],
            [worse({ allowPrivilegeEscalation: true, capabilities: { drop: ["ALL"] } }), /allowPrivilegeEscalation/],
            [worse({ allowPrivilegeEscalation: false }), /capabilities\.drop/],
            [
                worse({ allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"], add: ["SYS_RESOURCE"] } }),
                /capabilities\.add SYS_RESOURCE/,
            ],
            [worse({ allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] }, runAsUser: 0 }), /runAsUser 0/],
            [
                worse({ privileged: true, allowPrivilegeEscalation: false, capabilities: { drop: ["ALL"] } }),
                /privileged/,
            ],
        ];
        for (const [pod, expected] of rows) assert.match(breaches(pod).join("\n"), expected);
    });
});
