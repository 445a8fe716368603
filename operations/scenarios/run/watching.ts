import type { KubeConfig } from "@kubernetes/client-node";
import type { Environment } from "../../../settings/environment.ts";
import { followLab } from "../../lab.ts";
import { openGet } from "../../watch/api.ts";
import { createCollector } from "../../watch/collector.ts";
import { openLog } from "../../watch/log/log.ts";
import type { Sample } from "../../watch/sample.ts";
import type { Parts } from "./parts.ts";

const intervalMs = 5000;
/** A run's log stays one file: its readers want all of it. */
const rotation = { bytes: 2 ** 34, keep: 1 };

/** Looks at an environment every five seconds and keeps what it sees, until it is stopped. */
export function startWatch(
    environment: Environment,
    { lab, config }: { lab: string | null; config: KubeConfig },
    file: string,
): ReturnType<Parts["watch"]> {
    const ending = new AbortController();
    const log = openLog([file], rotation);
    const samples: Sample[] = [];
    const collector = createCollector({
        environment,
        get: openGet(config),
        intervalMs,
        usage: "auto",
        lab: lab === null ? undefined : () => followLab(["usage", "--lab", lab, "--every", String(intervalMs / 1000)]),
        limit: (milliseconds) => AbortSignal.any([ending.signal, AbortSignal.timeout(milliseconds)]),
    });
    const pause = (milliseconds: number) =>
        new Promise<void>((resolve) => {
            const timer = setTimeout(resolve, Math.max(milliseconds, 0));
            ending.signal.addEventListener("abort", () => [clearTimeout(timer), resolve()], { once: true });
        });
    const looking = (async () => {
        for (let next = performance.now(); !ending.signal.aborted; ) {
            const sample = await collector.tick();
            if (ending.signal.aborted) break; // its looks were cut off: that says nothing of the cluster
            samples.push(sample);
            log.write(sample);
            next = Math.max(next + intervalMs, performance.now());
            await pause(next - performance.now());
        }
    })();
    return {
        samples: () => samples,
        async stop() {
            ending.abort();
            await looking;
            collector.close();
            log.close();
        },
    };
}
