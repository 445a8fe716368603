import type { PrometheusSettings } from "../schema/prometheus.ts";
import type { Credentials } from "../schema/remote-storage.ts";
import { filled, ourName } from "./entries.ts";

/** The settings as a Prometheus custom resource wants them (prometheus-operator, monitoring.coreos.com/v1). Pure. */

/** The fields of a Prometheus' spec that are ours, wholly or in part. */
export interface ResourceConfig {
    externalLabels: Record<string, string>;
    remoteWrite: { name: string; url: string } & Record<string, unknown>;
    remoteRead: { name: string; url: string } & Record<string, unknown>;
    /** Takes the place of a volume claim. Absent: storage stays as it is. */
    storage?: { emptyDir: Record<string, unknown> };
}

export function resourceConfig(settings: PrometheusSettings): ResourceConfig {
    const { remoteWrite: write, remoteRead: read } = settings;
    return {
        externalLabels: settings.externalLabels,
        remoteWrite: {
            name: ourName,
            url: write.url,
            ...(filled(write.headers) ? { headers: write.headers } : {}),
            ...(write.writeRelabelConfigs.length > 0 ? { writeRelabelConfigs: write.writeRelabelConfigs } : {}),
            ...authorization(write.credentials),
            queueConfig: write.queue,
        },
        remoteRead: {
            name: ourName,
            url: read.url,
            readRecent: read.readRecent,
            ...(filled(read.requiredMatchers) ? { requiredMatchers: read.requiredMatchers } : {}),
            ...authorization(read.credentials),
        },
        // Its tsdb arguments are the operator's: it writes --storage.tsdb.path whatever the resource says.
        ...(settings.localStorage === "keep" ? {} : { storage: { emptyDir: {} } }),
    };
}

function authorization(credentials: Credentials | undefined): Record<string, unknown> {
    if (!credentials) return {};
    const of = (key: string) => ({ name: credentials.secretName, key });
    const authority = credentials.caKey === undefined ? {} : { tlsConfig: { ca: { secret: of(credentials.caKey) } } };
    return credentials.kind === "basic"
        ? { ...authority, basicAuth: { username: of(credentials.usernameKey), password: of(credentials.passwordKey) } }
        : { ...authority, authorization: { type: "Bearer", credentials: of(credentials.tokenKey) } };
}
