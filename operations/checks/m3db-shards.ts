import { readErrors, shardRefused } from "../access/dbnode.ts";
import { askM3, type Placement } from "../access/m3.ts";
import { podOf, probeIds } from "../access/shards.ts";
import { askEach, type Check, count, fail, pass } from "./check.ts";

/**
 * Of what a node said of one id for each shard that it has: the shards it does not serve, by reason. Where its hash has another seed
 * (db.hashing.seed), an id is of another shard than we think; then it names one that it need not have, and that tells nothing. Pure.
 */
function unserved(shards: number[], errors: (string | undefined)[]): Map<string, number[]> {
    const found = new Map<string, number[]>();
    errors.forEach((error, index) => {
        if (error === undefined) return;
        const named = shardRefused(error);
        const shard = named ?? shards[index] ?? 0;
        if (!shards.includes(shard)) return;
        const reason = named === undefined ? error : "not responsible for it, though the placement says so";
        found.set(reason, [...(found.get(reason) ?? []), shard]);
    });
    return found;
}

const shown = 8;
const listed = (shards: number[]) =>
    `${shards.slice(0, shown).join(", ")}${shards.length > shown ? `, and ${shards.length - shown} more` : ""}`;

export const m3dbShards: Check = {
    id: "m3db.shards",
    system: "m3db",
    title: "every dbnode has bootstrapped each of its shards in each namespace",
    source: "a dbnode's own /fetchbatchraw: an id is refused while its shard is not bootstrapped (M3 1.5.0, storage/namespace.go)",
    means: "A node says that it is up, but does not read some shards of some namespace yet: reads of these go to the other replicas.",
    async run(context) {
        const { namespace, cluster } = context.environment;
        const { placement } = await askM3<Placement>(context, "/api/v1/services/m3db/placement");
        const ids = probeIds(placement.numShards ?? 0);
        const instances = Object.values(placement.instances ?? {});
        const end = Math.floor(context.now() / 1000);
        const asked = instances.flatMap((instance) =>
            cluster.namespaces.map(({ name }) => ({ title: `${podOf(instance)}: ${name}`, instance, name })),
        );
        const byTitle = new Map(asked.map((one) => [one.title, one]));
        const { answers, errors } = await askEach([...byTitle.keys()], async (title) => {
            const { instance, name = "" } = byTitle.get(title) ?? {};
            if (!instance) return new Map<string, number[]>();
            const shards = (instance.shards ?? []).map(({ id }) => id).filter((id) => ids.has(id));
            const texts = await readErrors(context, podOf(instance), {
                namespace: name,
                ids: shards.map((shard) => ids.get(shard) ?? ""),
                range: { start: end - 1, end },
            });
            return unserved(shards, texts);
        });
        const wrong = [...errors];
        for (const { name, answer } of answers) {
            for (const [reason, shards] of answer)
                wrong.push(`${name}: ${count(shards.length, "shard")}: ${reason} (${listed(shards)})`);
        }
        if (wrong.length === 0 && instances.length > 0) {
            const most = Math.max(...instances.map(({ shards }) => shards?.length ?? 0));
            return pass(
                `${count(instances.length, "dbnode")}, ${count(cluster.namespaces.length, "namespace")}, up to ${count(most, "shard")} each`,
            );
        }
        const pod = wrong[0]?.split(":")[0] ?? cluster.pods[0];
        return fail(
            wrong.length > 0 ? wrong : ["the placement has no instances"],
            "the dbnode is still bootstrapping these shards, has not taken the placement over yet, or was made without its data",
            `kubectl -n ${namespace} logs ${pod} | grep -i bootstrap`,
        );
    },
};
