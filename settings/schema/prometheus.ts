import * as z from "zod";
import { httpUrl, must } from "./fields.ts";
import { credentials, externalLabels, headers, queue, writeRelabelConfigs } from "./remote-storage.ts";

export const prometheusSchema = z
    .strictObject({
        remoteWrite: z
            .strictObject({
                url: httpUrl
                    .default("http://m3coordinator.m3db:7201/api/v1/prom/remote/write")
                    .describe(
                        "Where Prometheus sends its samples: a coordinator. Not given, it is in m3perf:namespace.",
                    ),
                queue,
                headers: headers.describe("HTTP headers of every request; no secrets, which belong in `credentials`."),
                writeRelabelConfigs,
                credentials: credentials
                    .optional()
                    .describe("How Prometheus proves who it is; from a Secret beside it. Absent: not at all."),
            })
            .prefault({})
            .describe("Remote write."),
        remoteRead: z
            .strictObject({
                url: httpUrl
                    .default("http://m3query.m3db:7201/api/v1/prom/remote/read")
                    .describe(
                        "Where Prometheus reads what it does not hold itself. Not given, it is in m3perf:namespace.",
                    ),
                readRecent: z
                    .boolean()
                    .default(true)
                    .describe("Ask M3 even for times that Prometheus still holds itself, as the manual run did."),
                requiredMatchers: z
                    .record(z.string(), z.string())
                    .default({})
                    .describe("Only queries with all of these label matchers are asked of M3; empty: every query."),
                credentials: credentials
                    .optional()
                    .describe("How Prometheus proves who it is; from a Secret beside it. Absent: not at all."),
            })
            .prefault({})
            .describe("Remote read."),
        externalLabels,
        identity: z
            .string()
            .optional()
            .describe(
                "Name of one of m3perf:identities that this Prometheus sends and reads as: short for the gateway's URLs, the token's Secret (copied to Prometheus' namespace) and the identity's labels as external labels.",
            ),
        localStorage: z
            .enum(["keep", "minimal", "agent"], must("keep, minimal or agent"))
            .default("keep")
            .describe(
                "keep: Prometheus' own storage stays as it is. minimal: its tsdb arguments and its volume claim are taken away, as in the manual run; it still stores, in data/ of its working folder, for 15 d. agent: agent mode, which stores only what it has not sent yet; no queries, rules or alerts.",
            ),
    })
    .prefault({})
    .describe("What goes into the Prometheus that the site names.");

export type PrometheusSettings = z.infer<typeof prometheusSchema>;
