/** The hang at etcd's watch, of a small cluster beside the environment's; test/e2e/47 makes each of its causes. */
import { waitFor } from "../../../support/wait.ts";
import { Hang } from "../hang.ts";
import type { Fault, Hand } from "./fault.ts";

const made = new WeakMap<Hand, Hang>();

export const placementFirst: Fault = {
    name: "a placement made by hand before the operator came to it",
    trouble: "etcd-watch-hang",
    failing: ["m3db.stuck"],
    says: /^hang-d: database pods Ready: 0 of 1/m,
    async inject(hand) {
        const hang = new Hang(hand.kubernetes, hand.environment.namespace, "hang-d");
        made.set(hand, hang);
        // Its look at everything every five minutes would free it by itself in the middle of the test.
        await hand.kubectl("-n", hand.environment.namespace, "delete", "pod", "-l", "app=m3db-operator");
        const operator = "statefulset/m3db-operator";
        await hand.kubectl("-n", hand.environment.namespace, "rollout", "status", operator, "--timeout=120s");
        await hang.prepare(1);
        await hang.initPlacement();
        await hang.create();
        await waitFor({ what: "the database to wait for its namespaces", timeout: 120, every: 2 }, async () => {
            return (await hang.database("/health")).status === 200;
        });
    },
    async heal(hand) {
        await made.get(hand)?.remove();
        made.delete(hand);
    },
};
