import * as z from "zod";
import { count, duration, must } from "./fields.ts";

const series = count.max(100_000_000_000, must("at most 100000000000"));
const percent = z
    .number(must("a percentage from 0 to 1000"))
    .min(0, must("a percentage from 0 to 1000"))
    .max(1000, must("a percentage from 0 to 1000"));

const queries = z
    .strictObject({
        perSecond: z
            .number(must("a number above 0"))
            .positive(must("a number above 0"))
            .describe("PromQL queries and remote reads per second, all users together."),
        series: series.describe("Series that one query reads."),
        range: duration.describe("How much time one query reads."),
    })
    .optional()
    .describe("The reads that are planned. Absent: the size says nothing of reads.");

export const loadSchema = z
    .strictObject({
        series: series.describe("Series that are active at the same time, all Prometheus servers together."),
        scrapeInterval: duration.describe("Time between two samples of a series."),
        churnPercentPerHour: percent
            .default(0)
            .describe("How many of the series end and are replaced by new ones in an hour, in percent."),
        prometheusServers: count.default(1).describe("Prometheus servers that the series come from."),
        queries,
    })
    .optional()
    .describe(
        "What is planned. Given, the site is held against the size that it needs (`m3perf size`), with a warning where it is too small. Absent: nothing is said of size.",
    );
