import { randomBytes } from "node:crypto";
import { messageOf } from "../../support/errors.ts";
import type { Kube } from "./kube/client.ts";
import type { Log } from "./log.ts";
import type { KubeObject } from "./types.ts";

/** Reasons as 0.14 writes them. */
export type Reason =
    | "Creating"
    | "FailedToCreate"
    | "Deleting"
    | "SuccessfulUpdate"
    | "FailedToUpdate"
    | "SuccessfulSync"
    | "FailedToSync"
    | "TimeLongerThanUsual"
    | "Unknown";

export interface Events {
    normal(object: KubeObject, reason: Reason, message: string): void;
    warning(object: KubeObject, reason: Reason, message: string): void;
}

const component = "m3db-controller";
const remembered = 200;

/**
 * Kubernetes events on a cluster or a pod. Written in the background and in order: an event that cannot be written is
 * logged and forgotten, it never fails a sync. The same event again only raises its count.
 */
export class EventRecorder implements Events {
    readonly #kube: Kube;
    readonly #log: Log;
    readonly #known = new Map<string, { name: string; count: number }>();
    #queue: Promise<void> = Promise.resolve();

    constructor(kube: Kube, log: Log) {
        this.#kube = kube;
        this.#log = log;
    }

    normal(object: KubeObject, reason: Reason, message: string): void {
        this.#record(object, "Normal", reason, message);
    }

    warning(object: KubeObject, reason: Reason, message: string): void {
        this.#record(object, "Warning", reason, message);
    }

    /** When all events so far are written. */
    flushed(): Promise<void> {
        return this.#queue;
    }

    #record(object: KubeObject, type: string, reason: Reason, message: string): void {
        this.#queue = this.#queue
            .then(() => this.#write(object, type, reason, message))
            .catch((error) => this.#log.warn("could not write event", { reason, error: messageOf(error) }));
    }

    async #write(object: KubeObject, type: string, reason: Reason, message: string): Promise<void> {
        const { name, namespace = "default", uid, resourceVersion } = object.metadata;
        const now = new Date().toISOString().replace(/\.\d+Z$/, "Z");
        const key = [uid, type, reason, message].join("\n");
        const known = this.#known.get(key);
        if (known) {
            known.count += 1;
            await this.#kube.patch("events", namespace, known.name, { count: known.count, lastTimestamp: now });
            return;
        }
        const event = `${name}.${randomBytes(8).toString("hex")}`;
        await this.#kube.create("events", namespace, {
            apiVersion: "v1",
            kind: "Event",
            metadata: { name: event, namespace },
            involvedObject: { apiVersion: object.apiVersion, kind: object.kind, name, namespace, uid, resourceVersion },
            type,
            reason,
            message: message.slice(0, 1000),
            source: { component },
            count: 1,
            firstTimestamp: now,
            lastTimestamp: now,
        });
        this.#known.set(key, { name: event, count: 1 });
        for (const oldest of this.#known.keys()) {
            if (this.#known.size <= remembered) break;
            this.#known.delete(oldest);
        }
    }
}
