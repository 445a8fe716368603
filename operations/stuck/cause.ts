import type { Evidence } from "./evidence.ts";

/**
 * Where a bring-up stands.
 * - `done`: placement there, every namespace READY.
 * - `starting`: the pods do not run yet; no hang of this kind.
 * - `coordinator`, `namespaces`, `ready`: causes 1 to 3 of facts.md 4, "Why externalCoordinator hangs".
 * - `emptied`: there was a placement, and etcd has it no more.
 * - `halted`: the M3DBCluster itself stands in the way. `untold`: nobody could be asked.
 */
export type Stage = "done" | "starting" | "coordinator" | "namespaces" | "ready" | "emptied" | "halted" | "untold";

export interface Diagnosis {
    stage: Stage;
    stuck: boolean;
    /** What was seen, one line each. */
    evidence: string[];
    cause: string;
    /** What `m3perf free` does about it; empty where it can do nothing. */
    remedy: string;
    /** What a person does about it where `m3perf free` can do nothing. */
    next: string;
}

/** Pure: the whole judgement. */
export function diagnose(evidence: Evidence): Diagnosis {
    const verdict = judge(evidence);
    const stuck = verdict.stage !== "done" && verdict.stage !== "starting";
    return { remedy: "", next: "", ...verdict, stuck, evidence: linesOf(evidence) };
}

type Verdict = Pick<Diagnosis, "stage" | "cause"> & Partial<Pick<Diagnosis, "remedy" | "next">>;

function judge(seen: Evidence): Verdict {
    const { namespace } = seen;
    if (seen.deleting) return { stage: "starting", cause: "it is being deleted" };
    // The operator makes a placement once: neither a wake-up nor the pods' own way brings this one back.
    if (isEmptied(seen)) return { stage: "emptied", cause: plain.emptied, next: restore };
    const stage = stageOf(seen);
    if (stage === "untold")
        return { stage, cause: plain[stage], next: `kubectl -n ${namespace} get pods,services -o wide` };
    if (stage === "done" || stage === "starting") return { stage, cause: plain[stage] };
    return inTheWay(seen, stage) ?? { stage, ...causes[stage](seen) };
}

/** What the M3DBCluster itself has against going on; a person has to decide that. */
function inTheWay(seen: Evidence, stage: "coordinator" | "namespaces" | "ready"): Verdict | undefined {
    const { endpoint, m3, wanted, namespace, cluster } = seen;
    const patch = (spec: object) =>
        `kubectl -n ${namespace} patch m3dbcluster ${cluster} --type merge -p '${JSON.stringify({ spec })}'`;
    const halted = (cause: string, next: string): Verdict => ({ stage: "halted", cause, next });
    // The ready call is between us and M3: it needs no operator.
    if (stage === "ready") return undefined;
    if (seen.frozen) return halted("spec.frozen is true: the operator changes nothing", patch({ frozen: false }));
    if (wanted.length === 0)
        return halted(
            "spec.namespaces is empty: there is none to create, and the database pods wait for one",
            `kubectl -n ${namespace} edit m3dbcluster ${cluster}`,
        );
    if (endpoint.malformed)
        return halted(
            `serviceEndpoint is given with a scheme; the operator adds http:// itself and reaches nobody (${endpoint.address})`,
            patch({ externalCoordinator: { serviceEndpoint: endpoint.address.replace(/^[a-z]+:\/\//, "") } }),
        );
    const unasked = unaskedOf(seen);
    if (m3 && unasked.length > 0)
        return halted(
            `M3 has namespaces that spec.namespaces does not name (${unasked.join(", ")}): an operator that goes on deletes them with their data`,
            `kubectl -n ${namespace} edit m3dbcluster ${cluster}: name them, then m3perf free; or delete them yourself`,
        );
    return undefined;
}

/** The operator has made the placement, and M3 knows of none. */
const isEmptied = ({ placementInitialized, m3 }: Evidence) => placementInitialized && m3?.instances === 0;

const restore =
    "m3perf etcd restore FILE, with a snapshot of this environment; without one, m3perf down and up make a new environment";

const plain = {
    emptied: "the placement was made and is gone: etcd was emptied or lost",
    done: "nothing: placement and namespaces are there and READY",
    starting: "the database pods do not run yet, which is no hang of externalCoordinator: their own state tells more",
    untold: "no coordinator answers, neither in the database pods nor where the operator asks, so M3's own state cannot be told",
};

function stageOf({ pods, instances, endpoint, m3, wanted }: Evidence): Exclude<Stage, "halted" | "emptied"> {
    const allReady = pods.length >= instances && pods.every(({ ready }) => ready);
    if (!m3) {
        if (!allReady) return "starting";
        return endpoint.answer === "silent" || endpoint.malformed ? "coordinator" : "untold";
    }
    // Without a placement a database pod is Ready as soon as it runs (/bootstrappedinplacementornoplacement).
    if (m3.instances === 0) return allReady ? "coordinator" : "starting";
    const missing = wanted.filter(({ name }) => !(name in m3.namespaces));
    if (missing.length > 0 || wanted.length === 0) return allReady ? "coordinator" : "namespaces";
    return wanted.every(({ name }) => m3.namespaces[name] === "READY") ? "done" : "ready";
}

const causes: Record<"coordinator" | "namespaces" | "ready", (seen: Evidence) => Omit<Verdict, "stage">> = {
    coordinator: ({ endpoint, namespace, cluster }) => ({
        cause:
            endpoint.answer === "silent"
                ? `the coordinator that the operator asks (${endpoint.address}) does not serve: the operator tries for 15 s, gives up and does not come back by itself`
                : `the operator gave up while the coordinator that it asks (${endpoint.address}) did not serve; it comes back with the next event or its 5-minute look only`,
        remedy: `wait until ${endpoint.address} serves, then wake the operator by an annotation on m3dbcluster ${namespace}/${cluster}`,
    }),
    namespaces: (seen) => ({
        cause: "the placement was there before the namespaces: the database pods wait for one and are not Ready, and the operator waits for Ready pods before it creates any",
        remedy: `create from spec.namespaces, through ${seen.m3?.through}: ${missingOf(seen)
            .map(({ name }) => name)
            .join(", ")}; then make them ready`,
    }),
    ready: (seen) => ({
        cause: seen.endpoint.external
            ? "with externalCoordinator the operator returns before it calls /namespace/ready: writes are refused while /ready says 200"
            : "the operator's call of /namespace/ready has not succeeded: the pods were still bootstrapping, or the cluster had an externalCoordinator then",
        remedy: `POST /api/v1/services/m3db/namespace/ready, through ${seen.m3?.through}, for ${unreadyOf(seen).join(", ")}`,
    }),
};

/** Namespaces that M3 has not. */
export const missingOf = ({ wanted, m3 }: Evidence) => wanted.filter(({ name }) => !(name in (m3?.namespaces ?? {})));

/** Names of those that M3 has and the M3DBCluster does not name: the operator prunes them (facts.md 4, traps). */
const unaskedOf = ({ wanted, m3 }: Evidence) =>
    Object.keys(m3?.namespaces ?? {}).filter((name) => !wanted.some((one) => one.name === name));

/** Names of the namespaces that M3 has and that are not READY. */
export const unreadyOf = ({ wanted, m3 }: Evidence): string[] =>
    wanted.map(({ name }) => name).filter((name) => (m3?.namespaces[name] ?? "READY") !== "READY");

function linesOf(seen: Evidence): string[] {
    const { endpoint, pods, instances, m3, wanted } = seen;
    const field = endpoint.external ? "spec.externalCoordinator.serviceEndpoint" : "no externalCoordinator; asked is";
    const answer = endpoint.malformed ? "not an address" : endpoint.answer;
    const states = wanted.map(({ name }) => `${name} ${m3?.namespaces[name] ?? "absent"}`);
    const unasked = unaskedOf(seen);
    const none = isEmptied(seen) ? "gone" : "none";
    return [
        `${field} ${endpoint.address}: ${answer}${endpoint.detail ? ` (${endpoint.detail})` : ""}`,
        `condition PlacementInitialized: ${seen.placementInitialized ? "True" : "absent"}${seen.frozen ? "; spec.frozen: true" : ""}`,
        `database pods Ready: ${pods.filter(({ ready }) => ready).length} of ${instances}`,
        ...(m3
            ? [
                  `placement, asked through ${m3.through}: ${m3.instances === 0 ? none : `${m3.instances} of ${instances} instances`}`,
                  `namespaces: ${states.join(", ") || "none asked for"}${unasked.length > 0 ? `; not asked for: ${unasked.join(", ")}` : ""}`,
              ]
            : ["placement and namespaces: no coordinator answers"]),
    ];
}
