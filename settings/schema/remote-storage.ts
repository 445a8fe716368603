import * as z from "zod";
import { count, must } from "./fields.ts";

/** The parts of Prometheus' remote write and read. Their names are the CRD's (camel case); prometheus.yml's are derived. */

const prometheusDuration = /^(?=.)(\d+h)?(\d+m)?(\d+s)?(\d+ms)?$/;
const time = z
    .string()
    .regex(prometheusDuration, must('a duration as Prometheus writes it, like "30ms", "5s" or "1m"'));

/** Prometheus takes 0s, and then tries again, or looks at what it has, without a pause. */
const pause = z
    .string()
    .regex(
        /^(?=.*[1-9])(\d+h)?(\d+m)?(\d+s)?(\d+ms)?$/,
        must('a duration above 0 as Prometheus writes it, like "30ms", "5s" or "1m"'),
    );

/** A map whose keys follow a rule; each wrong key is named by itself. */
function mapOf(value: z.ZodString, wrongKey: (key: string) => string | undefined) {
    return z.record(z.string(), value).superRefine((map, context) => {
        for (const key of Object.keys(map)) {
            const message = wrongKey(key);
            if (message !== undefined) context.addIssue({ code: "custom", path: [key], message });
        }
    });
}

const labelName = /^(?!__)[a-zA-Z_][a-zA-Z0-9_]*$/;

export const externalLabels = mapOf(z.string().min(1, must("a value: a label without one is none")), (name) =>
    labelName.test(name) ? undefined : "must be a label name: letters, digits, underscores, not __ at its start",
)
    .default({})
    .describe(
        "Labels that this Prometheus puts on every sample it sends, and asks for when it reads: its identity in a shared store. Merged into those that it has.",
    );

// Without a default of ours each release of Prometheus would send in its own way: 2.43 and older take 500 samples in each of up to 200
// requests at once. Defaults here are those of Prometheus 3 (config.go, DefaultQueueConfig).
export const queue = z
    .strictObject({
        capacity: count
            .default(10_000)
            .describe("Samples that a shard buffers before reading of the write-ahead log waits for it."),
        maxShards: count.max(1000, must("at most 1000")).default(50).describe("Requests at once, at most."),
        minShards: count
            .max(1000, must("at most 1000"))
            .default(1)
            .describe("Requests at once, at least; Prometheus adds shards when it falls behind."),
        maxSamplesPerSend: count.default(2000).describe("Samples in one request, at most."),
        batchSendDeadline: pause
            .default("1s")
            .describe(
                "A request that is not full is sent after this long; Prometheus' own is 5s, half of what the aggregator waits for late samples.",
            ),
        minBackoff: pause.default("30ms").describe("Wait before a failed request is sent again; doubled each time."),
        maxBackoff: pause.default("5s").describe("Wait before a failed request is sent again, at most."),
        sampleAgeLimit: time
            .optional()
            .describe("Samples older than this are dropped unsent (Prometheus 2.50 and later). Absent: none are."),
    })
    .prefault({})
    .describe("Prometheus' remote write queue (queue_config).");

/** Prometheus refuses these itself (config.go, reservedHeaders); Authorization is what credentials are for. */
const reserved =
    /^(authorization|host|content-(encoding|length|type)|user-agent|connection|keep-alive|proxy-auth\w*|www-authenticate|accept-encoding|x-prometheus-remote-\w+-version|x-amz-.*)$/i;
const telling = /(cookie|token|secret|password|api-?key)/i;

export const headers = mapOf(z.string(), (name) => {
    if (!/^[A-Za-z0-9-]+$/.test(name)) return "must be the name of an HTTP header";
    if (reserved.test(name)) return "must be a header that Prometheus lets be set; not one of its own";
    return telling.test(name) ? "must be no secret: settings are not the place, use credentials" : undefined;
}).default({});

const secretName = z
    .string()
    .regex(/^[a-z0-9]([-.a-z0-9]{0,251}[a-z0-9])?$/, must("the name of a Secret in Prometheus' namespace"))
    .describe(
        "A Secret in Prometheus' namespace; m3perf neither makes nor copies it, but for a token of m3perf:identities.",
    );
const key = z.string().regex(/^[-._a-zA-Z0-9]+$/, must("a key of a Secret"));
const caKey = key
    .optional()
    .describe(
        "Its key that holds the certificate of the authority that an https URL's has to be from. Absent: one that Prometheus' machine trusts.",
    );

export const credentials = z.discriminatedUnion(
    "kind",
    [
        z.strictObject({
            kind: z.literal("basic").describe("User name and password."),
            secretName,
            usernameKey: key.default("username").describe("Its key that holds the user name."),
            passwordKey: key.default("password").describe("Its key that holds the password."),
            caKey,
        }),
        z.strictObject({
            kind: z.literal("bearer").describe("A token, sent as Authorization: Bearer."),
            secretName,
            tokenKey: key.default("token").describe("Its key that holds the token."),
            caKey,
        }),
    ],
    must("of a kind: basic or bearer, with the secretName of a Secret"),
);

export type Credentials = z.infer<typeof credentials>;

const actions = ["replace", "keep", "drop", "hashmod", "labelmap", "labeldrop", "labelkeep"] as const;

export const writeRelabelConfigs = z
    .array(
        z.strictObject({
            sourceLabels: z.array(z.string()).optional().describe("Labels whose values are joined and matched."),
            separator: z.string().optional().describe("Between the values; ; unless told."),
            regex: z.string().optional().describe("What the joined values are matched with; (.*) unless told."),
            modulus: z.int().min(1).optional().describe("For hashmod."),
            targetLabel: z.string().optional().describe("Label that is written."),
            replacement: z.string().optional().describe("What is written; $1 unless told."),
            action: z
                .enum(actions, must(`one of ${actions.join(", ")}`))
                .default("replace")
                .describe("What is done with a sample whose labels match."),
        }),
    )
    .default([])
    .describe(
        "What is sent: relabelling (keep, drop, …) of samples on their way to M3, as Prometheus' write_relabel_configs.",
    );
