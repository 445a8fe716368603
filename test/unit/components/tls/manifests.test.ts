import assert from "node:assert/strict";
import { adminDeployment } from "../../../../components/m3/admin-manifests.ts";
import { alsoMadeOf, m3dbCluster, podDigestVariable } from "../../../../components/m3/cluster-manifests.ts";
import { kvService } from "../../../../components/m3/config/common.ts";
import { type EtcdPlan, etcdEndpoints, etcdStatefulSet } from "../../../../components/m3/etcd-manifests.ts";
import { m3Identity } from "../../../../components/m3/identity.ts";
import { m3dbConfig } from "../../../../components/m3/m3db/config.ts";
import { clusterRoll } from "../../../../components/m3/m3db/inputs.ts";
import { aggregatorStatefulSet, apiDeployment } from "../../../../components/m3/service-manifests.ts";
import { clusterPlan } from "../m3db-plan.ts";

const plan: EtcdPlan = {
    ...{
        namespace: "m3db",
        image: "etcd",
        members: 3,
        memory: "256Mi",
        cpu: "100m",
        storage: "1Gi",
        storageClass: "x",
    },
};
const secure = { ...plan, tls: "etcd-certificate" };
const identity = m3Identity("m3db", etcdEndpoints(secure), true);

describe("etcd's manifest with certificates", () => {
    const { spec } = etcdStatefulSet(secure).spec.template;
    const [container] = spec.containers;
    assert.ok(container);

    it("speaks TLS with clients and among members, and wants a certificate of both", () => {
        const { args } = container;
        const urls = args.filter((arg) => /:(2379|2380)/.test(arg));
        assert.equal(urls.length, 5);
        for (const arg of urls) assert.ok(!arg.includes("http://"), arg);
        for (const side of ["", "peer-"]) {
            assert.ok(args.includes(`--${side}client-cert-auth`));
            for (const [flag, file] of [
                ["cert-file", "tls.crt"],
                ["key-file", "tls.key"],
                ["trusted-ca-file", "ca.crt"],
            ])
                assert.ok(args.includes(`--${side}${flag}=/etc/m3perf-tls/${file}`), `${side}${flag}`);
        }
        assert.ok(args.includes("--peer-cert-allowed-cn=etcd"));
    });

    it("is asked for its health and metrics in plain text, on a port that has a name", () => {
        assert.ok(container.args.includes("--listen-metrics-urls=http://0.0.0.0:2381"));
        assert.deepEqual(container.readinessProbe.httpGet, { path: "/health", port: 2381 });
        assert.deepEqual(container.ports.at(-1), { name: "metrics", containerPort: 2381 });
    });

    it("has its certificate from a Secret, read-only, for its group alone", () => {
        assert.deepEqual(spec.volumes, [
            { name: "tls", secret: { secretName: "etcd-certificate", defaultMode: 0o440 } },
        ]);
        assert.deepEqual(container.volumeMounts.at(-1), { name: "tls", mountPath: "/etc/m3perf-tls", readOnly: true });
    });

    it("is what it always was without", () => {
        const text = JSON.stringify(etcdStatefulSet(plan));
        assert.ok(!/https|tls|2381|cert/.test(text), text);
        assert.deepEqual(etcdEndpoints(plan)[0], "http://etcd-0.etcd.m3db:2379");
    });
});

describe("M3 with etcd's certificates", () => {
    const service = (name: string) => ({
        ...{ name, image: "m3", namespace: "m3db", role: "coordinator" as const, isolation: "dedicated" as const },
        ...{ replicas: 1, memoryMi: 512, cpu: "1", ports: [] },
    });
    const pods = {
        coordinator: apiDeployment({ ...service("m3coordinator"), etcdSecret: "s" }, "c"),
        aggregator: aggregatorStatefulSet({ ...service("m3aggregator"), etcdSecret: "s" }, "c"),
        admin: adminDeployment(identity, "m3", "c", "s"),
    };

    for (const [name, workload] of Object.entries(pods))
        it(`${name} has them from the Secret, read-only`, () => {
            const { volumes, containers } = workload.spec.template.spec;
            assert.deepEqual(volumes.at(-1), { name: "tls", secret: { secretName: "s", defaultMode: 0o440 } });
            const mounts = containers[0]?.volumeMounts as { name: string; readOnly?: boolean }[];
            assert.deepEqual(mounts.at(-1), { name: "tls", mountPath: "/etc/m3perf-tls", readOnly: true });
        });

    it("names the files as M3's configuration does, and none without", () => {
        assert.deepEqual(kvService(identity, "m3db").etcdClusters, [
            {
                zone: "embedded",
                endpoints: etcdEndpoints(secure),
                tls: {
                    crtPath: "/etc/m3perf-tls/tls.crt",
                    caCrtPath: "/etc/m3perf-tls/ca.crt",
                    keyPath: "/etc/m3perf-tls/tls.key",
                },
            },
        ]);
        assert.ok(!("tls" in (kvService(m3Identity("m3db", etcdEndpoints(plan)), "m3db").etcdClusters[0] ?? {})));
    });

    it("gives database pods a copy where the operator mounts, made by an init container", () => {
        const { spec } = m3dbCluster(clusterPlan({}, { identity }));
        assert.ok("initContainers" in spec);
        const [copy] = spec.initContainers ?? [];
        assert.deepEqual(copy?.volumeMounts, [
            { name: "tls", mountPath: "/etc/m3perf-tls", readOnly: true },
            { name: "cache", mountPath: "/var/lib/m3kv" },
        ]);
        assert.match(copy.command.join(" "), /umask 077 .*cp -f .*tls\.key .* \/var\/lib\/m3kv\/etcd-tls\/$/);
        assert.deepEqual(spec.initVolumes, [
            { name: "tls", secret: { secretName: "m3perf-etcd-client", defaultMode: 0o440 } },
        ]);
        const config = JSON.stringify(m3dbConfig(identity, clusterPlan()));
        assert.match(config, /"keyPath":"\/var\/lib\/m3kv\/etcd-tls\/tls\.key"/);
        assert.ok(!("initContainers" in m3dbCluster(clusterPlan()).spec));
    });

    it("rolls database pods for another certificate, and rolls ask etcd where it answers", () => {
        const { envVars } = m3dbCluster(clusterPlan({}, { identity })).spec;
        const digestOf = (fingerprint: string) =>
            alsoMadeOf(envVars, fingerprint).find(({ name }) => name === podDigestVariable)?.value;
        assert.match(digestOf("one") ?? "", /^[0-9a-f]{10}$/);
        assert.notEqual(digestOf("one"), digestOf("two"));
        assert.deepEqual(alsoMadeOf(envVars, "one").slice(1), envVars.slice(1));
        const roll = (of = identity) =>
            clusterRoll(
                {
                    ...clusterPlan({}, { identity: of }),
                    update: "rolling",
                    removeNamespaces: [],
                    shortenRetention: [],
                } as Parameters<typeof clusterRoll>[0],
                3,
            );
        assert.equal(roll().etcd.healthPort, 2381);
        assert.ok(!("healthPort" in roll(m3Identity("m3db", etcdEndpoints(plan))).etcd));
    });
});
