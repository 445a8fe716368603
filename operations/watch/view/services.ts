import type { Component, ProcessFigures, Sample } from "../sample.ts";
import { answering, type History, isPresent, mostOf, ofComponent, oldest, sumOf } from "./history.ts";
import { ageText, bytesText, countText, millisecondsText, sparkText, unknown } from "./numbers.ts";
import { type Column, table } from "./table.ts";
import { clipped, type Line, span, type Tone } from "./text.ts";
import { ageTone, errorTone, lagTone } from "./tones.ts";

/** What M3's services, etcd and Prometheus' remote write say of themselves. Pure. */

interface Row {
    component: Component;
    processes: ProcessFigures[];
    /** Those whose figures are of the present. */
    present: ProcessFigures[];
    age: number | null;
    spark: string;
}

const shown: Component[] = ["coordinator", "query", "dbnode", "aggregator"];
const sparkWidth = 24;

export function serviceLines(sample: Sample, history: History, now: number, width: number): Line[] {
    const rows = shown.flatMap((component): Row[] => {
        const processes = ofComponent(sample, component);
        if (processes.length === 0) return [];
        const age = oldest(
            processes.map(({ at }) => at),
            now,
        );
        const present = answering(sample, component, now);
        return [{ component, processes, present, age, spark: sparkText(history.samples[component] ?? [], sparkWidth) }];
    });
    const heading = table(columns(), rows, width);
    return [
        ...(rows.length > 0 ? heading : []),
        ...etcdLines(sample, now, width),
        ...prometheusLines(sample, history, now, width),
    ];
}

function columns(): Column<Row>[] {
    const count = (title: string, figure: "samples" | "writes" | "reads", drop?: number): Column<Row> => ({
        title,
        align: "right",
        ...(drop !== undefined && { drop }),
        cell: ({ present }) => ({ text: countText(sumOf(present, figure)) }),
    });
    const latency = (title: string, figure: "writeP50Ms" | "writeP99Ms", drop: number): Column<Row> => ({
        title,
        align: "right",
        drop,
        cell: ({ present }) => ({ text: millisecondsText(mostOf(present.map((process) => process[figure]))) }),
    });
    return [
        { title: "M3", cell: ({ component }) => ({ text: component }) },
        {
            title: "ANSWER",
            align: "right",
            drop: 1,
            cell: ({ processes, present }) => {
                const tone: Tone = present.length === processes.length ? "plain" : "bad";
                return { text: `${present.length}/${processes.length}`, tone };
            },
        },
        count("SAMPLES/S", "samples"),
        count("WRITES/S", "writes", 3),
        count("READS/S", "reads", 4),
        {
            title: "ERRORS/S",
            align: "right",
            cell: ({ present }) => {
                const errors = sumOf(present, "errors");
                return { text: countText(errors), tone: errorTone(errors) };
            },
        },
        latency("WRITE P50", "writeP50Ms", 5),
        latency("P99", "writeP99Ms", 2),
        { title: "AGE", align: "right", drop: 1, cell: ({ age }) => ({ text: ageText(age), tone: ageTone(age, 30) }) },
        { title: "SAMPLES/S, LATELY", align: "right", drop: 6, cell: ({ spark }) => ({ text: spark, tone: "dim" }) },
    ];
}

function etcdLines({ etcd, intervalSeconds }: Sample, now: number, width: number): Line[] {
    if (etcd.length === 0) return [];
    const present = etcd.filter(({ at }) => isPresent(at, now, intervalSeconds));
    const leaders = present.filter(({ leader }) => leader).map(({ pod }) => pod);
    const without = present.filter(({ hasLeader }) => hasLeader === false).map(({ pod }) => pod);
    const failed = mostOf(present.map(({ failedProposals }) => failedProposals));
    const age = oldest(
        etcd.map(({ at }) => at),
        now,
    );
    const line: Line = [
        span("etcd         "),
        span(`${present.length}/${etcd.length} answer`, present.length === etcd.length ? "plain" : "bad"),
        span(", "),
        leaders.length === 1
            ? span(`leader ${leaders[0]}`)
            : span(`${leaders.length} leaders`, present.length > 0 ? "bad" : "dim"),
        ...(without.length > 0 ? [span(`, no leader for ${without.join(", ")}`, "bad")] : []),
        span(`, database ${bytesText(mostOf(present.map(({ databaseBytes }) => databaseBytes)))}`),
        span(`, fsync p99 ${millisecondsText(mostOf(present.map(({ walFsyncP99Ms }) => walFsyncP99Ms)))}`),
        span(`, ${countText(mostOf(present.map(({ proposalsPending }) => proposalsPending)))} proposals pending`),
        span(`, ${countText(failed)} failed/s`, errorTone(failed)),
        span(`  ${ageText(age)} old`, ageTone(age, 30)),
    ];
    return [clipped(line, width)];
}

function prometheusLines({ prometheus }: Sample, history: History, now: number, width: number): Line[] {
    if (!prometheus) return [clipped([span("Prometheus   "), span("remote write: not known yet", "dim")], width)];
    const { at, lagSeconds, pending, shards, shardsMax, sent, failed, dropped, retried } = prometheus;
    const age = at === null ? null : (now - at) / 1000;
    const lost = failed === null && dropped === null ? null : (failed ?? 0) + (dropped ?? 0);
    const line: Line = [
        span("Prometheus   "),
        span(`remote write ${lagSeconds === null ? unknown : ageText(lagSeconds)} behind`, lagTone(prometheus)),
        span(`, ${countText(sent)} samples/s sent`),
        span(`, ${countText(lost)} lost/s`, errorTone(lost)),
        span(`, ${countText(retried)} retried/s`, retried !== null && retried > 0 ? "warn" : "plain"),
        span(`, ${countText(pending)} pending`),
        span(`, ${countText(shards)} of ${countText(shardsMax)} shards`),
        span(`  ${ageText(age)} old`, ageTone(age, 10)),
        span(`  ${sparkText(history.lag, sparkWidth).trimStart()}`, "dim"),
    ];
    return [clipped(line, width)];
}
