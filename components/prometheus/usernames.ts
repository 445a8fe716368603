import type { CoreV1Api } from "@kubernetes/client-node";
import { kinds, type RemoteConfig, type SecretMount } from "../../settings/prometheus/entries.ts";
import { UserError } from "../../support/errors.ts";
import { orUndefined } from "../kubernetes.ts";

/**
 * The entries with their user names read out of the Secrets: Prometheus 2.48 and older know no username_file. A user name is no
 * secret to Prometheus, which shows it in /api/v1/status/config; passwords and tokens stay files. Also sees that every key is there:
 * a pod whose Secret is missing never starts.
 */
export async function withUsernames(
    core: CoreV1Api,
    namespace: string,
    config: RemoteConfig,
    mounts: SecretMount[],
): Promise<RemoteConfig> {
    const resolved = structuredClone(config);
    for (const kind of kinds) {
        const entry = resolved[kind];
        const basic = entry?.basic_auth as Record<string, string> | undefined;
        const bearer = entry?.authorization as Record<string, string> | undefined;
        if (basic) {
            const { username_file = "", password_file = "" } = basic;
            await valueAt(core, namespace, mounts, password_file);
            const username = (await valueAt(core, namespace, mounts, username_file)).trim();
            if (entry) entry.basic_auth = { username, password_file };
        }
        if (bearer) await valueAt(core, namespace, mounts, bearer.credentials_file ?? "");
    }
    return resolved;
}

/** What a mounted file will hold. */
async function valueAt(core: CoreV1Api, namespace: string, mounts: SecretMount[], file: string): Promise<string> {
    const mount = mounts.find(({ mountPath }) => file.startsWith(`${mountPath}/`));
    const name = mount?.secretName ?? "";
    const key = file.slice((mount?.mountPath.length ?? 0) + 1);
    const secret = await orUndefined(core.readNamespacedSecret({ namespace, name }));
    const value = secret?.data?.[key];
    if (value) return Buffer.from(value, "base64").toString();
    throw new UserError(
        secret ? `Secret ${namespace}/${name} has no key ${key}` : `there is no Secret ${namespace}/${name}`,
        {
            what: "m3perf:prometheus…credentials name the Secret and its keys; it has to be in Prometheus' namespace",
            next: `kubectl -n ${namespace} describe secret ${name}`,
        },
    );
}
