/** Entry point of the set-up's jobs: `node setup.ts start|shards`, with their plan in M3PERF_SETUP (JSON). */
import { m3At } from "./m3.ts";
import type { SetupPlan } from "./setup-plan.ts";
import { awaitShards, setUp } from "./setup-steps.ts";

const steps = { start: setUp, shards: awaitShards };

const text = process.env.M3PERF_SETUP;
const [word] = process.argv.slice(2);
if (!text || (word !== "start" && word !== "shards")) {
    console.error(
        "start or shards, and M3PERF_SETUP: this program is started by the jobs that components/m3/Setup.ts makes",
    );
    process.exit(64);
}
const plan = JSON.parse(text) as SetupPlan;
const begun = performance.now();
const say = (line: string) => console.log(`${((performance.now() - begun) / 1000).toFixed(1).padStart(6)} s  ${line}`);

try {
    await steps[word](plan, m3At(plan.url, plan.environment), say);
} catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
}
