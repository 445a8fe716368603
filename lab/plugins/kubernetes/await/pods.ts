/** Why pods are not ready, in words: unschedulable, image pull, crash, probe; with the newest warning events. */
import {
    at,
    isObject,
    type Json,
    type JsonObject,
    listAt,
    nameOf,
    namespaceOf,
    numberAt,
    textAt,
} from "../cluster/objects.ts";
import { because, conditionOf } from "./conditions.ts";
import type { AwaitContext } from "./types.ts";

export function isPodReady(pod: JsonObject): boolean {
    return conditionOf(pod, "Ready")?.status === "True";
}

/** What a pod's own status says of it; "" when there is nothing to complain about. */
export function podTrouble(pod: JsonObject): string {
    if (textAt(pod, "metadata", "deletionTimestamp") !== "") return "is being deleted";
    const phase = textAt(pod, "status", "phase");
    if (phase === "Failed") {
        const why = textAt(pod, "status", "message") || textAt(pod, "status", "reason");
        return [`failed${why ? `: ${why}` : ""}`, ...containerTroubles(pod)].join("; ");
    }
    if (phase === "Succeeded" || isPodReady(pod)) return "";
    const scheduled = conditionOf(pod, "PodScheduled");
    if (scheduled?.status === "False") return `cannot be scheduled: ${because(scheduled)}`;
    if (!scheduled) return "waits for the scheduler";
    const troubles = containerTroubles(pod);
    if (troubles.length > 0) return troubles.join("; ");
    const readyNow = conditionOf(pod, "Ready");
    return readyNow ? `is not ready: ${because(readyNow)}` : "is not ready: its node has not reported on it";
}

function containerTroubles(pod: JsonObject): string[] {
    const statuses = [...listAt(pod, "status", "initContainerStatuses"), ...listAt(pod, "status", "containerStatuses")];
    return statuses.flatMap((status) => {
        const name = textAt(status, "name");
        const pending = at(status, "state", "waiting");
        const ended = at(status, "state", "terminated") ?? at(status, "lastState", "terminated");
        const exit = isObject(ended) ? exitOf(ended) : "";
        if (isObject(pending)) {
            const reason = because({ reason: textAt(pending, "reason"), message: textAt(pending, "message") });
            if (textAt(pending, "reason") === "PodInitializing") return [];
            return [`container ${name}: ${reason}${exit && ` (last: ${exit})`}`];
        }
        if (at(status, "state", "terminated") !== undefined && numberAt(ended, "exitCode") !== 0)
            return [`container ${name}: ${exit}`];
        if (at(status, "state", "running") !== undefined && at(status, "ready") === false) {
            const restarts = numberAt(status, "restartCount");
            return [
                `container ${name} runs but is not ready${restarts ? `, ${restarts} restarts` : ""}${exit && ` (last: ${exit})`}`,
            ];
        }
        return [];
    });
}

function exitOf(ended: Json): string {
    const message = textAt(ended, "message").trim().split("\n").at(-1) ?? "";
    const signal = numberAt(ended, "signal");
    return `${textAt(ended, "reason") || "ended"}, exit code ${numberAt(ended, "exitCode")}${signal ? `, signal ${signal}` : ""}${message && `: ${message}`}`;
}

/** The pods that a label selector (matchLabels and matchExpressions) selects. */
export function podsOf(selector: Json | undefined, namespace: string, context: AwaitContext): Promise<JsonObject[]> {
    const labelSelector = selectorText(selector);
    if (labelSelector === "") return Promise.resolve([]);
    return context.connection.list("v1", "Pod", namespace, { labelSelector }, context.signal);
}

export function selectorText(selector: Json | undefined): string {
    const labels = at(selector, "matchLabels");
    const parts = Object.entries(isObject(labels) ? labels : {}).map(([key, value]) => `${key}=${value}`);
    for (const expression of listAt(selector, "matchExpressions")) {
        const key = textAt(expression, "key");
        const values = listAt(expression, "values").join(",");
        const operators: Record<string, string> = {
            In: `${key} in (${values})`,
            NotIn: `${key} notin (${values})`,
            Exists: key,
            DoesNotExist: `!${key}`,
        };
        parts.push(operators[textAt(expression, "operator")] ?? key);
    }
    return parts.join(",");
}

const shownPods = 5;

/** One line for each pod in trouble (at most five, and how many more), each with its newest warning event. */
export async function explainPods(pods: JsonObject[], context: AwaitContext): Promise<string[]> {
    const troubled = pods.flatMap((pod) => {
        const trouble = podTrouble(pod);
        return trouble === "" ? [] : [{ pod, trouble }];
    });
    const lines = await Promise.all(
        troubled.slice(0, shownPods).map(async ({ pod, trouble }) => {
            const [event] = await warningsAbout(pod, context);
            const repeated =
                event === undefined || trouble.includes(event.slice(event.indexOf(": ") + 2, event.indexOf(": ") + 40));
            return `pod ${nameOf(pod)} ${trouble}${repeated ? "" : `; event ${event}`}`;
        }),
    );
    if (troubled.length > shownPods) lines.push(`and ${troubled.length - shownPods} more pods`);
    return lines;
}

/** Warning events about an object, newest first: "FailedMount: …". */
export async function warningsAbout(object: JsonObject, context: AwaitContext): Promise<string[]> {
    const uid = textAt(object, "metadata", "uid");
    const selectors = { fieldSelector: `involvedObject.uid=${uid},type=Warning` };
    const events = await context.connection.list("v1", "Event", namespaceOf(object), selectors, context.signal);
    const time = (event: JsonObject) =>
        textAt(event, "lastTimestamp") || textAt(event, "eventTime") || textAt(event, "metadata", "creationTimestamp");
    return events
        .sort((a, b) => time(b).localeCompare(time(a)))
        .map((event) => because({ reason: textAt(event, "reason"), message: textAt(event, "message") }));
}
