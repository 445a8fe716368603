/**
 * attach-resource.ts attach|detach: puts M3's remote write and read into a Prometheus custom resource, or takes them out again.
 * Standard input: JSON, see resource-attachment.ts. The prometheus-operator does the rest, and is waited for.
 */
import { text } from "node:stream/consumers";
import { messageOf, UserError } from "../../support/errors.ts";
import { clientsFromEnvironment } from "../kubernetes.ts";
import { attachTo, detachFrom } from "./attaching.ts";
import { resourceAt } from "./live-resource.ts";
import { type ResourceAttachment, resourcePlan } from "./resource-attachment.ts";

const [action] = process.argv.slice(2);

try {
    if (action !== "attach" && action !== "detach") {
        throw new UserError(`attach-resource.ts: ${action ?? "nothing"} is not known; use attach or detach`, [], 64);
    }
    const attachment = JSON.parse(await text(process.stdin)) as ResourceAttachment;
    const { prometheus, config, rolloutLimit } = attachment;
    const { namespace, name } = prometheus;
    const live = resourceAt(clientsFromEnvironment(), prometheus, rolloutLimit);
    const there = (await live.find()) !== undefined;
    if (action === "attach" && !there) {
        throw new UserError(`there is no Prometheus custom resource ${namespace}/${name}`, {
            what: "the site file's prometheus section (kind: operator) names it",
            next: "kubectl get prometheuses.monitoring.coreos.com --all-namespaces",
        });
    }
    if (action === "attach") {
        const next = `kubectl -n ${namespace} describe prometheuses.monitoring.coreos.com ${name}`;
        await attachTo(live, resourcePlan(attachment), next);
        console.log(`Prometheus ${namespace}/${name} writes to ${config.remoteWrite.url}`);
        console.log(`and reads from ${config.remoteRead.url}`);
    } else if (there) {
        await detachFrom(live, resourcePlan(attachment));
        console.log(`Prometheus ${namespace}/${name} has its own configuration back`);
    } else {
        await live.forget();
        console.log(`Prometheus ${namespace}/${name} is gone: nothing to give back`);
    }
} catch (error) {
    console.error(messageOf(error));
    process.exitCode = error instanceof UserError ? error.exitCode : 1;
}
