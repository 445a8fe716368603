import { loadSchema } from "../../settings/schema/load.ts";
import type { NodeSizes } from "../../settings/size/estimate.ts";
import {
    type Plan,
    type PlannedNamespace,
    plannedLoad,
    plannedNamespace,
    type ScenarioLoad,
} from "../../settings/size/plan.ts";
import { memoryProblem } from "../../settings/unit-problems.ts";
import { bytesOf, mebibytesOf, secondsOf } from "../../settings/units.ts";
import { type Problem, UserError } from "../../support/errors.ts";
import { exitCodes } from "../cli/exit.ts";
import type { Values } from "../cli/verbs.ts";

/** The sizes of the reference topology's nodes (sites/reference.yaml); a disk has no size of its own there. */
export const referenceNodes: NodeSizes = {
    m3db: { cores: 4, memoryMi: 8192 },
    services: { cores: 4, memoryMi: 16384 },
};

const go = 'a duration as Go writes it: "15s", "2h", "2160h" for 90 days';

/** Collects what is wrong with the options, so that one run tells it all. */
class Options {
    readonly problems: Problem[] = [];
    private readonly values: Values;

    constructor(values: Values) {
        this.values = values;
    }

    text(name: string): string | undefined {
        const value = this.values[name];
        return typeof value === "string" ? value : undefined;
    }

    /** The option read by `read`, whose undefined means that it is wrong. */
    read<T>(name: string, allowed: string, read: (text: string) => T | undefined): T | undefined {
        const text = this.text(name);
        if (text === undefined) return undefined;
        const value = read(text);
        if (value === undefined) this.problems.push({ what: `--${name} ${text}`, why: `must be ${allowed}` });
        return value;
    }

    throwProblems(): void {
        if (this.problems.length === 0) return;
        const next = "m3perf help size";
        const list = this.problems.map((problem, index) =>
            index === this.problems.length - 1 ? { ...problem, next } : problem,
        );
        throw new UserError("m3perf size: wrong options", list, exitCodes.usage);
    }
}

const multiples: Record<string, number> = { "": 1, k: 1e3, M: 1e6, G: 1e9 };

/** 10000, 10k, 1.5M, 200M */
export function countOf(text: string): number | undefined {
    const [, number, unit = ""] = /^(\d+(?:\.\d+)?)([kMG]?)$/.exec(text) ?? [];
    const value = Number(number) * (multiples[unit] ?? Number.NaN);
    const whole = Math.round(value);
    return value > 0 && Math.abs(value - whole) < 1e-6 ? whole : undefined;
}

const positive = (text: string) => (/^\d+(\.\d+)?$/.test(text) && Number(text) > 0 ? Number(text) : undefined);
const percent = (text: string) => (/^\d+(\.\d+)?$/.test(text) && Number(text) <= 1000 ? Number(text) : undefined);
/** Kept as text: the settings' own form. */
const asWritten = (text: string) => (secondsOf(text) === undefined ? undefined : text);

/** "5m:8760h": resolution and retention; the block holds 720 points, M3's own advice, two hours to a day. */
export function aggregatedOf(text: string): PlannedNamespace | undefined {
    const [resolution = "", retention = "", ...more] = text.split(":");
    const [step = 0, kept = 0] = [secondsOf(resolution), secondsOf(retention)];
    if (more.length > 0 || step === 0 || kept < step) return undefined;
    const blockSize = Math.min(Math.max(720 * step, 7200), 86400, kept);
    return { name: `aggregated ${resolution}`, retention: kept, blockSize, resolution: step };
}

function listOf(text: string): PlannedNamespace[] | undefined {
    const list = text.split(",").map(aggregatedOf);
    return list.every((one) => one !== undefined) ? list : undefined;
}

export interface Asked {
    plan: Plan;
    sizes: NodeSizes;
}

/** What the settings give, where they are asked; the options come on top. */
export interface Base {
    load: ScenarioLoad | undefined;
    namespaces: PlannedNamespace[];
    replicationFactor: number;
    sizes: NodeSizes;
    /** How the load would be given in the settings, for the error: "m3perf:load in Pulumi.dev.yaml". */
    where?: string;
}

/** What is planned from options alone: the defaults' namespaces without the aggregated one. */
export const fromNothing: Base = {
    load: undefined,
    namespaces: [plannedNamespace({ name: "default", retention: "48h", blockSize: "2h" })],
    replicationFactor: 3,
    sizes: referenceNodes,
};

/** Throws UserError that names every wrong option with what is allowed. */
export function askedFor(values: Values, base: Base): Asked {
    const options = new Options(values);
    const load = loadOf(options, base);
    const retention = options.read("retention", go, asWritten);
    const block = options.read("block", go, asWritten);
    const aggregated = options.read(
        "aggregate",
        "RESOLUTION:RETENTION, several with commas, like 5m:8760h (Go durations)",
        listOf,
    );
    const replicationFactor = options.read("replication", "3 or 5 (odd: a write needs a majority)", (text) =>
        text === "3" || text === "5" ? Number(text) : undefined,
    );
    const sizes = nodesOf(options, base.sizes);
    const namespaces = [
        ...base.namespaces
            .filter(({ resolution }) => resolution === undefined || aggregated === undefined)
            .map((namespace) =>
                namespace.resolution === undefined ? changed(namespace, retention, block) : namespace,
            ),
        ...(aggregated ?? []),
    ];
    for (const { name, blockSize, retention: kept } of namespaces) {
        if (blockSize > kept)
            options.problems.push({
                what: `namespace ${name}: a block of ${blockSize / 60} minutes`,
                why: `must not be longer than the retention, ${kept / 60} minutes: give a shorter --block`,
            });
    }
    options.throwProblems();
    if (!load) throw new Error("no load and no problem"); // loadOf has told what is missing.
    const plan = {
        load: plannedLoad(load),
        namespaces,
        replicationFactor: replicationFactor ?? base.replicationFactor,
    };
    return { plan, sizes };
}

function changed(namespace: PlannedNamespace, retention?: string, block?: string): PlannedNamespace {
    return {
        ...namespace,
        ...(retention === undefined ? {} : { retention: secondsOf(retention) ?? 0 }),
        ...(block === undefined ? {} : { blockSize: secondsOf(block) ?? 0 }),
    };
}

function loadOf(options: Options, base: Base): ScenarioLoad | undefined {
    const series = options.read("series", "a whole number of series: 10000, 10k, 1.5M, 200M", countOf);
    const scrapeInterval = options.read("interval", go, asWritten);
    const churnPercentPerHour = options.read("churn", "a percentage from 0 to 1000", percent);
    const prometheusServers = options.read("servers", "a whole number, at least 1", countOf);
    const perSecond = options.read("queries", "a number of queries per second, above 0", positive);
    const querySeries = options.read("query-series", "a whole number of series: 1000, 10k", countOf);
    const range = options.read("query-range", go, asWritten);
    const before = base.load?.queries;
    const query = {
        ...before,
        ...given({ perSecond, series: querySeries, range }),
    };
    const load = {
        ...base.load,
        ...given({ series, scrapeInterval, churnPercentPerHour, prometheusServers }),
        ...(Object.keys(query).length > 0 ? { queries: query } : {}),
    };
    if (options.problems.length > 0) return undefined;
    const missing = [
        ...(load.series === undefined ? ["--series N"] : []),
        ...(load.scrapeInterval === undefined ? ["--interval 15s"] : []),
        ...(Object.keys(query).length > 0
            ? [
                  ...(query.perSecond === undefined ? ["--queries PER_SECOND"] : []),
                  ...(query.series === undefined ? ["--query-series N"] : []),
                  ...(query.range === undefined ? ["--query-range 1h"] : []),
              ]
            : []),
    ];
    if (missing.length > 0) {
        options.problems.push({
            what: `it is not told what is planned: ${missing.join(" ")}`,
            why: base.where ? `the options, or ${base.where}, must tell it` : "the options must tell it",
        });
        return undefined;
    }
    const parsed = loadSchema.safeParse(load);
    for (const issue of parsed.error?.issues ?? []) {
        options.problems.push({ what: `load.${issue.path.join(".")}`, why: issue.message });
    }
    return parsed.data;
}

/** Without what is undefined. */
function given<T extends object>(values: T): Partial<{ [K in keyof T]: Exclude<T[K], undefined> }> {
    return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== undefined)) as Partial<{
        [K in keyof T]: Exclude<T[K], undefined>;
    }>;
}

function nodesOf(options: Options, base: NodeSizes): NodeSizes {
    const cores = options.read("node-cpu", "cores of a node: 4, 32", positive);
    // Bytes without a unit are one that was forgotten.
    const quantity = (text: string) => memoryProblem(text) === undefined;
    const memoryMi = options.read("node-memory", "a Kubernetes quantity with its unit: 8Gi, 256Gi", (text) =>
        quantity(text) ? mebibytesOf(text) : undefined,
    );
    const disk = options.read("node-disk", "a Kubernetes quantity with its unit: 100Gi, 8Ti", (text) =>
        quantity(text) ? bytesOf(text) : undefined,
    );
    const more = given({ cores, memoryMi });
    return { m3db: { ...base.m3db, ...more, ...given({ disk }) }, services: { ...base.services, ...more } };
}
