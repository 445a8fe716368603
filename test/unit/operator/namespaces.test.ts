import assert from "node:assert/strict";
import { namespaceChanges, namespaceRequest, nanoseconds } from "../../../lab/operator/namespaces.ts";
import type { NamespaceSpec } from "../../../lab/operator/types.ts";
import { makeCluster } from "./fixtures.ts";

const [unaggregated, aggregated] = makeCluster().spec.namespaces as [NamespaceSpec, NamespaceSpec];

const common = {
    bootstrapEnabled: true,
    flushEnabled: true,
    writesToCommitLog: true,
    cleanupEnabled: true,
    repairEnabled: false,
    snapshotEnabled: true,
    coldWritesEnabled: false,
    retentionOptions: {
        retentionPeriodNanos: "172800000000000",
        blockSizeNanos: "7200000000000",
        bufferFutureNanos: "600000000000",
        bufferPastNanos: "1200000000000",
        blockDataExpiry: true,
        blockDataExpiryAfterNotAccessPeriodNanos: "300000000000",
    },
    indexOptions: { enabled: true, blockSizeNanos: "7200000000000" },
};

describe("operator: M3 namespaces", () => {
    it("requests for an unaggregated and an aggregated namespace", () => {
        assert.deepEqual(namespaceRequest(unaggregated), {
            name: "default",
            options: { ...common, aggregationOptions: { aggregations: [{ aggregated: false }] } },
        });
        const attributes = { resolutionNanos: "10000000000", downsampleOptions: { all: true } };
        assert.deepEqual(namespaceRequest(aggregated), {
            name: "metrics-10s_2d",
            options: { ...common, aggregationOptions: { aggregations: [{ aggregated: true, attributes }] } },
        });
    });

    it("presets are aggregated only", () => {
        const preset = (name: string) =>
            namespaceRequest({ name: "p", preset: name }) as { options: Record<string, unknown> };
        const aggregations = (resolutionNanos: string) => ({
            aggregations: [{ aggregated: true, attributes: { resolutionNanos, downsampleOptions: { all: true } } }],
        });
        const short = preset("10s:2d").options;
        assert.deepEqual(short.aggregationOptions, aggregations("10000000000"));
        assert.deepEqual(short.retentionOptions, { ...common.retentionOptions, bufferPastNanos: "600000000000" });
        const long = preset("1m:40d").options;
        assert.deepEqual(long.aggregationOptions, aggregations("60000000000"));
        assert.deepEqual(long.retentionOptions, {
            retentionPeriodNanos: "3456000000000000",
            blockSizeNanos: "86400000000000",
            bufferFutureNanos: "600000000000",
            bufferPastNanos: "1200000000000",
            blockDataExpiry: true,
            blockDataExpiryAfterNotAccessPeriodNanos: "600000000000",
        });
        assert.throws(() => preset("5s:1d"), /preset '5s:1d' not found/);
    });

    it("exactly one of preset and options, and durations that Go can read", () => {
        assert.throws(() => namespaceRequest({ name: "" }), /must set namespace name/);
        assert.throws(() => namespaceRequest({ name: "x" }), /must set either preset or options/);
        assert.throws(() => namespaceRequest({ ...unaggregated, preset: "10s:2d" }), /only one of preset or options/);
        const days = structuredClone(unaggregated);
        if (days.options?.retentionOptions) days.options.retentionOptions.retentionPeriod = "2d";
        assert.throws(() => namespaceRequest(days), /RetentionPeriod: time: invalid duration "2d"/);
        assert.equal(nanoseconds("1h30m", "x"), "5400000000000");
        assert.equal(nanoseconds("1.5h", "x"), "5400000000000");
        assert.equal(nanoseconds("250ms", "x"), "250000000");
        assert.equal(nanoseconds("0", "x"), "0");
        for (const wrong of ["", "1.5 hours", "h", "1h x", "10"]) assert.throws(() => nanoseconds(wrong, "x"), wrong);
    });

    it("downsampling: all samples unless told otherwise", () => {
        const spec = structuredClone(aggregated);
        const attributes = spec.options?.aggregationOptions?.aggregations?.[0]?.attributes;
        assert.ok(attributes);
        const all = () => JSON.stringify(namespaceRequest(spec)).includes('"all":true');
        delete attributes.downsampleOptions;
        assert.equal(all(), true);
        attributes.downsampleOptions = {};
        assert.equal(all(), false);
    });

    it("prune, create, ready", () => {
        const registry = new Map([
            ["old", "READY"],
            ["older", "INITIALIZING"],
            ["default", "UNKNOWN"],
            ["static", undefined],
        ]);
        const wanted = [{ name: "default" }, { name: "static" }, { name: "new" }];
        assert.deepEqual(namespaceChanges(registry, wanted), {
            prune: ["old", "older"],
            create: [{ name: "new" }],
            ready: ["new", "default"],
        });
    });
});
