import * as z from "zod";
import { duration, must } from "./fields.ts";

/** M3's own names (metrics/aggregation/type.go, metrics/transformation/type.go). */
const aggregation = z.enum(
    // biome-ignore format: one to a line would be a page
    ["Last", "Min", "Max", "Mean", "Median", "Count", "Sum", "SumSq", "Stdev", "P10", "P20", "P25", "P30", "P40", "P50", "P60",
     "P70", "P75", "P80", "P90", "P95", "P99", "P999", "P9999"],
    must("one of M3's: Last, Min, Max, Mean, Median, Count, Sum, SumSq, Stdev, P10 … P9999"),
);
const transformation = z.enum(
    ["Absolute", "PerSecond", "Increase", "Add", "Reset"],
    must("Absolute, PerSecond, Increase, Add or Reset"),
);

/** One "tag:pattern"; M3 splits at spaces and colons (metrics/filters/tags_filter.go), so neither can be in a name or pattern. */
export const tagFilter = z
    .string(must('tags with patterns, like "service:checkout cluster:eu*"'))
    .regex(
        /^\s*[^\s:]+:[^\s:]+(\s+[^\s:]+:[^\s:]+)*\s*$/,
        must('tags with patterns, like "service:checkout cluster:eu*": no space or colon in a name or a pattern'),
    )
    .refine((text) => {
        const names = text
            .trim()
            .split(/\s+/)
            .map((pair) => pair.split(":")[0]);
        return new Set(names).size === names.length;
    }, must("tags with one pattern each: M3 takes no tag twice; {a,b} matches either"));

const storagePolicies = z
    .array(
        z.strictObject({
            resolution: duration.describe("As the namespace has it."),
            retention: duration.describe("As the namespace has it."),
        }),
    )
    .describe("The aggregated namespaces that get the values, by resolution and retention.");

const tags = z.array(
    z.strictObject({
        name: z.string().min(1).describe("The label's name."),
        value: z.string().describe("The label's value."),
    }),
);

const mapping = z.strictObject({
    name: z.string().min(1).optional().describe("Shown in M3's logs."),
    filter: tagFilter.describe("Which samples: every tag must match its pattern."),
    aggregations: z.array(aggregation).default([]).describe("One value of each kind; Last unless told."),
    storagePolicies: storagePolicies.default([]),
    drop: z
        .boolean()
        .default(false)
        .describe(
            "Keeps what matches out of the unaggregated namespace and of those that take every sample. Other rules still apply.",
        ),
    tags: tags.default([]).describe("Tags that the values get."),
});

const rollup = z
    .strictObject({
        metricName: z.string().min(1).describe("Name of the new metric."),
        groupBy: z.array(z.string().min(1)).optional().describe("Tags that stay; this or excludeBy."),
        excludeBy: z.array(z.string().min(1)).optional().describe("Tags that go; this or groupBy."),
        aggregations: z.array(aggregation).min(1, must("one at least")).describe("How values become one."),
    })
    .refine(
        ({ groupBy, excludeBy }) => (groupBy === undefined) !== (excludeBy === undefined),
        must("with either groupBy or excludeBy"),
    );

const transform = z
    .strictObject({
        rollup: rollup.optional().describe("A new metric of many series."),
        aggregate: z
            .strictObject({ type: aggregation.describe("How values become one.") })
            .optional()
            .describe("Values of one resolution become one."),
        transform: z
            .strictObject({ type: transformation.describe("What is made of each value.") })
            .optional()
            .describe("Each value made another."),
    })
    .refine(
        (one) => Object.values(one).filter((step) => step !== undefined).length === 1,
        must(
            "one of {rollup: {metricName, groupBy or excludeBy, aggregations}}, {aggregate: {type: Last, …}}, {transform: {type: PerSecond, …}}",
        ),
    );

const rollupRule = z.strictObject({
    name: z.string().min(1).optional().describe("Shown in M3's logs."),
    filter: tagFilter.describe("Which samples: every tag must match its pattern."),
    transforms: z
        .array(transform)
        .refine((list) => list.some((one) => one.rollup !== undefined), must("a list with a rollup in it"))
        .describe("Steps, in order: transform (Increase, PerSecond, …), rollup to a new metric, aggregate."),
    storagePolicies: storagePolicies.min(1, must("one at least: where the new metric is kept")),
    tags: tags.default([]).describe("Tags that the new metric gets."),
});

export const aggregationRules = z
    .strictObject({
        mapping: z.array(mapping).default([]).describe("Which samples go to which aggregated namespace, and how."),
        rollup: z.array(rollupRule).default([]).describe("New metrics made of many series."),
    })
    .prefault({})
    .describe("M3's rules (downsample.rules of the coordinators), in M3's own words.");

export type AggregationRules = z.infer<typeof aggregationRules>;
