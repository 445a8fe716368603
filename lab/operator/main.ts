/**
 * m3db-operator, the substitute: reconciles M3DBCluster (operator.m3db.io/v1alpha1) as m3db-operator 0.14 does. Used only
 * where the official image cannot be pulled; bundled to one file and put into an image of the same name (lab/images).
 *
 * On purpose the same, its traps included: what it makes, the order of its calls, conditions, events, the finalizer, no
 * requeue of a failed sync, no `/namespace/ready` with an external coordinator, namespaces pruned.
 * Different: it never installs the CRD; it patches finalizers and status where the real one writes the whole object
 * (reconcile/deletion.ts); no metrics on :8080; StatefulSets are counted in the spec's order whatever the groups' names (the
 * real one sorts them by name, which sticks when the spec is not sorted); requests to M3 have a time limit.
 * Followed from documentation, not seen from the real one: carbon ingester, node sources of pod identity, OnDelete updates.
 */
import { messageOf } from "../../support/errors.ts";
import { runController } from "./controller.ts";
import { type Flags, parseFlags, UsageError } from "./flags.ts";
import { KubeClient } from "./kube/client.ts";
import { fileConfig, inClusterConfig } from "./kube/config.ts";
import { createLog, type Log } from "./log.ts";
import { coordinatorUrl, m3Admin, proxiedCoordinatorUrl } from "./m3admin.ts";

async function main(flags: Flags, log: Log): Promise<void> {
    const stopping = new AbortController();
    for (const signal of ["SIGINT", "SIGTERM"] as const) {
        process.on(signal, () => {
            if (stopping.signal.aborted) process.exit(1);
            log.warn("received shutdown signal", { signal });
            stopping.abort();
        });
    }
    const config = flags.kubeconfig ? await fileConfig(flags.kubeconfig) : await inClusterConfig();
    log.info("starting m3db-operator substitute", { behavesAs: "v0.14.0", server: config.server.host });
    const url = flags.proxy ? proxiedCoordinatorUrl : coordinatorUrl;
    await runController({
        kube: new KubeClient(config),
        m3: (cluster) => m3Admin(cluster, { url, log }),
        log,
        signal: stopping.signal,
    });
    log.info("stopped");
}

async function start(): Promise<void> {
    let flags: Flags;
    try {
        flags = parseFlags(process.argv.slice(2));
    } catch (error) {
        if (!(error instanceof UsageError)) throw error;
        console.error(error.message);
        process.exitCode = 2;
        return;
    }
    const log = createLog(flags);
    try {
        await main(flags, log);
        process.exit(0); // kept-alive connections must not hold the process
    } catch (error) {
        log.error("m3db-operator failed", { error: messageOf(error) });
        process.exit(1);
    }
}

void start();
