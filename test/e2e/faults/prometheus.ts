/** Faults of the site's Prometheus, by other hands than ours, and of the way from it to M3. */
import assert from "node:assert/strict";
import type { Fault, Hand } from "./fault.ts";

/** What was there before each edit, by lab; the heal puts exactly that back. */
const before = new WeakMap<Hand, string>();

async function edit(hand: Hand, change: (text: string) => string): Promise<void> {
    const { namespace, configMap = "", configKey = "" } = hand.environment.prometheus;
    const map = await hand.kubectl("-n", namespace, "get", "configmap", configMap, "-o", "json");
    const text = (JSON.parse(map) as { data: Record<string, string> }).data[configKey] ?? "";
    const changed = change(text);
    assert.notEqual(changed, text, "the edit changes nothing");
    before.set(hand, text);
    await write(hand, changed);
}

async function putBack(hand: Hand): Promise<void> {
    const text = before.get(hand);
    if (text !== undefined) await write(hand, text);
    before.delete(hand);
}

/** A new pod has the new file at once; a mounted ConfigMap takes up to a minute. */
async function write(hand: Hand, text: string): Promise<void> {
    const { namespace, configMap = "", configKey = "", deployment } = hand.environment.prometheus;
    const patch = JSON.stringify({ data: { [configKey]: text } });
    await hand.kubectl("-n", namespace, "patch", "configmap", configMap, "--type", "merge", "-p", patch);
    await hand.kubectl("-n", namespace, "delete", "pod", "-l", "app=prometheus,component=server");
    await hand.kubectl("-n", namespace, "rollout", "status", `deployment/${deployment}`, "--timeout=180s");
}

export const aimedAtQuery: Fault = {
    name: "remote write aimed at m3query",
    trouble: "remote-write-to-query",
    consequences: ["prometheus-changed"],
    failing: ["prometheus.remote_write", "prometheus.settings"],
    says: /Prometheus writes to http:\/\/m3query/,
    inject: (hand) =>
        edit(hand, (text) => {
            const { remoteWriteUrl } = hand.environment.prometheus;
            const { host } = new URL(remoteWriteUrl);
            return text.replaceAll(
                remoteWriteUrl,
                remoteWriteUrl.replace(host, new URL(hand.environment.query.url).host),
            );
        }),
    heal: putBack,
};

export const labelsChanged: Fault = {
    name: "remote write's queue changed by other hands",
    trouble: "prometheus-changed",
    failing: ["prometheus.settings"],
    says: /queue_config\.max_shards is 1,/,
    inject: (hand) => edit(hand, (text) => text.replace(/max_shards: \d+/, "max_shards: 1")),
    heal: putBack,
};

const table = "inet m3perf_fault";

/**
 * A packet filter between Prometheus' pod and the coordinators, on Prometheus' node: both are well, and nothing comes through. What others
 * send by that node's NodePort does.
 */
export const cutFromCoordinators: Fault = {
    name: "remote write that falls behind, for a firewall's sake",
    trouble: "remote-write-backlog",
    failing: ["prometheus.remote_write"],
    says: /s behind/,
    async inject(hand) {
        const { namespace } = hand.environment;
        const text = await hand.kubectl("-n", namespace, "get", "pods", "-l", "app=m3coordinator", "-o", "json");
        const { items } = JSON.parse(text) as { items: { status: { podIP: string } }[] };
        const pods = items.map(({ status }) => status.podIP).join(", ");
        const node = await ofPrometheus(hand, "{.items[0].spec.nodeName}");
        const from = await ofPrometheus(hand, "{.items[0].status.podIP}");
        const rules = `table ${table} { chain forward { type filter hook forward priority -300; ip saddr ${from} ip daddr { ${pods} } tcp dport 7201 drop; }; }`;
        await hand.lab("ssh", node, "nft", `'${rules}'`);
        // Behind is what is more than a minute behind.
        await new Promise((done) => setTimeout(done, 75_000));
    },
    async heal(hand) {
        const node = await ofPrometheus(hand, "{.items[0].spec.nodeName}");
        await hand.lab("ssh", node, `nft delete table ${table} 2>/dev/null; true`);
    },
};

async function ofPrometheus({ kubectl, environment }: Hand, path: string): Promise<string> {
    const selector = ["-l", "app=prometheus,component=server", "-o", `jsonpath=${path}`];
    const found = await kubectl("-n", environment.prometheus.namespace, "get", "pods", ...selector);
    assert.ok(found, `Prometheus has no pod, or it has no ${path}`);
    return found;
}

export const prometheusAway: Fault = {
    name: "Prometheus scaled to 0",
    trouble: "prometheus-not-answering",
    failing: ["prometheus.remote_write", "prometheus.settings"],
    async inject({ kubectl, environment }) {
        const { namespace, deployment } = environment.prometheus;
        await kubectl("-n", namespace, "scale", `deployment/${deployment}`, "--replicas=0");
        const selector = "app=prometheus,component=server";
        await kubectl("-n", namespace, "wait", "--for=delete", "pod", "-l", selector, "--timeout=120s");
    },
    async heal({ kubectl, environment }) {
        const { namespace, deployment } = environment.prometheus;
        await kubectl("-n", namespace, "scale", `deployment/${deployment}`, "--replicas=1");
        await kubectl("-n", namespace, "rollout", "status", `deployment/${deployment}`, "--timeout=180s");
    },
};
