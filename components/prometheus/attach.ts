/**
 * attach.ts attach|detach: puts M3's remote write and read into the configuration of a Prometheus that is already there, or takes
 * them out again. Standard input: JSON, see attachment.ts. Prometheus reads its configuration at start, and a mounted ConfigMap
 * reaches a pod only after a minute: the Deployment is rolled by an annotation on its pod template, and waited for.
 */
import { text } from "node:stream/consumers";
import { messageOf, UserError } from "../../support/errors.ts";
import { clientsFromEnvironment } from "../kubernetes.ts";
import { attachTo } from "./attaching.ts";
import { type Attachment, detach } from "./attachment.ts";
import { prometheusAt } from "./live-prometheus.ts";

const [action] = process.argv.slice(2);

try {
    if (action !== "attach" && action !== "detach") {
        throw new UserError(`attach.ts: ${action ?? "nothing"} is not known; use attach or detach`, [], 64);
    }
    const { prometheus, endpoints, rolloutLimit } = JSON.parse(await text(process.stdin)) as Attachment;
    const live = prometheusAt(clientsFromEnvironment(), prometheus, rolloutLimit);
    if (action === "attach") {
        const next = `kubectl -n ${prometheus.namespace} logs deployment/${prometheus.deployment}`;
        await attachTo(live, endpoints, next);
        console.log(`${prometheus.namespace}/${prometheus.deployment} writes to ${endpoints.remote_write.url}`);
        console.log(`and reads from ${endpoints.remote_read.url}`);
    } else {
        const before = await live.readIfThere();
        if (before) {
            const restored = detach(before.text, before.backup);
            if (restored !== before.text) await live.write(restored);
            await live.roll(undefined);
            await live.forget();
            console.log(`${prometheus.namespace}/${prometheus.deployment} has its own configuration back`);
        } else {
            console.log(`${prometheus.namespace}/${prometheus.configMap} is gone: nothing to give back`);
        }
    }
} catch (error) {
    console.error(messageOf(error));
    process.exitCode = error instanceof UserError ? error.exitCode : 1;
}
