import type { Environment, EnvironmentService } from "../../../settings/environment.ts";
import type { Workload } from "../../access/cluster-hands.ts";
import type { Step } from "./step.ts";
import type { PodTarget } from "./targets.ts";

const etcdSet = ({ namespace, etcd }: Environment): Workload => ({
    kind: "StatefulSet",
    namespace,
    name: etcd.statefulSet,
});

/** So many members less; the highest go first. Their volumes stay. */
export function loseEtcdMembers(count: number): Step {
    return {
        title: count === 1 ? "take one etcd member away" : `take ${count} etcd members away`,
        async run({ environment, replicas, faults }) {
            const workload = etcdSet(environment);
            const from = await replicas(workload);
            await faults.make({ kind: "scale", workload, from, to: Math.max(from - count, 0) });
        },
    };
}

type Service = "coordinator" | "query" | "aggregator";

function workloadOf({ namespace }: Environment, { workload }: EnvironmentService): Workload {
    return { kind: workload.kind, namespace, name: workload.name };
}

/** Deletes all pods of a service at once: Kubernetes starts new ones, which have to come up with what there is then. */
export function restartAll(service: Service): Step {
    return {
        title: `restart every ${service}`,
        async run({ environment, faults }) {
            const { selector } = environment[service].workload;
            await faults.make({ kind: "restart", workload: workloadOf(environment, environment[service]), selector });
        },
    };
}

/** A database pod loses all of its files, as by a replaced disk, and starts again with none. */
export function wipe(target: PodTarget): Step {
    return {
        title: `delete the data of the ${target.text}`,
        run: ({ environment, faults }) =>
            faults.make({ kind: "wipe", namespace: environment.namespace, pod: target.of(environment) }),
    };
}
