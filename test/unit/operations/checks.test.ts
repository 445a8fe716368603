import assert from "node:assert/strict";
import type { ContainerStatus } from "../../../operations/access/kubernetes.ts";
import type { Failed } from "../../../operations/checks/check.ts";
import { checks } from "../../../operations/checks/index.ts";
import { runChecks } from "../../../operations/checks/run.ts";
import { environment, type Fake, healthy, now, openFiles, pod } from "./healthy.ts";

async function failureOf(fake: Fake, id: string): Promise<Failed> {
    const check = checks.find((one) => one.id === id);
    assert.ok(check, `no check ${id}`);
    const verdict = await check.run(fake.context);
    assert.equal(verdict.ok, false, `${id} passed: ${verdict.ok && verdict.evidence}`);
    return verdict as Failed;
}

const admin = "/api/v1/services/m3db";

/** A fault, the check that must see it, and what it must say. One line per way in which the environment can be wrong. */
const faults: { title: string; id: string; says: RegExp; cause?: RegExp; next?: RegExp; inject(fake: Fake): void }[] = [
    {
        title: "a node whose kubelet is stopped",
        id: "nodes.ready",
        says: /worker-2: Ready=Unknown \(NodeStatusUnknown\)/,
        next: /describe node worker-2/,
        inject: ({ nodes }) => {
            nodes[2] = {
                metadata: { name: "worker-2" },
                status: { conditions: [{ type: "Ready", status: "Unknown", reason: "NodeStatusUnknown" }] },
            };
        },
    },
    {
        title: "a node whose kubelet has never reported",
        id: "nodes.ready",
        says: /worker-2: its kubelet has reported nothing yet/,
        inject: ({ nodes }) => {
            nodes[2] = { metadata: { name: "worker-2" }, status: {} };
        },
    },
    {
        title: "a node under memory pressure",
        id: "nodes.ready",
        says: /worker-2: MemoryPressure=True/,
        inject: ({ nodes }) => {
            nodes[2]?.status?.conditions?.push({ type: "MemoryPressure", status: "True" });
        },
    },
    {
        title: "a NodePort behind which nothing answers",
        id: "nodes.ports",
        says: /query 32558\/health: connection refused/,
        cause: /no ready pod/,
        inject: ({ ports }) => {
            for (const key of [...ports.keys()].filter((key) => key.startsWith("32558"))) ports.delete(key);
        },
    },
    {
        title: "a clock that is ahead",
        id: "nodes.clock",
        says: /^worker-3: at least 90.0 s ahead of this machine$/m,
        cause: /NTP/,
        inject: (fake) => tellsTime(fake, "worker-3", now + 90_000),
    },
    {
        title: "this machine's own clock off",
        id: "nodes.clock",
        says: /worker-1: at least 59.0 s behind this machine/,
        cause: /this machine's own clock/,
        inject: (fake) => {
            for (const { name } of fake.context.environment.nodes) tellsTime(fake, name, now - 60_000);
        },
    },
    {
        title: "a container that ends again and again for want of memory",
        id: "pods.ready",
        says: /m3aggregator-0: CrashLoopBackOff: back-off 5m0s: last end: OOMKilled \(exit code 137\)/,
        cause: /more memory than its limit/,
        next: /logs --previous m3aggregator-0 -c main/,
        inject: (fake) =>
            waits(fake, {
                state: { waiting: { reason: "CrashLoopBackOff", message: "back-off 5m0s" } },
                lastState: { terminated: { reason: "OOMKilled", exitCode: 137 } },
            }),
    },
    {
        title: "a container whose ConfigMap is missing",
        id: "pods.ready",
        says: /m3aggregator-0: CreateContainerConfigError: configmap "m3aggregator" not found/,
        cause: /ConfigMap or Secret that the container names is not there/,
        next: /describe pod m3aggregator-0/,
        inject: (fake) =>
            waits(fake, {
                state: {
                    waiting: { reason: "CreateContainerConfigError", message: 'configmap "m3aggregator" not found' },
                },
            }),
    },
    {
        title: "a pod for which no node has room",
        id: "pods.ready",
        says: /m3aggregator-0: not scheduled: 0\/7 nodes are available: 1 Insufficient memory/,
        cause: /no node that it may run on has enough memory left/,
        inject: ({ pods }) => {
            const status = pods["app=m3aggregator"]?.[0]?.status;
            if (!status) return;
            const message = "0/7 nodes are available: 1 Insufficient memory, 6 node(s) didn't match";
            status.conditions = [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message }];
            status.containerStatuses = [];
        },
    },
    {
        title: "a pod that no node may take",
        id: "pods.ready",
        says: /not scheduled: 0\/7 nodes are available: 7 node\(s\) had untolerated taint/,
        cause: /labels, taints or a cordon/,
        inject: ({ pods }) => {
            const status = pods["app=m3aggregator"]?.[0]?.status;
            if (!status) return;
            const message = "0/7 nodes are available: 7 node(s) had untolerated taint";
            status.conditions = [{ type: "PodScheduled", status: "False", reason: "Unschedulable", message }];
            status.containerStatuses = [];
        },
    },
    {
        title: "a workload scaled to nothing",
        id: "pods.ready",
        says: /^query: 0 pods instead of 2/m,
        inject: ({ pods }) => {
            pods["app=m3query"] = [];
        },
    },
    {
        title: "an image that cannot be pulled",
        id: "pods.ready",
        says: /m3aggregator-0: ImagePullBackOff: no such image/,
        inject: ({ pods }) => {
            const status = pods["app=m3aggregator"]?.[0]?.status;
            if (!status) return;
            status.conditions = [{ type: "Ready", status: "False" }];
            status.containerStatuses = [
                {
                    name: "main",
                    ready: false,
                    restartCount: 0,
                    state: { waiting: { reason: "ImagePullBackOff", message: "no such image" } },
                },
            ];
        },
    },
    {
        title: "an etcd pod on a coordinator's node",
        id: "pods.nodes",
        says: /etcd-1: on worker-5, which has not the role m3db/,
        inject: ({ pods }) => {
            const spec = pods["app=etcd"]?.[1]?.spec;
            if (spec) spec.nodeName = "worker-5";
        },
    },
    {
        title: "two replicas on one node",
        id: "pods.nodes",
        says: /m3coordinator-b: shares worker-4 with m3coordinator-a/,
        inject: ({ pods }) => {
            const spec = pods["app=m3coordinator"]?.[1]?.spec;
            if (spec) spec.nodeName = "worker-4";
        },
    },
    {
        title: "a replica on a node of another isolation group",
        id: "pods.nodes",
        says: /m3-cluster-rep0-0: of rep0, but worker-2 is of rep1/,
        inject: ({ pods }) => {
            const [first, second] = pods["operator.m3db.io/app=m3db"] ?? [];
            if (first && second) [first.spec.nodeName, second.spec.nodeName] = ["worker-2", "worker-1"];
        },
    },
    {
        title: "a container killed for want of memory half an hour ago",
        id: "pods.restarts",
        says: /m3-cluster-rep1-0\/main: 2 restarts, last end: OOMKilled \(exit code 137\), 1800 s ago/,
        cause: /more memory/,
        next: /logs --previous m3-cluster-rep1-0/,
        inject: ({ pods }) => {
            const container = pods["operator.m3db.io/app=m3db"]?.[1]?.status?.containerStatuses?.[0];
            if (!container) return;
            container.restartCount = 2;
            container.lastState = {
                terminated: { reason: "OOMKilled", exitCode: 137, finishedAt: new Date(now - 1_800_000).toISOString() },
            };
        },
    },
    {
        title: "an etcd member that was never started",
        id: "etcd.members",
        says: /etcd-0 lists \(not started: http:\/\/etcd-2\), etcd-0, etcd-1/,
        inject: (fake) =>
            fake.set(fake.podPath("etcd-0", 2379, "/v3/cluster/member/list"), {
                members: [
                    { ID: "1", name: "etcd-0" },
                    { ID: "2", name: "etcd-1" },
                    { ID: "3", peerURLs: ["http://etcd-2"] },
                ],
            }),
    },
    {
        title: "one etcd member down",
        id: "etcd.health",
        says: /etcd-2: \/health answered 503/,
        cause: /quorum is kept by 2/,
        inject: ({ answers, podPath }) => answers.delete(podPath("etcd-2", 2379, "/health")),
    },
    {
        title: "etcd without quorum",
        id: "etcd.health",
        says: /etcd-1: \/health answered 503/,
        cause: /quorum is lost \(1 of 3 healthy, 2 needed\)/,
        inject: ({ answers, podPath }) => {
            answers.delete(podPath("etcd-1", 2379, "/health"));
            answers.delete(podPath("etcd-2", 2379, "/health"));
        },
    },
    {
        title: "two etcd leaders",
        id: "etcd.leader",
        says: /leaders seen: etcd-0: 2, etcd-1: 2, etcd-2: 3/,
        inject: (fake) =>
            fake.set(fake.podPath("etcd-2", 2379, "/v3/maintenance/status"), {
                header: { cluster_id: "77", member_id: "3", revision: "120" },
                version: "3.4.23",
                leader: "3",
            }),
    },
    {
        title: "an etcd member far behind",
        id: "etcd.leader",
        says: /revisions apart: .*etcd-2: 5/,
        inject: (fake) => {
            for (const [name, revision] of [
                ["etcd-1", "9000"],
                ["etcd-2", "5"],
            ] as const) {
                fake.set(fake.podPath(name, 2379, "/v3/maintenance/status"), {
                    header: { cluster_id: "77", member_id: "2", revision },
                    version: "3.4.23",
                    leader: "2",
                });
            }
        },
    },
    {
        title: "etcd out of space",
        id: "etcd.alarms",
        says: /alarm NOSPACE/,
        cause: /quota/,
        inject: (fake) =>
            fake.set(fake.podPath("etcd-1", 2379, "/v3/maintenance/alarm"), {
                alarms: [{ memberID: "2", alarm: "NOSPACE" }],
            }),
    },
    {
        title: "etcd near its quota",
        id: "etcd.size",
        says: /^etcd-1: 480.0 MiB of 512.0 MiB, 2 % of it free$/m,
        cause: /other than M3 writes/,
        inject: (fake) => {
            for (const one of fake.pods["app=etcd"] ?? []) {
                one.spec.containers = [{ name: "etcd", args: [`--quota-backend-bytes=${512 * 2 ** 20}`] }];
            }
            etcdHolds(fake, "etcd-1", { dbSize: 480 * 2 ** 20, dbSizeInUse: 470 * 2 ** 20 });
        },
    },
    {
        title: "etcd near its default quota with a file that is mostly free",
        id: "etcd.size",
        says: /^etcd-1: 1900.0 MiB of 2048.0 MiB, 99 % of it free$/m,
        cause: /only a defragmentation/,
        next: /exec etcd-1 -- .*etcdctl defrag/,
        inject: (fake) => etcdHolds(fake, "etcd-1", { dbSize: 1900 * 2 ** 20, dbSizeInUse: 20 * 2 ** 20 }),
    },
    {
        title: "etcd near the quota that it tells itself",
        id: "etcd.size",
        says: /^etcd-0: 90.0 MiB of 100.0 MiB/m,
        inject: (fake) =>
            etcdHolds(fake, "etcd-0", { dbSize: 90 * 2 ** 20, dbSizeInUse: 0, dbSizeQuota: 100 * 2 ** 20 }),
    },
    {
        title: "a dbnode that has not bootstrapped a shard of one namespace",
        id: "m3db.shards",
        says: /^m3-cluster-rep1-0: metrics-10s_2d: 1 shard: shard is not yet bootstrapped to read \(2\)$/m,
        next: /logs m3-cluster-rep1-0/,
        inject: (fake) =>
            fake.answers.set(fake.podPath("m3-cluster-rep1-0", 9002, "/fetchbatchraw"), ({ body }) => {
                const { ids, nameSpace } = body as { ids: string[]; nameSpace: string };
                const err = { message: "shard is not yet bootstrapped to read" };
                const late = Buffer.from(nameSpace, "base64").toString() === "metrics-10s_2d";
                const elements = ids.map((_, shard) => (late && shard === 2 ? { err } : {}));
                return { status: 200, body: JSON.stringify({ elements }) };
            }),
    },
    {
        title: "a dbnode that does not have a shard of its own",
        id: "m3db.shards",
        says: /^m3-cluster-rep0-0: default: 4 shards: not responsible for it, though the placement says so \(3, 3, 3, 3\)$/m,
        inject: (fake) => {
            const elements = [0, 1, 2, 3].map(() => ({ err: { message: "not responsible for shard 3" } }));
            fake.set(fake.podPath("m3-cluster-rep0-0", 9002, "/fetchbatchraw"), { elements });
        },
    },
    {
        title: "a dbnode near its limit of open files",
        id: "m3db.files",
        says: /^m3-cluster-rep1-0: 900 of 1024 open, 624 for all its blocks$/m,
        cause: /limit of open files/,
        inject: (fake) =>
            fake.answers.set(fake.podPath("m3-cluster-rep1-0", 9004, "/metrics"), {
                status: 200,
                body: openFiles(900, 1024),
            }),
    },
    {
        title: "dbnodes whose blocks will need more files than they may open",
        id: "m3db.files",
        says: /^m3-cluster-rep2-0: 120 of 700 open, 624 for all its blocks$/m,
        next: /LimitNOFILE/,
        inject: (fake) => {
            for (const name of environment.cluster.pods)
                fake.answers.set(fake.podPath(name, 9004, "/metrics"), { status: 200, body: openFiles(120, 700) });
        },
    },
    {
        title: "an instance whose pod is gone",
        id: "m3db.endpoints",
        says: /^m3-cluster-rep2-0: m3-cluster-rep2-0.m3dbnode-m3-cluster has no address: no such pod runs$/m,
        next: /get endpointslices/,
        inject: (fake) =>
            changeSlices(fake, (text) => text.replaceAll('"hostname":"m3-cluster-rep2-0"', '"hostname":"other"')),
    },
    {
        title: "an instance of a pod that is not ready",
        id: "m3db.endpoints",
        says: /m3-cluster-rep0-0.m3dbnode-m3-cluster is not ready/,
        inject: (fake) => changeSlices(fake, (text) => text.replace('"ready":true', '"ready":false')),
    },
    {
        title: "an instance that runs on a node of another group",
        id: "m3db.endpoints",
        says: /m3-cluster-rep0-0: of rep0 in the placement, but runs on worker-2 of rep1/,
        inject: (fake) => changeSlices(fake, (text) => text.replace("worker-1", "worker-2")),
    },
    {
        title: "a Service that is gone",
        id: "aggregator.endpoints",
        says: /there is no Service m3aggregator for m3aggregator-0.m3aggregator:6000/,
        inject: (fake) => changeSlices(fake, (text) => text.replace('name":"m3aggregator"', 'name":"other"')),
    },
    {
        title: "coordinators of which none is ready",
        id: "coordinator.endpoints",
        says: /no pod behind the Service m3coordinator is ready/,
        inject: (fake) =>
            changeSlices(fake, (text) =>
                text.replace(/"ready":true(?=\},"targetRef":\{"kind":"Pod","name":"m3coordinator-a)/, '"ready":false'),
            ),
    },
    {
        title: "a dbnode that answers 200 before its bootstrap",
        id: "m3db.health",
        says: /m3-cluster-rep2-0: \/health says .*"bootstrapped":false/,
        cause: /writes go on with 2 of 3/,
        inject: (fake) =>
            fake.set(fake.podPath("m3-cluster-rep2-0", 9002, "/health"), {
                ok: true,
                status: "up",
                bootstrapped: false,
            }),
    },
    {
        title: "a dbnode whose /bootstrapped is 500",
        id: "m3db.health",
        says: /m3-cluster-rep2-0: \/bootstrapped answers 500/,
        inject: (fake) => fake.set(fake.podPath("m3-cluster-rep2-0", 9002, "/bootstrapped"), {}, 500),
    },
    {
        title: "a shard that is still initializing",
        id: "m3db.placement",
        says: /m3-cluster-rep2-0: 1 INITIALIZING of 4 shards/,
        inject: (fake) => changePlacement(fake, (text) => text.replace(/AVAILABLE(?!.*AVAILABLE)/, "INITIALIZING")),
    },
    {
        title: "two instances in one isolation group",
        id: "m3db.placement",
        says: /shard 0 is in 2 isolation groups: rep0, rep1, rep1/,
        inject: (fake) => changePlacement(fake, (text) => text.replaceAll('"rep2"', '"rep1"')),
    },
    {
        title: "an instance that is missing",
        id: "m3db.placement",
        says: /2 instances instead of 3/,
        inject: (fake) =>
            changePlacement(fake, (text) => {
                const body = JSON.parse(text);
                delete body.placement.instances["m3-cluster-rep1-0"];
                return JSON.stringify(body);
            }),
    },
    {
        title: "a namespace that is not READY",
        id: "m3db.namespaces",
        says: /default: INITIALIZING/,
        cause: /externalCoordinator/,
        inject: (fake) => changeAdmin(fake, `${admin}/namespace`, (text) => text.replace("READY", "INITIALIZING")),
    },
    {
        title: "a namespace of another resolution",
        id: "m3db.namespaces",
        says: /metrics-10s_2d: aggregated to 60 s instead of 10s/,
        inject: (fake) => changeAdmin(fake, `${admin}/namespace`, (text) => text.replace("10000000000", "60000000000")),
    },
    {
        title: "a namespace that was deleted",
        id: "m3db.namespaces",
        says: /default: missing/,
        inject: (fake) => changeAdmin(fake, `${admin}/namespace`, (text) => text.replace('"default"', '"other"')),
    },
    {
        title: "a coordinator that answers 200 with nothing ready",
        id: "coordinator.ready",
        says: /m3coordinator-b: not ready for writes: default, metrics-10s_2d/,
        next: /logs m3coordinator-b/,
        inject: (fake) => fake.set(fake.podPath("m3coordinator-b", 7201, "/ready"), {}),
    },
    {
        title: "query scaled to 0",
        id: "query.ready",
        says: /deployment\/m3query has no pods instead of 2/,
        cause: /scaled to 0/,
        next: /scale deployment\/m3query --replicas=2/,
        inject: ({ pods }) => {
            pods["app=m3query"] = [];
        },
    },
    {
        title: "coordinators that are in no placement",
        id: "coordinator.placement",
        says: /endpoints: none/,
        next: /delete job -l app=m3-setup; m3perf up --refresh/,
        inject: (fake) => changeAdmin(fake, "/api/v1/services/m3coordinator/placement", () => '{"placement":{}}'),
    },
    {
        title: "the coordinators inside the dbnodes in place of the dedicated ones",
        id: "coordinator.placement",
        says: /endpoints: m3coordinator-m3-cluster:7507/,
        inject: (fake) =>
            changeAdmin(fake, "/api/v1/services/m3coordinator/placement", (text) =>
                text.replace('"endpoint":"m3coordinator:', '"endpoint":"m3coordinator-m3-cluster:'),
            ),
    },
    {
        title: "an aggregator that follows nobody",
        id: "aggregator.leader",
        says: /m3aggregator-0: follower/,
        inject: (fake) =>
            fake.set(fake.podPath("m3aggregator-0", 6001, "/status"), {
                status: { flushStatus: { electionState: "follower" } },
            }),
    },
    {
        title: "two aggregators that both write",
        id: "aggregator.leader",
        says: /m3aggregator-0: leader[\s\S]*m3aggregator-1: leader/,
        cause: /not one shard set/,
        inject: (fake) => {
            fake.pods["app=m3aggregator"]?.push(pod("m3aggregator-1", "worker-5"));
            fake.set(fake.podPath("m3aggregator-1", 6001, "/health"), { state: "OK" });
            fake.set(fake.podPath("m3aggregator-1", 6001, "/status"), {
                status: { flushStatus: { electionState: "leader" } },
            });
        },
    },
    {
        title: "an aggregator that flushes nothing",
        id: "data.aggregated",
        says: /metrics-10s_2d: nothing in the last 140 s/,
        next: /logs statefulset\/m3aggregator/,
        inject: ({ ports }) => {
            const query = ports.get("32558 /api/v1/query");
            ports.set("32558 /api/v1/query", (request) =>
                typeof query === "function" && !request.query?.query?.startsWith("up[")
                    ? query(request)
                    : { status: 200, body: '{"status":"success","data":{"resultType":"matrix","result":[]}}' },
            );
        },
    },
    {
        title: "aggregator shards that nobody has",
        id: "aggregator.placement",
        says: /3 of 4 shards assigned/,
        inject: (fake) =>
            changeAdmin(fake, "/api/v1/services/m3aggregator/placement", (text) => text.replace('"id":3', '"id":2')),
    },
    {
        title: "a topic that does not exist",
        id: "aggregator.topics",
        says: /aggregated_metrics: .* answered 404/,
        inject: (fake) => changeAdmin(fake, "/api/v1/topic", () => undefined),
    },
    {
        title: "a topic consumed by another service",
        id: "aggregator.topics",
        says: /aggregator_ingest: consumed by m3aggregator of m3db\/m3-cluster instead of other of m3db\/m3-cluster$/,
        inject: ({ context }) => {
            context.environment.topics[0] = {
                name: "aggregator_ingest",
                consumer: "other",
                environment: "default_env",
            };
        },
    },
    {
        title: "a topic consumed by the service of that name in another environment",
        id: "aggregator.topics",
        says: /^aggregator_ingest: consumed by m3aggregator of default_env instead of m3aggregator of m3db\/m3-cluster$/m,
        inject: (fake) => changeAdmin(fake, "/api/v1/topic", () => topicAnswer("aggregator_ingest", "default_env", 4)),
    },
    {
        title: "a topic without shards",
        id: "aggregator.topics",
        says: /^aggregator_ingest: has no shards/m,
        inject: (fake) =>
            changeAdmin(fake, "/api/v1/topic", () => topicAnswer("aggregator_ingest", "m3db/m3-cluster", undefined)),
    },
];

function tellsTime(fake: Fake, node: string, at: number): void {
    const date = new Date(at).toUTCString();
    fake.answers.set(`/api/v1/nodes/${node}/proxy/healthz`, { status: 200, body: "ok", date });
}

/** The aggregator's container waits. */
function waits({ pods }: Fake, container: Partial<ContainerStatus>): void {
    const status = pods["app=m3aggregator"]?.[0]?.status;
    if (!status) return;
    status.conditions = [{ type: "Ready", status: "False" }];
    status.containerStatuses = [{ name: "main", ready: false, restartCount: 3, ...container }];
}

function etcdHolds(fake: Fake, member: string, sizes: Record<string, number>): void {
    const told = Object.fromEntries(Object.entries(sizes).map(([name, bytes]) => [name, String(bytes)]));
    const header = { cluster_id: "77", member_id: "2", revision: "120" };
    fake.set(fake.podPath(member, 2379, "/v3/maintenance/status"), { header, version: "3.4.23", leader: "2", ...told });
}

function changeSlices({ answers }: Fake, change: (text: string) => string): void {
    const path = "/apis/discovery.k8s.io/v1/namespaces/m3db/endpointslices";
    const answer = answers.get(path);
    assert.ok(typeof answer === "object");
    const changed = change(answer.body);
    assert.notEqual(changed, answer.body, "the fault changes nothing");
    answers.set(path, { status: 200, body: changed });
}

const topicAnswer = (name: string, environment: string, numberOfShards: number | undefined) =>
    JSON.stringify({
        topic: {
            name,
            numberOfShards,
            consumerServices: [{ serviceId: { name: "m3aggregator", environment, zone: "embedded" } }],
        },
    });

/** Changes an answer of the coordinators inside the dbnodes; `undefined` makes it a 404. */
function changeAdmin(fake: Fake, path: string, change: (text: string) => string | undefined): void {
    for (const name of fake.context.environment.cluster.pods) {
        const key = fake.podPath(name, 7201, path);
        const answer = fake.answers.get(key);
        const text = typeof answer === "object" ? answer.body : "";
        const changed = change(text);
        fake.answers.set(
            key,
            changed === undefined ? { status: 404, body: "not found" } : { status: 200, body: changed },
        );
    }
}

function changePlacement(fake: Fake, change: (text: string) => string): void {
    changeAdmin(fake, `${admin}/placement`, change);
}

describe("checks", () => {
    it("all pass in an environment that is as it should be", async () => {
        const results = await runChecks(checks, healthy().context);
        assert.deepEqual(
            results.filter(({ ok }) => !ok),
            [],
        );
        assert.equal(results.length, checks.length);
    });

    it("have ids of their own that begin with a word, a source, and a title that states the good case", () => {
        assert.equal(new Set(checks.map(({ id }) => id)).size, checks.length);
        for (const { id, source, title } of checks) {
            assert.match(id, /^[a-z0-9]+\.[a-z_]+$/);
            assert.ok(source.length > 10 && title.length > 10);
        }
    });

    for (const { title, id, says, cause, next, inject } of faults) {
        it(`${id} sees ${title}`, async () => {
            const fake = healthy();
            inject(fake);
            const failure = await failureOf(fake, id);
            assert.match(failure.evidence.join("\n"), says);
            if (cause) assert.match(failure.cause, cause);
            if (next) assert.match(failure.next, next);
        });
    }

    it("nodes.ready leaves conditions alone that others' agents add", async () => {
        const fake = healthy();
        for (const type of ["KernelReady", "NetworkingReady", "StorageReady"])
            fake.nodes[2]?.status?.conditions?.push({ type, status: "True" });
        const verdict = await checks.find(({ id }) => id === "nodes.ready")?.run(fake.context);
        assert.deepEqual(verdict, { ok: true, evidence: "6 nodes Ready" });
        fake.nodes[2]?.status?.conditions?.push({ type: "NetworkUnavailable", status: "True", reason: "NoRoute" });
        const { evidence } = await failureOf(fake, "nodes.ready");
        assert.deepEqual(evidence, ["worker-2: NetworkUnavailable=True (NoRoute)"]);
    });

    it("fail for no pod at its end beside the one in its place: an evicted one stays as Failed", async () => {
        const fake = healthy();
        for (const selector of ["app=m3coordinator", "app=m3query", "app=m3aggregator", "operator.m3db.io/app=m3db"])
            for (const phase of ["Failed", "Succeeded"]) {
                const past = pod(`past-${phase}`, "worker-1");
                past.status = { phase, reason: "Evicted", conditions: [{ type: "Ready", status: "False" }] };
                fake.pods[selector]?.push(past);
            }
        const failed = (await runChecks(checks, fake.context)).filter(({ ok }) => !ok).map(({ id }) => id);
        assert.deepEqual(failed, []);
    });

    it("m3db.files says of whom it could not tell, and leaves it to m3db.health", async () => {
        const fake = healthy();
        fake.answers.set(fake.podPath("m3-cluster-rep0-0", 9004, "/metrics"), { status: 200, body: "up 1\n" });
        fake.set(fake.podPath("m3-cluster-rep1-0", 9004, "/metrics"), {}, 503);
        const verdict = await checks.find(({ id }) => id === "m3db.files")?.run(fake.context);
        assert.ok(verdict?.ok);
        assert.match(
            verdict.evidence,
            /m3-cluster-rep1-0: .* 503; m3-cluster-rep0-0 does not tell its limit; m3-cluster-rep2-0: 900 of/,
        );
    });

    it("keep to themselves: a fault in one system fails no check of a system that works", async () => {
        const fake = healthy();
        fake.set(fake.podPath("m3aggregator-0", 6001, "/status"), {});
        const failed = (await runChecks(checks, fake.context)).filter(({ ok }) => !ok).map(({ id }) => id);
        assert.deepEqual(failed, ["aggregator.leader"]);
    });
});
