import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { copyFile, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { changesText, follow, nameOf, nothingChanged, startFollowing } from "../../../operations/stack/events.ts";
import { stackLocks } from "../../../operations/stack/lock.ts";
import { copyOfSettings } from "../../../operations/stack/session.ts";

const urn = (type: string, name: string) => `urn:pulumi:dev::m3perf::m3perf:m3:Etcd$${type}::${name}`;
const etcd = {
    op: "create",
    urn: urn("kubernetes:apps/v1:StatefulSet", "etcd"),
    type: "kubernetes:apps/v1:StatefulSet",
};

describe("the engine's events", () => {
    it("become one line for each object that changed, with its time", () => {
        const state = startFollowing();
        assert.deepEqual(follow(state, { timestamp: 10, resourcePreEvent: { metadata: etcd } }), {
            lines: [],
            note: "0 done; StatefulSet etcd",
        });
        assert.deepEqual(follow(state, { timestamp: 22, resOutputsEvent: { metadata: etcd } }).lines, [
            "+ StatefulSet etcd, 12 s",
        ]);
        const update = { ...etcd, op: "update", diffs: ["spec"], detailedDiff: { "spec.replicas": {} } };
        assert.deepEqual(follow(state, { timestamp: 30, resOutputsEvent: { metadata: update } }).lines, [
            "~ StatefulSet etcd (spec.replicas, spec)",
        ]);
        assert.equal(state.done, 2);
    });

    it("leave out what does not change, and components and providers, which are no objects", () => {
        const state = startFollowing();
        for (const type of ["pulumi:pulumi:Stack", "m3perf:m3:Etcd", "pulumi:providers:kubernetes"]) {
            const metadata = { op: "create", urn: urn(type, "x"), type };
            assert.deepEqual(follow(state, { resourcePreEvent: { metadata } }), { lines: [] });
            assert.deepEqual(follow(state, { resOutputsEvent: { metadata } }), { lines: [] });
        }
        assert.deepEqual(follow(state, { resOutputsEvent: { metadata: { ...etcd, op: "same" } } }).lines, []);
        assert.equal(state.done, 1);
    });

    it("keep errors with their resource, show warnings and plans, and pass on what a provider waits for", () => {
        const state = startFollowing();
        follow(state, { diagnosticEvent: { urn: etcd.urn, severity: "error", message: "2 of 3 ready\n" } });
        assert.deepEqual(state.errors, ["StatefulSet etcd: 2 of 3 ready"]);
        const warned = follow(state, { diagnosticEvent: { severity: "warning", message: "no cluster" } });
        assert.deepEqual(warned.lines, ["warning: no cluster"]);
        const waiting = { urn: etcd.urn, severity: "info", message: "waiting for etcd-2", ephemeral: true };
        assert.equal(follow(state, { diagnosticEvent: waiting }).note, "StatefulSet etcd: waiting for etcd-2");
        const printed = { urn: etcd.urn, severity: "info", message: "a line" };
        assert.deepEqual(follow(state, { diagnosticEvent: printed }).lines, []);
        const roll = "urn:pulumi:dev::m3perf::pulumi:pulumi:Stack$m3perf:nodes:RollingReboot::roll";
        const plan = { urn: roll, severity: "info", message: "roll a: 2 nodes\n  1. worker-1" };
        assert.deepEqual(follow(state, { diagnosticEvent: plan }).lines, ["roll a: 2 nodes", "  1. worker-1"]);
        assert.deepEqual(follow(state, { diagnosticEvent: { severity: "debug", message: "x" } }), { lines: [] });
        assert.deepEqual(follow(state, { resOpFailedEvent: { metadata: etcd, status: 1 } }).lines, [
            "! StatefulSet etcd: create failed",
        ]);
    });

    it("sum up", () => {
        const state = startFollowing();
        follow(state, { summaryEvent: { durationSeconds: 3, resourceChanges: { create: 2, same: 5 } } });
        assert.equal(changesText(state.changes ?? {}), "2 created, 5 unchanged");
        assert.equal(nothingChanged({ same: 40, refresh: 3 }), true);
        assert.equal(nothingChanged({ same: 40, update: 1 }), false);
        assert.equal(nameOf(etcd.urn), "StatefulSet etcd");
    });
});

describe("the copy of a stack's settings", () => {
    const text = "# why\nconfig:\n  m3perf:site: lab\n";

    it("has the site in use and keeps comments", () => {
        assert.equal(copyOfSettings(text, "/a/site.yaml", ""), "# why\nconfig:\n  m3perf:site: /a/site.yaml\n");
    });

    it("keeps the salt of the copy before it, unless the settings have their own", () => {
        const earlier = "config: {}\nencryptionsalt: v1:abc\n";
        assert.match(copyOfSettings(text, "lab", earlier), /\nencryptionsalt: v1:abc\n$/);
        assert.match(copyOfSettings(`${text}encryptionsalt: v1:own\n`, "lab", earlier), /encryptionsalt: v1:own\n$/);
    });
});

describe("locks of the file backend", () => {
    let state = "";
    let folder = "";
    beforeEach(async () => {
        state = await mkdtemp(join(tmpdir(), "m3perf-locks-"));
        folder = join(state, ".pulumi/locks/organization/m3perf/dev");
        await mkdir(folder, { recursive: true });
    });
    afterEach(() => rm(state, { recursive: true }));
    const lock = (pid: number, host = hostname()) =>
        writeFile(
            join(folder, "a.json"),
            JSON.stringify({ pid, hostname: host, username: "root", timestamp: "2026-11-23T05:00:00Z" }),
        );
    const states = () => stackLocks(`file://${state}`, "m3perf", "dev").map((one) => one.state);

    it("are stale when their process is gone, or is not Pulumi", async () => {
        const gone = spawn("true");
        await once(gone, "exit");
        await lock(gone.pid ?? 0);
        assert.deepEqual(states(), ["stale"]);
        await lock(process.pid);
        assert.deepEqual(states(), ["stale"]);
    });

    it("are held by a running pulumi", async () => {
        await copyFile("/bin/sleep", join(state, "pulumi"));
        const child = spawn(join(state, "pulumi"), ["60"]);
        try {
            await once(child, "spawn");
            await lock(child.pid ?? 0);
            assert.deepEqual(states(), ["running"]);
        } finally {
            child.kill("SIGKILL");
            await once(child, "exit");
        }
    });

    it("of another machine, of another backend and without a file are left alone", async () => {
        await lock(1, "elsewhere");
        assert.deepEqual(states(), ["elsewhere"]);
        await writeFile(join(folder, "a.json"), "{");
        assert.deepEqual(states(), []);
        assert.deepEqual(stackLocks("https://app.pulumi.com", "m3perf", "dev"), []);
        assert.deepEqual(stackLocks(undefined, "m3perf", "dev"), []);
    });
});
