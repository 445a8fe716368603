import { prometheusSchema } from "../../../settings/schema/prometheus.ts";

/** Every setting of Prometheus that there is, set. */
export const everything = (
    localStorage: "keep" | "minimal" | "agent" = "minimal",
    kind: "basic" | "bearer" = "basic",
) =>
    prometheusSchema.parse({
        remoteWrite: {
            queue: { sampleAgeLimit: "2h" },
            headers: { "M3-Map-Tags-JSON": "{}" },
            writeRelabelConfigs: [
                { sourceLabels: ["__name__"], separator: ";", regex: "go_.*", action: "drop" },
                { sourceLabels: ["pod"], modulus: 4, targetLabel: "shard", replacement: "$1", action: "hashmod" },
            ],
            credentials: { kind, secretName: "m3-writer" },
        },
        remoteRead: { requiredMatchers: { cluster: "a" }, credentials: { kind, secretName: "m3-reader" } },
        externalLabels: { cluster: "a", tier: "1" },
        localStorage,
    });
