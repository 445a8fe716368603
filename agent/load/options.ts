/** The options of a load: their names, and how their texts are read. One table for the generator, m3perf load and its help. */

export interface LoadOption {
    /** What the value looks like. */
    value: string;
    help: string;
}

/** Names are those that users of avalanche, promremotebench and prometheus-benchmark know, where they have one for it. */
export const loadOptions = {
    "remote-url": { value: "URL,…", help: "remote write URLs, taken in turn" },
    series: {
        value: "N",
        help: "series that are active at the same time, over all tenants: 10000, 10k, 1M (default: 10000)",
    },
    interval: { value: "10s", help: "time between two samples of a series (default: 10s)" },
    rate: { value: "N", help: "samples a second, instead of --interval: 2000, 2k" },
    duration: { value: "5m", help: "end after this long (default: until Ctrl-C)" },
    kinds: {
        value: "counter=50,…",
        help: "percent of the series by kind (default: counter=50,gauge=30,histogram=20; a histogram is ten series)",
    },
    labels: { value: "N", help: "labels beside the generator's own (default: 4)" },
    "label-bytes": { value: "N", help: "bytes of each such label's value (default: 12)" },
    churn: { value: "PERCENT", help: "series replaced by new ones in an hour (default: 0)" },
    tenants: { value: "N", help: "values of the label tenant, each with its share of the series (default: 1)" },
    replicas: { value: "N", help: "identical senders, told apart by the label replica (default: 1)" },
    batch: { value: "N", help: "samples of one request at most (default: 500)" },
    concurrency: { value: "N", help: "requests in hand at most; more wait (default: 10)" },
    "bearer-token-file": {
        value: "FILE,…",
        help: "file with the token that requests carry, for a gateway or proxy: one for all, or one for each tenant",
    },
    timeout: {
        value: "10s",
        help: "a request without an answer after this long has an unknown outcome (default: 10s)",
    },
    run: { value: "NAME", help: "label run of every series (default: load- and the time)" },
    worker: {
        value: "I/N",
        help: "which of N workers this is, from 0: each sends its own part; auto/N: the number at the end of the host's name (default: 0/1)",
    },
} as const satisfies Record<string, LoadOption>;

export type LoadOptionName = keyof typeof loadOptions;
/** Texts as a user gave them. */
export type LoadTexts = Partial<Record<LoadOptionName, string>>;

/** What other generators call it, so that their users are told our name. */
export const namesElsewhere: Record<string, LoadOptionName> = {
    // avalanche
    "series-count": "series",
    "value-interval": "interval",
    "remote-write-interval": "interval",
    "label-count": "labels",
    "series-interval": "churn",
    "metric-interval": "churn",
    "remote-batch-size": "batch",
    "remote-concurrency-limit": "concurrency",
    // prometheus-benchmark
    targetsCount: "series",
    scrapeInterval: "interval",
    scrapeConfigUpdatePercent: "churn",
    writeReplicas: "replicas",
    // promremotebench
    target: "remote-url",
    hosts: "series",
    new: "churn",
};

const prefix = "M3PERF_LOAD_";
/** What Kubernetes itself sets in a pod for a Service of the name m3perf-load. */
const serviceLink = /^M3PERF_LOAD_(SERVICE_HOST|SERVICE_PORT|PORT)(_|$)/;

/**
 * Options from the environment, for containers: M3PERF_LOAD_REMOTE_URL is --remote-url. Names that mean nothing are given back, too:
 * other generators ignore them, and run something else than was asked for (facts.md 5).
 */
export function textsFromEnvironment(variables: Record<string, string | undefined>) {
    const texts: LoadTexts = {};
    const unknown: string[] = [];
    for (const [name, value] of Object.entries(variables)) {
        if (!name.startsWith(prefix) || serviceLink.test(name) || value === undefined) continue;
        const option = name.slice(prefix.length).toLowerCase().replaceAll("_", "-");
        if (isOption(option)) texts[option] = value;
        else unknown.push(name);
    }
    return { texts, unknown };
}

export const isOption = (name: string): name is LoadOptionName => Object.hasOwn(loadOptions, name);
export const variableOf = (option: LoadOptionName) => prefix + option.toUpperCase().replaceAll("-", "_");

/** "10000", "10k", "1.5M": undefined for anything else. */
export function readCount(text: string): number | undefined {
    const [, digits, unit = ""] = /^(\d+(?:\.\d+)?)([kM]?)$/.exec(text) ?? [];
    if (digits === undefined) return undefined;
    // Read as one number: 4.1 × 1e6 is not whole as a product.
    const count = Number(`${digits}${{ k: "e3", M: "e6" }[unit] ?? ""}`);
    return unit === "" || Number.isInteger(count) ? count : undefined;
}

const unitMs: Record<string, number> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** ms of "100ms", "10s", "1m30s": as Go writes durations, without signs; undefined for anything else. */
export function readDuration(text: string): number | undefined {
    if (!/^(\d+(\.\d+)?(ms|s|m|h))+$/.test(text)) return undefined;
    const parts = [...text.matchAll(/(\d+(?:\.\d+)?)(ms|s|m|h)/g)];
    const ms = parts.reduce((sum, [, digits, unit]) => sum + Number(digits) * (unitMs[unit ?? ""] ?? 0), 0);
    // To nanoseconds, as Go has them: 1.1h is not whole as a product.
    return Math.round(ms * 1e6) / 1e6;
}

/** "counter=50,gauge=30,histogram=20": percents of all three; those not named are 0. */
export function readKinds(text: string): { counter: number; gauge: number; histogram: number } | undefined {
    const kinds = { counter: 0, gauge: 0, histogram: 0 };
    const seen = new Set<string>();
    for (const part of text.split(",")) {
        const [, kind, percent] = /^(counter|gauge|histogram)=(\d+(?:\.\d+)?)$/.exec(part) ?? [];
        if (kind === undefined || seen.has(kind)) return undefined;
        seen.add(kind);
        kinds[kind as keyof typeof kinds] = Number(percent) / 100;
    }
    return kinds;
}

/** "1/4"; "auto/4" with the ordinal of a StatefulSet's pod at the end of the host's name. */
export function readWorker(text: string, hostname: string): { index: number; of: number } | undefined {
    const [, index, of] = /^(\d+|auto)\/(\d+)$/.exec(text) ?? [];
    if (index === undefined) return undefined;
    const own = index === "auto" ? /-(\d+)$/.exec(hostname)?.[1] : index;
    return own === undefined ? undefined : { index: Number(own), of: Number(of) };
}
