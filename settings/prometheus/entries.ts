import type { PrometheusSettings } from "../schema/prometheus.ts";
import type { Credentials } from "../schema/remote-storage.ts";

/** The settings as prometheus.yml wants them: keys in snake case. Pure. */

/** Every entry of ours carries this name; no other entry may (Prometheus wants names to be unique). */
export const ourName = "m3perf";

export interface RemoteConfig {
    external_labels: Record<string, string>;
    remote_write: { name: string; url: string } & Record<string, unknown>;
    /** Absent: Prometheus reads from nowhere (agent mode). */
    remote_read?: { name: string; url: string; read_recent: boolean } & Record<string, unknown>;
    /** One of rule_files. Absent: no rules of ours. */
    rule_file?: string;
}

/** Where the ConfigMap with our rules is mounted, and how rule_files names it: a pattern that matches nothing is no error. */
export const rulesFolder = "/etc/m3perf/rules";
export const rulesPattern = `${rulesFolder}/*.yml`;

export const kinds = ["remote_write", "remote_read"] as const;
export type RemoteKind = (typeof kinds)[number];

/** A Secret that Prometheus' pods need as a folder. */
export interface SecretMount {
    /** Name of the volume. */
    name: string;
    secretName: string;
    mountPath: string;
}

/** The folder in which each kind's credentials are. */
const credentialsFolder = (kind: RemoteKind) => `/etc/m3perf/${kind.replace("_", "-")}`;

export function remoteConfig(settings: PrometheusSettings): RemoteConfig {
    const { remoteWrite: write, remoteRead: read } = settings;
    const relabelling = write.writeRelabelConfigs.map((one) => snakeCase(one));
    return {
        external_labels: settings.externalLabels,
        remote_write: {
            name: ourName,
            url: write.url,
            ...(filled(write.headers) ? { headers: write.headers } : {}),
            ...(relabelling.length > 0 ? { write_relabel_configs: relabelling } : {}),
            ...authorization("remote_write", write.credentials),
            queue_config: snakeCase(write.queue),
        },
        ...(settings.localStorage === "agent"
            ? {}
            : {
                  remote_read: {
                      name: ourName,
                      url: read.url,
                      read_recent: read.readRecent,
                      ...(filled(read.requiredMatchers) ? { required_matchers: read.requiredMatchers } : {}),
                      ...authorization("remote_read", read.credentials),
                  },
              }),
    };
}

/** The Secrets that remoteConfig's files come from. Prometheus reads the files anew at each request, so a renewed Secret is used. */
export function secretMounts(settings: PrometheusSettings): SecretMount[] {
    return kinds.flatMap((kind) => {
        const used = credentialsOf(settings, kind);
        if (!used) return [];
        const name = `m3perf-${kind.replace("_", "-")}-credentials`;
        return [{ name, secretName: used.secretName, mountPath: credentialsFolder(kind) }];
    });
}

function credentialsOf(settings: PrometheusSettings, kind: RemoteKind): Credentials | undefined {
    if (kind === "remote_write") return settings.remoteWrite.credentials;
    return settings.localStorage === "agent" ? undefined : settings.remoteRead.credentials;
}

function authorization(kind: RemoteKind, credentials: Credentials | undefined): Record<string, unknown> {
    if (!credentials) return {};
    const file = (key: string) => `${credentialsFolder(kind)}/${key}`;
    const authority = credentials.caKey === undefined ? {} : { tls_config: { ca_file: file(credentials.caKey) } };
    return credentials.kind === "basic"
        ? {
              ...authority,
              basic_auth: {
                  username_file: file(credentials.usernameKey),
                  password_file: file(credentials.passwordKey),
              },
          }
        : { ...authority, authorization: { type: "Bearer", credentials_file: file(credentials.tokenKey) } };
}

export const filled = (map: object) => Object.keys(map).length > 0;

function snakeCase(object: object): Record<string, unknown> {
    const entries = Object.entries(object).filter(([, value]) => value !== undefined);
    return Object.fromEntries(
        entries.map(([key, value]) => [key.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`), value]),
    );
}
