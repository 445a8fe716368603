import { setTimeout as sleep } from "node:timers/promises";
import { messageOf, UserError } from "../../support/errors.ts";
import { namespaceRequest } from "../../support/m3-namespace.ts";
import { shorten } from "../access/http.ts";
import type { Kubernetes } from "../access/kubernetes.ts";
import { type Diagnosis, diagnose, missingOf, unreadyOf } from "./cause.ts";
import { type Admin, adminPaths, type Look, lookAt } from "./evidence.ts";

export interface FreeOptions {
    namespace: string;
    cluster: string;
    operatorNamespace: string;
    /** Only look. */
    dryRun: boolean;
    /** Seconds in all. */
    limit: number;
    /** Seconds between two looks; 2 unless told. */
    every?: number;
    /** Seconds between the two looks that a hang is known by; 6 unless told. */
    settle?: number;
    say(text: string): void;
    /** What is waited for. */
    note(text: string): void;
}

export interface Freed {
    found: Diagnosis;
    /** What was done, in order; with dryRun: nothing. */
    did: string[];
    now: Diagnosis;
}

/** The operator takes any change of its object as an event; a second call only counts when the first got lost. */
const wakeAgain = 60;
const wokenAt = "m3perf.io/woken-at";

/**
 * Looks where a cluster hangs and does, step by step, the least that brings it on, until every namespace is READY. Nothing is ever
 * deleted or replaced; what is there is left as it is. Throws UserError at the limit, with what is still missing.
 */
export async function free(kubernetes: Kubernetes, options: FreeOptions): Promise<Freed> {
    const { say, note, every = 2 } = options;
    const deadline = performance.now() + options.limit * 1000;
    const hand = new Hand(kubernetes, options);
    let found = await hand.look();
    if (found.diagnosis.stuck) {
        // A cluster on its way passes through the same states within seconds.
        await sleep((options.settle ?? 6) * 1000);
        found = await hand.look();
    }
    const result = (now: Diagnosis): Freed => ({ found: found.diagnosis, did: hand.did, now });
    if (!found.diagnosis.stuck || options.dryRun) return result(found.diagnosis);
    say(`${options.namespace}/${options.cluster} is stuck: ${found.diagnosis.cause}`);
    for (let seen = found; ; seen = await hand.look()) {
        const { diagnosis } = seen;
        if (diagnosis.stage === "done") return result(diagnosis);
        if (diagnosis.stuck && diagnosis.remedy === "") throw notFreed(diagnosis.cause, diagnosis, options);
        const missing = await hand.bringOn(seen);
        note(missing);
        if (performance.now() >= deadline) throw notFreed(missing, diagnosis, options);
        await sleep(every * 1000);
    }
}

function notFreed(missing: string, { evidence, next }: Diagnosis, { namespace, cluster, limit, ...of }: FreeOptions) {
    return new UserError(`${namespace}/${cluster} is not free`, [
        { what: missing, why: `after ${limit} s at most` },
        ...evidence.map((what) => ({ what })),
        {
            what: "it may be run again at any time",
            next:
                next ||
                `kubectl -n ${of.operatorNamespace} logs statefulset/m3db-operator; after a long hang the operator waits for minutes before it goes on, and kubectl -n ${of.operatorNamespace} rollout restart statefulset/m3db-operator ends that`,
        },
    ]);
}

/** What one run has done so far, and the steps. */
class Hand {
    readonly did: string[] = [];
    readonly #kubernetes: Kubernetes;
    readonly #options: FreeOptions;
    #woken: number | undefined;

    constructor(kubernetes: Kubernetes, options: FreeOptions) {
        this.#kubernetes = kubernetes;
        this.#options = options;
    }

    async look(): Promise<Look & { diagnosis: Diagnosis }> {
        const { namespace, cluster, operatorNamespace } = this.#options;
        const object = await this.#kubernetes.m3dbCluster(namespace, cluster);
        const look = await lookAt(this.#kubernetes, object, operatorNamespace);
        return { ...look, diagnosis: diagnose(look.evidence) };
    }

    /** One step, where one can be made; returns what is waited for then. */
    async bringOn({ evidence, admin, diagnosis: { stage } }: Look & { diagnosis: Diagnosis }): Promise<string> {
        if (stage === "coordinator" && evidence.endpoint.answer === "silent")
            return `waiting for ${evidence.endpoint.address} to serve: ${evidence.endpoint.detail}`;
        if (stage === "coordinator") return await this.#wake();
        if (stage === "namespaces" && admin) return await this.#create(admin, missingOf(evidence));
        if (stage === "ready" && admin) return await this.#makeReady(admin, unreadyOf(evidence));
        return "waiting for a coordinator that answers";
    }

    /** Each event doubles the time that the operator waits after a failure (client-go's rate limiter): not more than needed. */
    async #wake(): Promise<string> {
        const { namespace, cluster } = this.#options;
        const now = performance.now();
        if (this.#woken === undefined || now - this.#woken > wakeAgain * 1000) {
            this.#woken = now;
            await this.#kubernetes.annotateM3dbCluster(namespace, cluster, wokenAt, new Date().toISOString());
            this.#done(`woke the operator: annotation ${wokenAt} on m3dbcluster ${namespace}/${cluster}`);
        }
        return "waiting for the operator to go on";
    }

    async #create(admin: Admin, missing: ReturnType<typeof missingOf>): Promise<string> {
        for (const namespace of missing) {
            const body = namespaceRequest(namespace);
            const refused = await post(admin, adminPaths.namespaces, body, [409]); // 409: somebody else was faster
            if (refused) return `creating the namespace ${namespace.name}: ${refused}`;
            this.#done(`created the namespace ${namespace.name} through ${admin.name}`);
        }
        return "waiting for the database pods to bootstrap the namespaces";
    }

    async #makeReady(admin: Admin, names: string[]): Promise<string> {
        for (const name of names) {
            // Refused until a majority of the database pods has bootstrapped the namespace (namespace/ready.go).
            const refused = await post(admin, adminPaths.ready, { name });
            if (refused) return `making the namespace ${name} ready: ${refused}`;
            this.#done(`made the namespace ${name} ready through ${admin.name}`);
        }
        return "waiting for the namespaces to be READY";
    }

    #done(text: string): void {
        this.did.push(text);
        this.#options.say(text);
    }
}

/** Why it was refused; undefined when it was not. */
async function post(admin: Admin, path: string, body: unknown, besides: number[] = []): Promise<string | undefined> {
    try {
        const { status, body: text } = await admin.call(path, { method: "POST", body });
        return status < 300 || besides.includes(status) ? undefined : `HTTP ${status} ${shorten(text)}`;
    } catch (error) {
        return messageOf(error);
    }
}
