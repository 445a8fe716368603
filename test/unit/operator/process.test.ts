import assert from "node:assert/strict";
import { setTimeout as wait } from "node:timers/promises";
import { EventRecorder } from "../../../lab/operator/events.ts";
import { parseFlags, UsageError } from "../../../lab/operator/flags.ts";
import { createLog, silent } from "../../../lab/operator/log.ts";
import { WorkQueue } from "../../../lab/operator/queue.ts";
import { FakeKube, makeCluster } from "./fixtures.ts";

describe("operator: queue", () => {
    it("a failure is not tried again by itself; the next event does, later each time", async () => {
        const runs: number[] = [];
        let fail = true;
        const begun = performance.now();
        const work = async () => {
            runs.push(performance.now() - begun);
            if (fail) throw new Error("no coordinator");
        };
        const lines: string[] = [];
        const log = createLog({ debug: false, humanTime: true, devel: false }, (line) => lines.push(line));
        const queue = new WorkQueue(work, log, { base: 20 });
        queue.add("m3db/m3-cluster");
        await wait(150);
        assert.equal(runs.length, 1);
        assert.match(lines[0] ?? "", /error syncing 'm3db\/m3-cluster': no coordinator/);
        queue.add("m3db/m3-cluster");
        await wait(150);
        assert.equal(runs.length, 2);
        fail = false;
        queue.add("m3db/m3-cluster"); // the third: 80 ms
        await wait(40);
        assert.equal(runs.length, 2);
        await wait(150);
        assert.equal(runs.length, 3);
        queue.add("m3db/m3-cluster"); // after a success: 20 ms again
        await wait(70);
        assert.equal(runs.length, 4);
        await queue.stop();
    });

    it("one run at a time for a key, one more for events in between; keys do not wait for each other", async () => {
        let running = 0;
        let most = 0;
        const runs: string[] = [];
        const queue = new WorkQueue(
            async (key) => {
                if (key === "slow") {
                    running += 1;
                    most = Math.max(most, running);
                    await wait(120);
                    running -= 1;
                }
                runs.push(key);
            },
            silent,
            { base: 1 },
        );
        queue.add("slow");
        await wait(30);
        for (let n = 0; n < 5; n += 1) queue.add("slow");
        queue.add("quick");
        await wait(60);
        assert.deepEqual(runs, ["quick"]);
        await wait(250);
        assert.deepEqual(runs, ["quick", "slow", "slow"]);
        assert.equal(most, 1);
        await queue.stop();
    });

    it("stop waits for the work at hand and takes no more", async () => {
        let done = 0;
        const queue = new WorkQueue(
            async () => {
                await wait(50);
                done += 1;
            },
            silent,
            { base: 1 },
        );
        queue.add("a");
        await wait(20);
        await queue.stop();
        assert.equal(done, 1);
        queue.add("a");
        await wait(80);
        assert.equal(done, 1);
    });
});

describe("operator: process", () => {
    it("takes the official flags as Go does, and no other", () => {
        const flags = parseFlags(["-debug", "--human-time", "-manage-crd=false", "-masterhost", "http://x"], {});
        assert.deepEqual(flags, { kubeconfig: "", debug: true, devel: false, humanTime: true, proxy: false });
        assert.equal(parseFlags(["-kubecfg-file", "/k"], { KUBECONFIG: "/other" }).kubeconfig, "/k");
        assert.equal(parseFlags([], { KUBECONFIG: "/other" }).kubeconfig, "/other");
        assert.equal(parseFlags(["-debug=false"], {}).debug, false);
        assert.throws(() => parseFlags(["-debg"], {}), UsageError);
        assert.throws(() => parseFlags(["-debug=maybe"], {}), /invalid boolean value "maybe"/);
        assert.throws(() => parseFlags(["-kubecfg-file"], {}), /needs an argument/);
    });

    it("one log line an action, of JSON or for people; debug only when asked", () => {
        const lines: string[] = [];
        const write = (line: string) => lines.push(line);
        createLog({ debug: false, humanTime: false, devel: false }, write).debug("hidden");
        createLog({ debug: true, humanTime: true, devel: false }, write).debug("seen", { name: "x" });
        createLog({ debug: false, humanTime: false, devel: false }, write).info("plain");
        createLog({ debug: false, humanTime: false, devel: true }, write).warn("for people", { n: 1 });
        assert.equal(lines.length, 3);
        const [seen, plain] = lines.slice(0, 2).map((line) => JSON.parse(line) as Record<string, unknown>);
        assert.equal(seen?.msg, "seen");
        assert.equal(seen?.level, "debug");
        assert.match(String(seen?.ts), /^\d{4}-\d\d-\d\dT/);
        assert.equal(typeof plain?.ts, "number");
        assert.match(lines[2] ?? "", /\tWARN\tfor people\t\{"n":1\}\n$/);
    });

    it("events: the same one again raises its count; one that fails is forgotten", async () => {
        const journal: string[] = [];
        const kube = new FakeKube(journal);
        const events = new EventRecorder(kube, silent);
        const cluster = makeCluster();
        events.warning(cluster, "FailedToSync", "no");
        events.warning(cluster, "FailedToSync", "no");
        events.normal(cluster, "Creating", "created namespace default");
        await events.flushed();
        assert.equal(journal.length, 3);
        assert.match(journal[0] ?? "", /^kube create events m3-cluster\.[0-9a-f]{16}$/);
        assert.match(journal[1] ?? "", /^kube patch events m3-cluster\.[0-9a-f]{16} \{"count":2,/);
        const [event] = await kube.list("events", "m3db");
        assert.deepEqual(event?.involvedObject, {
            apiVersion: "operator.m3db.io/v1alpha1",
            kind: "M3DBCluster",
            name: "m3-cluster",
            namespace: "m3db",
            uid: cluster.metadata.uid,
            resourceVersion: "10",
        });
        assert.deepEqual(event?.source, { component: "m3db-controller" });
        kube.onChange = () => {
            throw new Error("forbidden");
        };
        events.normal(cluster, "Deleting", "deleted namespace x");
        await events.flushed();
    });
});
