import assert from "node:assert/strict";
import { parse } from "yaml";
import { nodeTargets, podTargets } from "../../../lab/cluster/addons/discovery/targets.ts";
import { addOns, deployments, prometheus, prometheusConfigMap } from "../../../lab/cluster/addons/index.ts";
import type { KubernetesObject } from "../../../lab/cluster/addons/objects.ts";
import { addressPlan } from "../../../lab/cluster/addresses.ts";
import { labHosts, smallestMachine } from "../../../lab/cluster/hosts.ts";
import { layout } from "../../../lab/cluster/layout.ts";
import { catalog } from "../../../lab/images/catalog.ts";

interface PodSpec {
    containers: { image: string; args?: string[]; resources: { limits: { memory: string } } }[];
}

describe("add-ons of the lab", () => {
    const hosts = labHosts(smallestMachine);
    const images = catalog.map(({ reference }) => ({
        reference,
        digest: "",
        origin: "substitute" as const,
        contents: "",
        layout: "",
    }));
    const objects = addOns(addressPlan(0), layout("lab"), hosts, images);
    const find = (kind: string, name: string): KubernetesObject => {
        const found = objects.find((one) => one.kind === kind && one.metadata.name === name);
        assert.ok(found, `${kind} ${name}`);
        return found;
    };
    const podSpec = (name: string) => (find("Deployment", name).spec as { template: { spec: PodSpec } }).template.spec;

    it("use images that the lab's registry serves, each with a memory limit", () => {
        for (const { name } of deployments(objects)) {
            for (const { image, resources } of podSpec(name).containers) {
                assert.ok(
                    images.some(({ reference }) => reference === image),
                    image,
                );
                assert.match(resources.limits.memory, /^\d+Mi$/);
            }
        }
    });

    it("keep each node's volumes in that node's own folder", () => {
        const { "config.json": config = "" } = find("ConfigMap", "local-path-config").data as Record<string, string>;
        const { nodePathMap } = JSON.parse(config) as { nodePathMap: { node: string; paths: string[] }[] };
        assert.equal(nodePathMap.length, 7);
        for (const { node, paths } of nodePathMap) {
            assert.deepEqual(paths, [`/var/lib/m3perf/lab/machines/${node}/volumes`]);
        }
        const storage = find("StorageClass", "local-path");
        assert.equal(storage.volumeBindingMode, "WaitForFirstConsumer");
        assert.equal(storage.reclaimPolicy, "Delete");
        assert.equal(storage.metadata.annotations?.["storageclass.kubernetes.io/is-default-class"], "true");
    });

    it("have a Prometheus with the manual run's tsdb arguments", () => {
        const [server] = podSpec(prometheus.deployment).containers;
        for (const argument of [
            "--storage.tsdb.no-lockfile",
            "--storage.tsdb.wal-compression",
            "--storage.tsdb.path=/prometheus/",
        ]) {
            assert.ok(server?.args?.includes(argument), argument);
        }
    });

    it("give it a configuration with comments, real targets and no remote storage", () => {
        const { [prometheus.configKey]: text = "" } = prometheusConfigMap().data as Record<string, string>;
        const config = parse(text) as { scrape_configs: { job_name: string }[] };
        assert.ok((text.match(/#/g) ?? []).length >= 3);
        assert.deepEqual(
            config.scrape_configs.map(({ job_name }) => job_name),
            ["prometheus", "kubernetes-nodes", "kubernetes-containers", "m3"],
        );
        assert.ok(!("remote_write" in config) && !("remote_read" in config));
    });

    it("grant discovery no more than reading nodes and pods", () => {
        const rules = find("ClusterRole", prometheus.deployment).rules as { verbs: string[]; resources?: string[] }[];
        for (const { verbs, resources = [] } of rules) {
            assert.ok(verbs.every((verb) => ["get", "list", "watch"].includes(verb)));
            assert.ok(!resources.includes("secrets"));
        }
    });
});

describe("targets of the lab's Prometheus", () => {
    const pod = (changes: { phase?: string; deletionTimestamp?: string } = {}) => ({
        metadata: { name: "m3-cluster-rep0-0", namespace: "m3db", ...("deletionTimestamp" in changes ? changes : {}) },
        spec: {
            nodeName: "worker-1",
            containers: [
                {
                    name: "m3-cluster",
                    ports: [
                        { name: "client", containerPort: 9000 },
                        { name: "debug", containerPort: 9004 },
                        { name: "coord-metrics", containerPort: 7203 },
                    ],
                },
                { name: "helper" },
            ],
        },
        status: { phase: changes.phase ?? "Running", podIP: "10.88.2.9" },
    });

    it("are the metrics ports of running pods, with the names of namespace, pod, container and node", () => {
        assert.deepEqual(podTargets([pod()]), [
            {
                targets: ["10.88.2.9:9004"],
                labels: { namespace: "m3db", pod: "m3-cluster-rep0-0", container: "m3-cluster", node: "worker-1" },
            },
        ]);
    });

    it("of etcd are on its clients' port, unless it has one for them alone: its clients need certificates then", () => {
        const etcd = (...ports: [string, number][]) => {
            const one = pod();
            const containers = [
                { name: "etcd", ports: ports.map(([name, containerPort]) => ({ name, containerPort })) },
            ];
            return podTargets([{ ...one, spec: { ...one.spec, containers } }]).flatMap(({ targets }) => targets);
        };
        assert.deepEqual(etcd(["client", 2379], ["peer", 2380]), ["10.88.2.9:2379"]);
        assert.deepEqual(etcd(["client", 2379], ["peer", 2380], ["metrics", 2381]), ["10.88.2.9:2381"]);
    });

    it("are none of a pod that has ended or is going", () => {
        assert.deepEqual(podTargets([pod({ phase: "Succeeded" }), pod({ deletionTimestamp: "2026-01-01" })]), []);
    });

    it("are every node's kubelet", () => {
        const addresses = [{ type: "InternalIP", address: "10.77.0.12" }];
        assert.deepEqual(nodeTargets([{ metadata: { name: "worker-1" }, status: { addresses } }]), [
            { targets: ["10.77.0.12:10250"], labels: { node: "worker-1" } },
        ]);
    });
});
