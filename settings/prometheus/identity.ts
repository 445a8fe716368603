import { nearestOf } from "../../support/nearest.ts";
import type { SettingProblem } from "../problems.ts";
import type { Scenario } from "../scenario.ts";
import { prometheusSchema } from "../schema/prometheus.ts";
import type { Site } from "../site.ts";

/** `m3perf:prometheus.identity` is short for all that an identity asks of its Prometheus (docs/identities.md). */

const paths = { remoteWrite: "/api/v1/prom/remote/write", remoteRead: "/api/v1/prom/remote/read" } as const;
const kinds = ["remoteWrite", "remoteRead"] as const;
export const gatewayName = "m3gateway";
export const gatewayPort = 7210;

/** Secret that holds an identity's token, key `token`: for its Prometheus to mount. */
export const tokenSecret = (identity: string) => `${gatewayName}-${identity}`;
/** Its key that holds the certificate of the authority that the gateway's is from, where it speaks https. */
export const authorityKey = "ca.crt";

const gatewayUrl = ({ namespace, tls }: Pick<Scenario, "namespace" | "tls">) =>
    `${tls.gateway ? "https" : "http"}://${gatewayName}.${namespace}:${gatewayPort}`;

/** The scenario with what the identity stands for written out: the gateway's URLs, its token, its labels. */
export function withIdentity(site: Site, scenario: Scenario): Scenario {
    const { prometheus, namespace } = scenario;
    const identity = scenario.identities.find(({ name }) => name === prometheus.identity);
    if (!identity) return scenario;
    const credentials = {
        ...{ kind: "bearer" as const, secretName: tokenSecret(identity.name), tokenKey: "token" },
        ...(scenario.tls.gateway ? { caKey: authorityKey } : {}),
    };
    const url = (kind: (typeof kinds)[number]) => `${gatewayUrl(scenario)}${paths[kind]}`;
    const home = site.prometheus.namespace;
    const copied = home !== namespace && !identity.secretIn.includes(home) ? [home] : [];
    return {
        ...scenario,
        identities: scenario.identities.map((one) =>
            one === identity ? { ...one, secretIn: [...one.secretIn, ...copied] } : one,
        ),
        prometheus: {
            ...prometheus,
            remoteWrite: { ...prometheus.remoteWrite, url: url("remoteWrite"), credentials },
            // An agent reads from nowhere.
            remoteRead:
                prometheus.localStorage === "agent"
                    ? prometheus.remoteRead
                    : { ...prometheus.remoteRead, url: url("remoteRead"), credentials },
            externalLabels: { ...prometheus.externalLabels, ...identity.labels },
        },
    };
}

/** What cannot be meant beside it; for the scenario as it was written. */
export function identityProblems({ identities, prometheus }: Scenario): SettingProblem[] {
    const { identity: name, externalLabels } = prometheus;
    if (name === undefined) return [];
    const path = "m3perf:prometheus.identity";
    const identity = identities.find((one) => one.name === name);
    if (!identity) {
        const names = identities.map((one) => one.name);
        const near = nearestOf(name, names);
        const known = names.length > 0 ? `there are ${names.join(", ")}` : "there are none";
        const reason = near ? `is no identity: did you mean ${near}?` : `is no identity of m3perf:identities: ${known}`;
        return [{ path, value: name, reason }];
    }
    if (!identity.writes) return [{ path, value: name, reason: "may not write (writes: false): Prometheus has to" }];
    const defaults = prometheusSchema.parse({});
    const given = kinds.flatMap((kind) => {
        const { url, credentials } = prometheus[kind];
        const reason = "is given by m3perf:prometheus.identity: leave out one of the two";
        return [
            ...(url === defaults[kind].url ? [] : [{ path: `m3perf:prometheus.${kind}.url`, value: url, reason }]),
            ...(credentials
                ? [{ path: `m3perf:prometheus.${kind}.credentials`, value: credentials.secretName, reason }]
                : []),
        ];
    });
    const labels = Object.entries(identity.labels).flatMap(([label, value]) => {
        const other = externalLabels[label];
        if (other === undefined || other === value) return [];
        const reason = `must be "${value}", as the identity ${name} has it: with another value Prometheus finds nothing of its own in M3`;
        return [{ path: `m3perf:prometheus.externalLabels.${label}`, value: other, reason }];
    });
    return [...given, ...labels];
}
