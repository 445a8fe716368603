import type { Environment } from "../../settings/environment.ts";
import { jsonOf } from "../access/http.ts";
import type { Kubernetes } from "../access/kubernetes.ts";
import { askM3, m3Ports, type Namespaces, type Placement } from "../access/m3.ts";
import { etcdStatus } from "../etcd/status.ts";
import type { Entry } from "./timeline.ts";

/** What is looked at, by what it is about; a look that gets no answer leaves its lines out. */
export type State = Map<string, { source: "m3" | "etcd"; text: string }>;

type Timed = Placement["placement"] & {
    instances?: Record<string, { shards?: { cutoverNanos?: string; cutoffNanos?: string }[] }>;
};

/** Placements, namespaces, and who leads; each by itself, so that one that does not answer hides no other. */
export async function lookAtState(environment: Environment, kubernetes: Kubernetes): Promise<State> {
    const context = { environment, kubernetes };
    const state: State = new Map();
    const looks: (() => Promise<void>)[] = ["m3db", "m3aggregator", "m3coordinator"].map((service) => async () => {
        const answer = await askM3<Placement>(context, `/api/v1/services/${service}/placement`);
        state.set(`placement ${service}`, { source: "m3", text: placementText(answer) });
    });
    looks.push(
        async () => {
            const { registry } = await askM3<Namespaces>(context, "/api/v1/services/m3db/namespace");
            for (const [name, { stagingState }] of Object.entries(registry.namespaces ?? {})) {
                state.set(`namespace ${name}`, { source: "m3", text: stagingState?.status ?? "UNKNOWN" });
            }
        },
        async () => {
            const { leader, members } = await etcdStatus(environment, kubernetes);
            if (members.length > 0) state.set("etcd leader", { source: "etcd", text: leader ?? "none" });
        },
        async () => {
            const { namespace, aggregator } = environment;
            const pods = await kubernetes.pods(namespace, aggregator.workload.selector);
            const ask = async (name: string) => {
                const path = "/status";
                const answer = await kubernetes.pod(namespace, name, m3Ports.aggregatorHttp, path);
                const { status } = jsonOf<{ status?: { flushStatus?: { electionState?: string } } }>(answer, path);
                const text = status?.flushStatus?.electionState ?? "unknown";
                state.set(`aggregator ${name}`, { source: "m3", text });
            };
            await Promise.allSettled(pods.map(({ metadata }) => ask(metadata.name)));
        },
    );
    await Promise.allSettled(looks.map((look) => look()));
    return state;
}

/** "version 16: 3 instances, 192 AVAILABLE". Pure. */
export function placementText({ placement, version = 0 }: Placement): string {
    const instances = Object.values(placement.instances ?? {});
    const states = new Map<string, number>();
    for (const { state } of instances.flatMap(({ shards = [] }) => shards))
        states.set(state, (states.get(state) ?? 0) + 1);
    const counts = [...states].sort().map(([state, count]) => `, ${count} ${state}`);
    return `version ${version}: ${instances.length} instances${counts.join("")}`;
}

/** What differs between two looks. What was not answered the second time is not told as gone. Pure. */
export function changesOf(before: State, after: State, time: number): Entry[] {
    return [...after].flatMap(([about, { source, text }]) => {
        const earlier = before.get(about)?.text;
        if (earlier === text) return [];
        const told = earlier === undefined ? text : `${earlier} → ${text}`;
        return [{ time, source, about, text: told, count: 1, first: time, warning: false }];
    });
}

/** The past as the placement of M3DB tells it: when shards were or will be taken over and given up. Pure. */
export function cutovers({ placement }: Placement): Entry[] {
    const found = new Map<string, Entry>();
    for (const [id, { shards = [] }] of Object.entries((placement as Timed).instances ?? {})) {
        for (const { cutoverNanos = "0", cutoffNanos = "0" } of shards) {
            for (const [nanos, what] of [[cutoverNanos, "takes over"] as const, [cutoffNanos, "gives up"] as const]) {
                const time = Number(BigInt(nanos) / 1_000_000n);
                // M3 has 0 and the largest number for "from the beginning" and "never".
                if (time <= 0 || time > 8e12) continue;
                const key = `${id} ${what} ${time}`;
                const same = found.get(key);
                if (same) same.count += 1;
                else
                    found.set(key, {
                        time,
                        source: "m3",
                        about: id,
                        text: `${what} shards`,
                        count: 1,
                        first: time,
                        warning: false,
                    });
            }
        }
    }
    return [...found.values()];
}
