import * as z from "zod";
import { count, cpu, duration, memory, must, shards } from "./fields.ts";
import { namespaceSchema } from "./m3db-namespace.ts";

const labelPattern = /^([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?$/;
const labelText = "a key as Kubernetes has it: name, or domain/name";
const labelKey = z.string().regex(labelPattern, must(labelText));
const labelValue = z
    .string()
    .regex(
        /^([A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?)?$/,
        must("a label's value: letters, digits, dots, dashes"),
    );

const toleration = z.strictObject({
    key: labelKey.optional().describe("Key of the taint; absent, with operator Exists: every taint."),
    operator: z.enum(["Equal", "Exists"], must("Equal or Exists")).optional().describe("Equal unless told."),
    value: z.string().optional().describe("Value of the taint, for Equal."),
    effect: z
        .enum(["NoSchedule", "PreferNoSchedule", "NoExecute"], must("NoSchedule, PreferNoSchedule or NoExecute"))
        .optional()
        .describe("Effect of the taint; absent: every effect."),
    tolerationSeconds: z.int().min(0).optional().describe("With NoExecute: how long the pod stays. Absent: for ever."),
});

const affinityTerm = z.strictObject({
    key: labelKey.describe("Label of the node."),
    values: z.array(labelValue).min(1, must("at least one value")).describe("The values that will do."),
});

/** Values by name; a name that is none is said as such (zod's own words are "Invalid key in record"). */
function named<Value extends z.ZodType>(pattern: RegExp, text: string, value: Value) {
    return z.record(z.string(), value).superRefine((map, context) => {
        for (const name of Object.keys(map)) {
            if (!pattern.test(name)) context.addIssue({ code: "custom", path: [name], message: `must be ${text}` });
        }
    });
}

/** A limit on what all queries of the last while may have read. */
const recently = z.strictObject({
    value: count.describe("The most that may be read within lookback; queries beyond it fail."),
    lookback: duration.default("15s").describe("The while that counts."),
});

const limits = z
    .strictObject({
        maxOutstandingWriteRequests: count.optional().describe("Write requests in hand before more are refused."),
        maxOutstandingReadRequests: count.optional().describe("Read requests in hand before more are refused."),
        maxRecentlyQueriedSeriesBlocks: recently.optional().describe("Series blocks that queries may read."),
        maxRecentlyQueriedSeriesDiskBytesRead: recently.optional().describe("Bytes that queries may read from disk."),
        writeNewSeriesPerSecond: count
            .optional()
            .describe("Series that a database node may meet for the first time in a second; more are refused."),
        maxEncodersPerBlock: count
            .optional()
            .describe("Encoders of one series in one block, which samples out of order need; more are refused."),
    })
    .prefault({})
    .describe("Limits of each database node. Absent: M3DB's own, which is none.");

export const m3dbSchema = z
    .strictObject({
        replicationFactor: z
            .union([z.literal(3), z.literal(5)], must("odd and at least 3 (a write needs a majority): 3 or 5"))
            .default(3)
            .describe(
                "Replicas of each sample, one in each isolation group. A write needs a majority of them. Fixed when the cluster is created.",
            ),
        // facts.md 4, sizing.
        numberOfShards: shards
            .default(64)
            .describe("Fixed when the cluster is created: 64 for 3 nodes, 128 for 6, 256 for 12."),
        instancesPerGroup: count
            .optional()
            .describe(
                "Database pods in each isolation group, each on a node of its own; one on each node unless told.",
            ),
        storage: memory.default("5Gi").describe("Volume of a database pod. Fixed when the cluster is created."),
        storageClass: z
            .string()
            .min(1, must("the name of a StorageClass"))
            .optional()
            .describe("StorageClass of the volumes; the site's unless told. Fixed when the cluster is created."),
        memory: memory
            .optional()
            .describe("Memory of a database pod, request and limit; 55 % of the smallest M3DB node unless told."),
        memoryRequest: memory
            .optional()
            .describe(
                "Memory that is reserved for a database pod on its node; memory unless told. Less: the node may promise more than it has, so that a database that grows can take its neighbours down, as in the manual run.",
            ),
        cpu: cpu.default("500m").describe("CPU request of a database pod."),
        externalCoordinator: z
            .boolean(must("true or false: with true the coordinator is made here, and its address is known"))
            .default(false)
            .describe(
                "The operator asks an admin-only coordinator of its own instead of those inside the database pods (docs/external-coordinator.md).",
            ),
        podIdentity: z
            .array(z.enum(["PodUID", "NodeName", "NodeSpecProviderID"], must("PodUID, NodeName or NodeSpecProviderID")))
            .default([])
            .describe(
                "What beside its name makes a pod the same M3DB instance. Nothing: a re-created pod goes on with its volume; PodUID: it is a new instance, which streams all its shards. Fixed when the cluster is created.",
            ),
        tolerations: z
            .array(toleration)
            .default([])
            .describe("Taints that database pods tolerate beside the one of their dedicated nodes."),
        nodeAffinity: z
            .array(affinityTerm)
            .default([])
            .describe("What the nodes of database pods must have beside the label of their isolation group."),
        env: named(
            /^[A-Za-z_][A-Za-z0-9_]*$/,
            "a variable's name: letters, digits, underscores",
            z.string(must("text")),
        )
            .default({})
            .describe(
                "Environment variables of database pods, by name; they replace those that are set for every pod.",
            ),
        priorityClass: z
            .string()
            .min(1, must("the name of a PriorityClass"))
            .optional()
            .describe("PriorityClass of the database pods."),
        labels: named(labelPattern, labelText, labelValue)
            .default({})
            .describe(
                "Labels of everything that the operator makes. They are in the selectors of its StatefulSets: fixed when the cluster is created.",
            ),
        annotations: named(labelPattern, labelText, z.string(must("text")))
            .default({})
            .describe("Annotations of the database pods."),
        limits,
        pools: z
            .enum(["default", "small"], must("default or small"))
            .default("default")
            .describe(
                "Objects that M3DB allocates at its start to be used again. small: a fraction of them, for small nodes; figures are in docs/m3db.md.",
            ),
        config: z
            .record(z.string(), z.unknown())
            .default({})
            .describe(
                "Merged over the m3.yml of dbnode (components/m3/m3db/config.ts): objects key by key, lists as a whole; null removes a key.",
            ),
        update: z
            .enum(["rolling", "manual"], must("rolling or manual"))
            .default("rolling")
            .describe(
                "rolling: a change of what database pods are made of restarts them, one replica at a time. manual: pods stay as they are until their StatefulSet is annotated for the operator.",
            ),
        namespaces: z
            .array(namespaceSchema)
            .default(
                [
                    { name: "default", retention: "48h" },
                    { name: "metrics-10s_2d", retention: "48h", resolution: "10s" },
                ].map((namespace) => namespaceSchema.parse(namespace)),
            )
            .describe("M3DB's namespaces, exactly one of them without a resolution."),
        removeNamespaces: z
            .array(z.string())
            .default([])
            .describe(
                "Namespaces that may be deleted with all their data. One that is missing from namespaces and not named here stops the update.",
            ),
        shortenRetention: z
            .array(z.string())
            .default([])
            .describe(
                "Unaggregated namespaces whose retention may become shorter, which deletes the samples beyond it. A shorter retention of one that is not named here stops the update.",
            ),
    })
    .prefault({})
    .describe("The M3DB cluster.");
