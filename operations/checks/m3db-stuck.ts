import { diagnose } from "../stuck/cause.ts";
import { lookAt } from "../stuck/evidence.ts";
import { type Check, fail, pass } from "./check.ts";

export const m3dbStuck: Check = {
    id: "m3db.stuck",
    system: "m3db",
    title: "no M3DBCluster of the namespace hangs on its way up",
    source: "facts.md 4: why externalCoordinator hangs, three causes",
    means: "The cluster will not come up by itself, however long one waits.",
    async run({ environment, kubernetes }) {
        const { namespace, cluster } = environment;
        const clusters = await kubernetes.m3dbClusters(namespace);
        const judged = await Promise.all(
            clusters.map(async (one) => ({
                name: one.metadata.name,
                ...diagnose((await lookAt(kubernetes, one, namespace)).evidence),
            })),
        );
        const first = judged.find(({ stuck }) => stuck);
        if (!first) {
            const states = judged.map(({ name, stage }) => `${name} ${stage === "done" ? "is up" : "is starting"}`);
            return pass(states.join(", ") || "there is none");
        }
        const others = judged.filter((one) => one.stuck && one !== first);
        return fail(
            [
                ...first.evidence.map((line) => `${first.name}: ${line}`),
                ...others.map(({ name, cause }) => `${name} is stuck, too: ${cause}`),
            ],
            first.cause,
            first.remedy === ""
                ? first.next
                : `m3perf free${first.name === cluster.name ? "" : ` --cluster ${first.name}`}, which does this: ${first.remedy}`,
        );
    },
};
