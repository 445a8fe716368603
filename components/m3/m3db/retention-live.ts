import type { KubeConfig, V1Pod } from "@kubernetes/client-node";
import { messageOf } from "../../../support/errors.ts";
import { jsonOf, shorten } from "../../../support/http.ts";
import { CoreV1Api } from "../../../support/kubernetes-client.ts";
import { limited, rawCall, told } from "../../cluster-calls.ts";
import { orUndefined } from "../../kubernetes.ts";
import { partOf } from "../../manifests.ts";
import type { RetentionMark } from "./retention.ts";
import type { ClusterSide, RollInput } from "./roll-sides.ts";

interface Registry {
    registry?: {
        namespaces?: Record<string, { retentionOptions?: { retentionPeriodNanos?: string } }>;
    };
}

type RetentionSide = Pick<ClusterSide, "retentions" | "setRetention" | "retentionMark" | "rememberForRestart">;

/** Port of the coordinator inside dbnode (facts.md 4). */
const adminPort = 7201;

/** What M3 knows of retentions, and the pods that still have to learn it. `pods`: the database pods. */
export function retentionSide(config: KubeConfig, input: RollInput, pods: () => Promise<V1Pod[]>): RetentionSide {
    const { namespace, cluster } = input;
    const core = new CoreV1Api(limited(config));
    const call = rawCall(config);
    const name = `${cluster}-retention`;

    /** By whichever database pod answers. */
    async function ask(method: "GET" | "PUT", body?: object): Promise<Registry> {
        let last: unknown = new Error("there is no database pod");
        for (const { metadata } of await pods()) {
            const path = `/api/v1/namespaces/${namespace}/pods/${metadata?.name}:${adminPort}/proxy/api/v1/services/m3db/namespace`;
            const headers = { "Cluster-Environment-Name": `${namespace}/${cluster}` };
            try {
                const answer = await call(path, { method, headers, ...(body ? { body } : {}) });
                if (method === "PUT" && answer.status >= 400 && answer.status < 500)
                    throw new Error(`M3 does not take it: ${answer.status} ${shorten(answer.body)}`);
                return jsonOf<Registry>(answer, `${metadata?.name} /namespace`);
            } catch (error) {
                last = error;
            }
        }
        throw new Error(messageOf(last));
    }

    return {
        async retentions() {
            const known = Object.entries((await ask("GET")).registry?.namespaces ?? {});
            return Object.fromEntries(
                known.map(([of, { retentionOptions }]) => [of, retentionOptions?.retentionPeriodNanos ?? ""]),
            );
        },
        async setRetention(of, duration) {
            // Every other option is left out: M3 refuses what it cannot change (validateUpdateRequest).
            await ask("PUT", { name: of, options: { retentionOptions: { retentionPeriodDuration: duration } } });
        },
        async retentionMark(): Promise<RetentionMark | undefined> {
            const map = await told(name, orUndefined(core.readNamespacedConfigMap({ namespace, name })));
            const pending = map?.data?.restart;
            if (pending === undefined) return undefined;
            return pending === "pending" ? "pending" : pending.split("\n").filter((uid) => uid !== "");
        },
        async rememberForRestart(mark) {
            if (mark.length === 0)
                return void (await told(name, orUndefined(core.deleteNamespacedConfigMap({ namespace, name }))));
            const body = {
                metadata: { name, labels: partOf },
                data: { restart: typeof mark === "string" ? mark : mark.join("\n") },
            };
            const replaced = await told(name, orUndefined(core.replaceNamespacedConfigMap({ namespace, name, body })));
            if (!replaced) await told(name, core.createNamespacedConfigMap({ namespace, body }));
        },
    };
}
