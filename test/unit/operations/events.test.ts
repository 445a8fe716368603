import assert from "node:assert/strict";
import { askM3, type Placement } from "../../../operations/access/m3.ts";
import { entryText, newSince } from "../../../operations/cli/verbs/events.ts";
import { changesOf, cutovers, lookAtState, placementText } from "../../../operations/logs/m3-state.ts";
import { entryOf, folded, type KubernetesEvent, kubernetesEvents } from "../../../operations/logs/timeline.ts";
import { NoAnswer } from "../../../support/errors.ts";
import { environment, healthy, pod } from "./healthy.ts";

const event = (name: string, more: Partial<KubernetesEvent> = {}): KubernetesEvent => ({
    metadata: { uid: name },
    involvedObject: { kind: "Pod", name },
    type: "Normal",
    reason: "Killing",
    message: "Stopping container  etcd\n",
    lastTimestamp: "2026-11-27T18:00:05Z",
    firstTimestamp: "2026-11-27T18:00:01Z",
    count: 2,
    ...more,
});

describe("events", () => {
    it("have their time and count wherever the sender put them", () => {
        const old = entryOf(event("a"));
        assert.deepEqual([new Date(old.time).toISOString(), old.count], ["2026-11-27T18:00:05.000Z", 2]);
        assert.equal(old.text, "Killing: Stopping container etcd");
        const fresh = entryOf(
            event("a", {
                lastTimestamp: null,
                firstTimestamp: null,
                eventTime: "2026-11-27T18:00:01.5Z",
                series: { count: 7, lastObservedTime: "2026-11-27T18:00:09Z" },
            }),
        );
        assert.deepEqual([new Date(fresh.time).toISOString(), fresh.count], ["2026-11-27T18:00:09.000Z", 7]);
    });

    it("that tell the same are one line, in order of their last times", () => {
        const later = event("a", { metadata: { uid: "2" }, lastTimestamp: "2026-11-27T18:00:09Z", count: 3 });
        const entries = folded([later, event("b"), event("a")].map(entryOf));
        assert.deepEqual(
            entries.map((entry) => entryText(entry, false)),
            [
                "18:00:05 kubernetes   Pod b  Killing: Stopping container etcd (2 times since 18:00:01)",
                "18:00:09 kubernetes   Pod a  Killing: Stopping container etcd (5 times since 18:00:01)",
            ],
        );
    });

    it("are told again only as often as they happened again", () => {
        const seen = new Map<string, number>();
        assert.deepEqual(
            [event("a"), event("a"), event("a", { count: 5 })].map((each) => newSince(seen, [each])[0]?.count),
            [2, undefined, 3],
        );
    });

    it("are those of the environment: its namespace, its nodes, its Prometheus", async () => {
        const of = (kind: string, name: string) => event(name, { involvedObject: { kind, name } });
        const lists: Record<string, KubernetesEvent[]> = {
            m3db: [of("Pod", "etcd-0")],
            default: [of("Node", "worker-1"), of("Node", "stranger"), of("Pod", "worker-1")],
            monitoring: [of("Pod", "prometheus-server-1-2"), of("Pod", "grafana-1")],
        };
        const events = await kubernetesEvents(async (path) => {
            const items = lists[/namespaces\/(\w+)\/events/.exec(path)?.[1] ?? ""];
            return { status: 200, body: JSON.stringify({ items }) };
        }, environment);
        assert.deepEqual(
            events.map(({ involvedObject: { name } }) => name),
            ["etcd-0", "worker-1", "prometheus-server-1-2"],
        );
    });

    it("of a namespace that may not be read are told as missing, the others shown; an API server that is away is no refusal", async () => {
        const call = async (path: string) => {
            if (path.includes("/default/")) return { status: 403, body: '{"message":"forbidden"}' };
            return { status: 200, body: JSON.stringify({ items: path.includes("/m3db/") ? [event("a")] : [] }) };
        };
        const said: string[] = [];
        const events = await kubernetesEvents(call, environment, (text) => said.push(text));
        assert.deepEqual([events.length, said.length], [1, 1]);
        assert.match(said[0] ?? "", /^no events of the namespace default: GET \S+ answered 403: .*forbidden/);
        await assert.rejects(kubernetesEvents(call, environment), NoAnswer);
        const away = () => Promise.reject(new Error("connect ECONNREFUSED"));
        await assert.rejects(
            kubernetesEvents(away, environment, (text) => said.push(text)),
            /ECONNREFUSED/,
        );
        assert.equal(said.length, 1);
    });
});

describe("M3's state", () => {
    it("is looked at part by part; a change is told with what was before", async () => {
        const fake = healthy();
        const before = await lookAtState(environment, fake.context.kubernetes);
        assert.deepEqual([...before].map(([about, { text }]) => `${about}: ${text}`).sort(), [
            "aggregator m3aggregator-0: leader",
            "etcd leader: etcd-1",
            "namespace default: READY",
            "namespace metrics-10s_2d: READY",
            "placement m3aggregator: version 0: 1 instances, 4 INITIALIZING",
            "placement m3coordinator: version 0: 1 instances",
            "placement m3db: version 0: 3 instances, 12 AVAILABLE",
        ]);
        for (const name of environment.cluster.pods) {
            const path = fake.podPath(name, 7201, "/api/v1/services/m3db/placement");
            fake.set(path, { placement: { instances: {} }, version: 2 });
            fake.answers.delete(fake.podPath(name, 7201, "/api/v1/services/m3db/namespace"));
        }
        const after = await lookAtState(environment, fake.context.kubernetes);
        assert.deepEqual(
            changesOf(before, after, 5).map(({ about, text, time }) => [about, text, time]),
            [["placement m3db", "version 0: 3 instances, 12 AVAILABLE → version 2: 0 instances", 5]],
        );
    });

    it("of an aggregator that is away hides no other's", async () => {
        const fake = healthy();
        fake.pods["app=m3aggregator"]?.unshift(pod("m3aggregator-9", "worker-5"));
        const state = await lookAtState(environment, fake.context.kubernetes);
        assert.deepEqual(
            [...state.keys()].filter((about) => about.startsWith("aggregator")),
            ["aggregator m3aggregator-0"],
        );
    });

    it("that no pod answers for is an answer that is missing, by which a command ends with words", async () => {
        const fake = healthy();
        const path = "/api/v1/services/m3db/placement";
        for (const name of environment.cluster.pods) fake.set(fake.podPath(name, 7201, path), "no endpoints", 503);
        await assert.rejects(askM3<Placement>(fake.context, path), (error) => {
            assert.ok(error instanceof NoAnswer);
            assert.match(error.message, /^m3-cluster-rep2-0 \/api\/v1\/services\/m3db\/placement answered 503/);
            return true;
        });
    });

    it("has a past: the times at which shards change hands", () => {
        const nanos = `${Date.parse("2026-11-27T18:00:00Z")}000000`;
        const shard = (more: object) => ({ id: 1, state: "INITIALIZING", ...more });
        const placement = {
            instances: {
                a: { id: "a", endpoint: "a", shards: [shard({ cutoverNanos: nanos }), shard({ cutoverNanos: nanos })] },
                b: { id: "b", endpoint: "b", shards: [shard({ cutoffNanos: "9223372036854775807" }), shard({})] },
            },
        } as Placement["placement"];
        assert.deepEqual(
            cutovers({ placement }).map((entry) => entryText(entry, false)),
            ["18:00:00 m3           a  takes over shards (2 times)"],
        );
        assert.equal(placementText({ placement, version: 3 }), "version 3: 2 instances, 4 INITIALIZING");
    });
});
