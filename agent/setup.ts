/** Entry point of the set-up job: `node setup.ts`, with its plan in M3PERF_SETUP (JSON). */
import { m3At } from "./m3.ts";
import type { SetupPlan } from "./setup-plan.ts";
import { setUp } from "./setup-steps.ts";

const text = process.env.M3PERF_SETUP;
if (!text) {
    console.error("M3PERF_SETUP is not set: this program is started by the job that components/m3/Setup.ts makes");
    process.exit(64);
}
const plan = JSON.parse(text) as SetupPlan;
const begun = performance.now();
const say = (line: string) => console.log(`${((performance.now() - begun) / 1000).toFixed(1).padStart(6)} s  ${line}`);

try {
    await setUp(plan, m3At(plan.url, plan.environment), say);
} catch (error) {
    console.error(error instanceof Error ? error.message : String(error));
    process.exitCode = 1;
}
