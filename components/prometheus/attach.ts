/**
 * attach.ts attach|detach: puts M3's remote write and read into the configuration of a Prometheus that is already there, or takes
 * them out again; its arguments and volumes likewise. Standard input: JSON, see attachment.ts. Prometheus reads its configuration at
 * start, and a mounted ConfigMap reaches a pod only after a minute: the workload is rolled by an annotation, and waited for.
 */
import { text } from "node:stream/consumers";
import { messageOf, UserError } from "../../support/errors.ts";
import { clientsFromEnvironment } from "../kubernetes.ts";
import { attachTo, detachFrom } from "./attaching.ts";
import { type Attachment, planOf } from "./attachment.ts";
import { mustBeThere, serverAt } from "./live-server.ts";
import { withUsernames } from "./usernames.ts";

const [action] = process.argv.slice(2);

try {
    if (action !== "attach" && action !== "detach") {
        throw new UserError(`attach.ts: ${action ?? "nothing"} is not known; use attach or detach`, [], 64);
    }
    const attachment = JSON.parse(await text(process.stdin)) as Attachment;
    const { prometheus, config, pod, rolloutLimit } = attachment;
    const { namespace, workload, configMap } = prometheus;
    const clients = clientsFromEnvironment();
    const live = serverAt(clients, prometheus, rolloutLimit);
    const name = `${namespace}/${workload.name}`;
    if (action === "attach") {
        mustBeThere((await live.read()).state, prometheus);
        const resolved = await withUsernames(clients.core, namespace, config, pod.secrets);
        const next = `kubectl -n ${namespace} logs ${workload.kind.toLowerCase()}/${workload.name}`;
        await attachTo(live, planOf({ ...attachment, config: resolved }), next);
        console.log(`${name} writes to ${config.remote_write.url}`);
        console.log(
            config.remote_read ? `and reads from ${config.remote_read.url}` : "and, as an agent, reads nothing",
        );
    } else if (await live.there()) {
        await detachFrom(live, planOf(attachment));
        console.log(`${name} has its own configuration back`);
    } else {
        await live.forget();
        console.log(`${namespace}/${configMap} is gone: nothing to give back`);
    }
} catch (error) {
    console.error(messageOf(error));
    process.exitCode = error instanceof UserError ? error.exitCode : 1;
}
