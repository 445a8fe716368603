import type { CoreV1Api } from "@kubernetes/client-node";
import { setHeaderOptions } from "../../support/kubernetes-client.ts";
import { orUndefined } from "../kubernetes.ts";
import { partOf } from "../manifests.ts";

/** What a Prometheus was before us, kept in a ConfigMap beside it. */
export interface KeptIn {
    read<K>(): Promise<K | undefined>;
    write(kept: object): Promise<void>;
    forget(): Promise<void>;
}

const mergePatch = setHeaderOptions("Content-Type", "application/merge-patch+json");

/** Texts are kept as they are, so that a person can read them; all else as JSON. */
const texts = ["original", "attached", "since"];

export function keptIn(core: CoreV1Api, namespace: string, name: string): KeptIn {
    return {
        async read<K>() {
            const map = await orUndefined(core.readNamespacedConfigMap({ namespace, name }));
            const entries = Object.entries(map?.data ?? {});
            if (entries.length === 0) return undefined;
            return Object.fromEntries(
                entries.map(([key, text]) => [key, texts.includes(key) ? text : JSON.parse(text)]),
            ) as K;
        },
        async write(kept) {
            const data = Object.fromEntries(
                Object.entries(kept)
                    .filter(([, value]) => value !== undefined)
                    .map(([key, value]) => [key, typeof value === "string" ? value : JSON.stringify(value)]),
            );
            const body = { metadata: { name, namespace, labels: partOf }, data };
            const there = await orUndefined(core.readNamespacedConfigMap({ namespace, name }));
            if (there) await core.patchNamespacedConfigMap({ namespace, name, body: { data } }, mergePatch);
            else await core.createNamespacedConfigMap({ namespace, body });
        },
        async forget() {
            await orUndefined(core.deleteNamespacedConfigMap({ namespace, name }));
        },
    };
}
