import type { PodState, RollInput, RollSides } from "./roll-sides.ts";

/**
 * A longer or shorter retention of a namespace that is there. The operator changes no namespace; M3 takes the new period (PUT
 * …/namespace, query/api/v1/handler/namespace/update.go), and each dbnode goes by it from its next start on ("restart the process if
 * you want changes to take effect", dbnode/storage/database.go). So the pods that ran when it was changed are remembered, in the
 * cluster and by their uid, until the roll has restarted each of them: an interrupted `up` goes on from there.
 */

/** Pods that have to be restarted; "pending": M3 may have been told, and the pods not remembered yet. */
export type RetentionMark = "pending" | string[];

/** Tells M3 what it keeps for how long, where that differs. `false`: nobody answered. */
export async function retentionsTold(input: RollInput, { cluster, say }: RollSides): Promise<boolean> {
    const known = await cluster.retentions().catch(() => undefined);
    if (!known) return false;
    const changes = Object.entries(input.retentions).filter(([name, { nanoseconds }]) => {
        const now = known[name];
        return now !== undefined && now !== nanoseconds;
    });
    const mark = await cluster.retentionMark();
    if (changes.length === 0 && mark !== "pending") return true;
    await cluster.rememberForRestart("pending");
    for (const [name, { duration }] of changes) {
        await cluster.setRetention(name, duration);
        say(`namespace ${name}: M3 keeps its samples for ${duration} from each database pod's next start on`);
    }
    const pods = (await Promise.all(input.sets.map((set) => cluster.pods(set)))).flat();
    await cluster.rememberForRestart(pods.map(({ uid }) => uid));
    return true;
}

/** Those of the pods that still run by an older retention. */
export const olderThanRetention = (pods: PodState[], mark: RetentionMark | undefined): PodState[] =>
    Array.isArray(mark) ? pods.filter(({ uid }) => mark.includes(uid)) : [];
