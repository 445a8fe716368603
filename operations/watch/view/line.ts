import type { Sample } from "../sample.ts";
import { answering, isPresent, sumOf } from "./history.ts";
import { ageText, countText, percentText, unknown } from "./numbers.ts";
import { podMemoryShare, unanswered } from "./tones.ts";

/** A sample's key figures on one line, for what is no terminal. Pure. */
export function keyLine(sample: Sample): string {
    const { pods, nodes, prometheus, sources } = sample;
    const used = pods.flatMap(({ cpuCores }) => cpuCores ?? []);
    const fullest = pods
        .flatMap((pod) => {
            const share = podMemoryShare(pod);
            return share === null ? [] : [{ name: pod.name, share }];
        })
        .sort((a, b) => b.share - a.share)[0];
    const present = sample.processes.filter((process) => isPresent(process.at, sample.at, sample.intervalSeconds));
    const errors = sumOf(present, "errors");
    const faults = sources.filter(({ error }) => error !== null);
    const away = faults.find(({ id, error }) => id === "objects" && unanswered(error ?? ""));
    const since = (at: number | null) => ageText(at === null ? 0 : (sample.at - at) / 1000);
    const lag = prometheus?.lagSeconds ?? null;
    return [
        `${sample.time.slice(0, 19)}Z`,
        `nodes ${nodes.filter(({ ready }) => ready).length}/${nodes.length} ready`,
        `pods ${pods.filter(({ ready }) => ready).length}/${pods.length} ready`,
        `restarts ${pods.reduce((sum, { restarts }) => sum + restarts, 0)}`,
        `cpu ${used.length === 0 ? unknown : used.reduce((sum, cores) => sum + cores, 0).toFixed(2)}`,
        `fullest ${fullest ? `${fullest.name} ${percentText(fullest.share)} of its memory limit` : unknown}`,
        `coordinator ${countText(sumOf(answering(sample, "coordinator"), "samples"))} samples/s`,
        `dbnode ${countText(sumOf(answering(sample, "dbnode"), "samples"))} samples/s`,
        `errors ${countText(errors)}/s`,
        `remote write ${lag === null ? unknown : ageText(lag)} behind`,
        ...(away ? [`API SERVER DOES NOT ANSWER for ${since(away.since)}`] : []),
        ...(!away && faults.length > 0 ? [`no new figures of ${faults.map(({ id }) => id).join(", ")}`] : []),
    ].join("  ");
}
