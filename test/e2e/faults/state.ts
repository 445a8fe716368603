/** Faults of what M3 keeps in etcd, and of etcd itself. */
import assert from "node:assert/strict";
import { type NamespaceSpec, namespaceRequest } from "../../../support/m3-namespace.ts";
import { waitFor } from "../../../support/wait.ts";
import type { Fault, Hand } from "./fault.ts";
import { admin, etcd, freeze, remove, setUpAgain } from "./m3.ts";

const namespaces = "/api/v1/services/m3db/namespace";

export const topicDeleted: Fault = {
    name: "a topic that was deleted",
    trouble: "topic-missing",
    failing: ["aggregator.topics"],
    says: /^aggregator_ingest: .*404/m,
    async inject(hand) {
        const [topic] = hand.environment.topics;
        assert.equal(topic?.name, "aggregator_ingest");
        const headers = { "Topic-Name": topic.name, "Cluster-Environment-Name": topic.environment };
        await remove(hand, "/api/v1/topic", headers);
    },
    heal: setUpAgain,
};

export const aggregatorPlacementDeleted: Fault = {
    name: "the aggregators' placement deleted",
    trouble: "aggregator-placement-missing",
    failing: ["aggregator.placement"],
    inject: (hand) => remove(hand, "/api/v1/services/m3aggregator/placement"),
    heal: setUpAgain,
};

export const coordinatorPlacementDeleted: Fault = {
    name: "the coordinators' placement deleted",
    trouble: "coordinator-placement-missing",
    failing: ["coordinator.placement"],
    inject: (hand) => remove(hand, "/api/v1/services/m3coordinator/placement"),
    heal: setUpAgain,
};

const aggregated = ({ environment }: Hand) =>
    environment.cluster.namespaces.find(({ resolution }) => resolution !== undefined)?.name ?? "";
const unaggregated = ({ environment }: Hand) =>
    environment.cluster.namespaces.find(({ resolution }) => resolution === undefined)?.name ?? "";

/** The operator creates again what is missing, and makes it ready, once it may. */
async function thaw(hand: Hand): Promise<void> {
    await freeze(hand, false);
    const wanted = hand.environment.cluster.namespaces.map(({ name }) => name);
    await waitFor({ what: "the namespaces to be READY", timeout: 120, every: 2 }, async () => {
        const { registry } = JSON.parse((await admin(hand, namespaces)).body) as Registry;
        return wanted.every((name) => registry.namespaces?.[name]?.stagingState?.status === "READY");
    });
}

interface Registry {
    registry: { namespaces?: Record<string, { stagingState?: { status?: string } }> };
}

export const unaggregatedDeleted: Fault = {
    name: "the unaggregated namespace deleted",
    trouble: "no-unaggregated-namespace",
    failing: ["m3db.namespaces"],
    says: /: missing$/,
    async inject(hand) {
        await freeze(hand, true);
        await remove(hand, `${namespaces}/${unaggregated(hand)}`);
    },
    heal: thaw,
};

export const aggregatedDeleted: Fault = {
    name: "an aggregated namespace deleted",
    trouble: "namespace-missing",
    failing: ["m3db.namespaces"],
    says: /: missing$/,
    async inject(hand) {
        await freeze(hand, true);
        await remove(hand, `${namespaces}/${aggregated(hand)}`);
    },
    heal: thaw,
};

/** Deleted and created through the API, by somebody who does not know of the ready call. */
export const namespaceNotReady: Fault = {
    name: "a namespace that nobody made ready",
    trouble: "namespace-not-ready",
    failing: ["m3db.namespaces"],
    says: /: (UNKNOWN|INITIALIZING)$/,
    async inject(hand) {
        await freeze(hand, true);
        const { namespace, cluster } = hand.environment;
        const name = aggregated(hand);
        const text = await hand.kubectl("-n", namespace, "get", "m3dbcluster", cluster.name, "-o", "json");
        const { spec } = JSON.parse(text) as { spec: { namespaces: NamespaceSpec[] } };
        const own = spec.namespaces.find((one) => one.name === name);
        assert.ok(own, `the M3DBCluster does not name ${name}`);
        await remove(hand, `${namespaces}/${name}`);
        const { status, body } = await admin(hand, namespaces, { method: "POST", body: namespaceRequest(own) });
        assert.ok(status < 300, body);
    },
    heal: thaw,
};

/** The alarm that a full database raises; raised by hand it has the same effect. */
export const noSpace: Fault = {
    name: "etcd's alarm NOSPACE",
    trouble: "etcd-nospace",
    failing: ["etcd.alarms"],
    async inject(hand) {
        const { header } = await etcd<{ header: { member_id: string } }>(hand, "/v3/maintenance/status", {});
        const alarm = { action: "ACTIVATE", memberID: header.member_id, alarm: "NOSPACE" };
        await etcd(hand, "/v3/maintenance/alarm", alarm);
    },
    async heal(hand) {
        const { alarms = [] } = await etcd<{ alarms?: { memberID: string }[] }>(hand, "/v3/maintenance/alarm", {
            action: "GET",
        });
        for (const { memberID } of alarms)
            await etcd(hand, "/v3/maintenance/alarm", { action: "DEACTIVATE", memberID, alarm: "NOSPACE" });
    },
};

export const quorumLost: Fault = {
    name: "two of three etcd members scaled away",
    trouble: "etcd-quorum-lost",
    failing: ["etcd.health", "etcd.members", "pods.ready"],
    async inject(hand) {
        const { namespace, etcd: of } = hand.environment;
        await hand.kubectl("-n", namespace, "scale", `statefulset/${of.statefulSet}`, "--replicas=1");
        for (const pod of of.pods.slice(1))
            await hand.kubectl("-n", namespace, "wait", "--for=delete", `pod/${pod}`, "--timeout=90s");
    },
    async heal(hand) {
        const { namespace, etcd: of } = hand.environment;
        const target = `statefulset/${of.statefulSet}`;
        await hand.kubectl("-n", namespace, "scale", target, `--replicas=${of.pods.length}`);
        await hand.kubectl("-n", namespace, "rollout", "status", target, "--timeout=180s");
    },
    recovers: 240,
};

export const memberDown: Fault = {
    name: "one of three etcd members scaled away",
    trouble: "etcd-member-down",
    failing: ["etcd.health", "etcd.members", "pods.ready"],
    async inject(hand) {
        const { namespace, etcd: of } = hand.environment;
        const target = `statefulset/${of.statefulSet}`;
        await hand.kubectl("-n", namespace, "scale", target, `--replicas=${of.pods.length - 1}`);
        await hand.kubectl("-n", namespace, "wait", "--for=delete", `pod/${of.pods.at(-1)}`, "--timeout=90s");
    },
    heal: quorumLost.heal,
};
