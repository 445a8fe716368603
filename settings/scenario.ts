import * as z from "zod";
import { kernelSchema, nodeNames } from "./kernel.ts";
import { bytesOf, secondsOf } from "./units.ts";

/** Reads as "must be <what>" in the error's text. */
const must = (what: string) => ({ error: `must be ${what}` });

export const memory = z.string(must('a Kubernetes quantity, like "512Mi" or "4Gi"')).refine((text) => bytesOf(text), {
    error: 'must be a Kubernetes quantity, like "512Mi" or "4Gi"',
});
const cpu = z.string().regex(/^\d+(\.\d+)?m?$/, must('a Kubernetes CPU quantity, like "250m" or "2"'));
const duration = z
    .string(must('whole hours, minutes, seconds as Go writes them, like "48h" or "1h30m"'))
    .refine((text) => secondsOf(text), must('whole hours, minutes, seconds as Go writes them, like "48h" or "1h30m"'));
const count = z.int(must("a whole number, at least 1")).min(1, must("at least 1"));
const nodePort = z
    .int(must("a port from 30000 to 32767"))
    .min(30000, must("a port from 30000 to 32767 (the range of NodePorts)"))
    .max(32767, must("a port from 30000 to 32767 (the range of NodePorts)"));
const dnsLabel = z
    .string()
    .regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, must("lower-case letters, digits and dashes, 63 at most"));

const namespace = z.strictObject({
    name: z.string().regex(/^[A-Za-z0-9_.-]+$/, must("letters, digits, dots, dashes, underscores")),
    /** How long M3DB keeps the samples. */
    retention: duration,
    /** How much time one block holds. */
    blockSize: duration.default("2h"),
    /** One value per this much time, made by the aggregator; absent: unaggregated, every sample as it came. */
    resolution: duration.optional(),
});

/**
 * What is asked of the environment: the stack's configuration, every value with its default. The defaults are the reference
 * topology. Memory that is not given is the component's share of its node (settings/sizing.ts).
 */
export const scenarioSchema = z.strictObject({
    etcd: z
        .strictObject({
            /** Odd, so that a majority survives the loss of the rest: 3 survive one. */
            members: z
                .union([z.literal(1), z.literal(3), z.literal(5)], must("1, 3 or 5 (a quorum is a majority)"))
                .default(3),
            storage: memory.default("1Gi"),
            memory: memory.default("256Mi"),
            cpu: cpu.default("100m"),
        })
        .prefault({}),
    m3db: z
        .strictObject({
            /** Replicas of each sample, one in each isolation group. A write needs a majority of them. */
            replicationFactor: z
                .union([z.literal(3), z.literal(5)], must("odd and at least 3 (a write needs a majority): 3 or 5"))
                .default(3),
            /** Fixed when the cluster is created: 64 for 3 nodes, 128 for 6, 256 for 12 (facts.md 4, sizing). */
            numberOfShards: count.max(4096, must("at most 4096")).default(64),
            storage: memory.default("5Gi"),
            memory: memory.optional(),
            cpu: cpu.default("500m"),
            namespaces: z.array(namespace).default([
                { name: "default", retention: "48h", blockSize: "2h" },
                { name: "metrics-10s_2d", retention: "48h", blockSize: "2h", resolution: "10s" },
            ]),
        })
        .prefault({}),
    coordinator: z
        .strictObject({
            /** One on each node with the role coordinator unless told. */
            replicas: count.optional(),
            memory: memory.optional(),
            cpu: cpu.default("250m"),
            nodePort: nodePort.default(32555),
            metricsNodePort: nodePort.default(32556),
        })
        .prefault({}),
    query: z
        .strictObject({
            /** One on each node with the role coordinator unless told. */
            replicas: count.optional(),
            memory: memory.optional(),
            cpu: cpu.default("250m"),
            nodePort: nodePort.default(32558),
            /** Series that one query may fetch before M3 cuts it off (or fails it, with requireExhaustive). */
            maxFetchedSeries: count.default(100_000),
            requireExhaustive: z.boolean().default(false),
        })
        .prefault({}),
    aggregator: z
        .strictObject({
            shards: count.max(4096, must("at most 4096")).default(64),
            memory: memory.optional(),
            cpu: cpu.default("100m"),
            metricsNodePort: nodePort.default(32330),
        })
        .prefault({}),
    prometheus: z
        .strictObject({
            remoteWrite: z
                .strictObject({
                    url: z.url(must("a URL")).default("http://m3coordinator.m3db:7201/api/v1/prom/remote/write"),
                })
                .prefault({}),
            remoteRead: z
                .strictObject({
                    url: z.url(must("a URL")).default("http://m3query.m3db:7201/api/v1/prom/remote/read"),
                    /** Ask M3 even for times that Prometheus still holds itself, as the manual run did. */
                    readRecent: z.boolean().default(true),
                })
                .prefault({}),
        })
        .prefault({}),
    /** dedicated: M3DB and etcd have their nodes to themselves. colocated: they share them, as before the manual run's OOM kill. */
    isolation: z.enum(["dedicated", "colocated"], must("dedicated or colocated")).default("dedicated"),
    hosts: z
        .strictObject({
            /** Kernel parameters and limits that M3DB asks for, set on its nodes over SSH. */
            tuning: z.boolean().default(false),
        })
        .prefault({}),
    /** Absent: no kernel is touched. */
    kernel: kernelSchema.optional(),
    /** Reboots nodes one by one, with the same care as a kernel upgrade. Absent: none. */
    roll: z
        .strictObject({
            /** Another text is another roll: each node is rebooted once for it. */
            id: z
                .string()
                .regex(/^[A-Za-z0-9_.-]{1,40}$/, must("letters, digits, dots, dashes, underscores, 40 at most")),
            nodes: nodeNames.optional(),
        })
        .optional(),
    /** Kubernetes namespace of M3 and etcd. */
    namespace: dnsLabel.default("m3db"),
});

export type Scenario = z.infer<typeof scenarioSchema>;
export type M3Namespace = Scenario["m3db"]["namespaces"][number];
