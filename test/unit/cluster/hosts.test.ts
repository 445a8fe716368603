import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { parse } from "yaml";
import { addressPlan } from "../../../lab/cluster/addresses.ts";
import { labHosts, scaleNote, smallestMachine } from "../../../lab/cluster/hosts.ts";
import type { LabRecord } from "../../../lab/cluster/record.ts";
import { committedSite, labSite } from "../../../lab/cluster/site.ts";
import { labState } from "../../../lab/cluster/status.ts";
import { widened } from "../../../lab/cluster/up.ts";
import type { LabNode } from "../../../lab/types.ts";
import type { Site } from "../../../settings/site.ts";
import { projectRoot } from "../../../support/paths.ts";

describe("lab hosts", () => {
    const hosts = labHosts(smallestMachine);

    it("are the reference topology's seven", () => {
        assert.deepEqual(
            hosts.map(({ name }) => name),
            ["master", "worker-1", "worker-2", "worker-3", "worker-4", "worker-5", "repository"],
        );
        assert.deepEqual(
            hosts.flatMap(({ isolationGroup = [] }) => isolationGroup),
            ["rep0", "rep1", "rep2"],
        );
    });

    it("are no larger than the reference, however large the machine", () => {
        for (const machine of [smallestMachine, { cores: 64, memoryMi: 512 * 1024 }]) {
            for (const host of labHosts(machine)) {
                assert.ok(host.cpu <= host.reference.cpu, host.name);
                assert.ok(host.ceilingMi <= host.reference.memoryGi * 1024, `${host.name} ${host.ceilingMi}`);
                assert.ok(host.podMemoryMi < host.ceilingMi);
            }
        }
    });

    it("reach the reference on a machine that is large enough", () => {
        for (const host of labHosts({ cores: 64, memoryMi: 512 * 1024 })) {
            assert.equal(host.ceilingMi, host.reference.memoryGi * 1024, host.name);
            assert.equal(host.cpu, host.reference.cpu);
        }
    });

    it("grow with the machine", () => {
        const [small, large] = [hosts[1], labHosts({ cores: 8, memoryMi: 48 * 1024 })[1]];
        assert.equal(large?.podMemoryMi, 2 * (small?.podMemoryMi ?? 0));
        assert.equal(labHosts({ cores: 2, memoryMi: 23.5 * 1024 })[1]?.podMemoryMi, small?.podMemoryMi);
    });

    it("may be more for M3DB, as many in each isolation group, on addresses of their own", () => {
        const more = labHosts(smallestMachine, 9);
        assert.deepEqual(more.slice(0, hosts.length), hosts);
        assert.equal(new Set(more.map(({ ordinal }) => ordinal)).size, 13);
        assert.deepEqual(
            more.slice(hosts.length).map(({ name, isolationGroup }) => `${name} ${isolationGroup}`),
            ["worker-6 rep0", "worker-7 rep1", "worker-8 rep2", "worker-9 rep0", "worker-10 rep1", "worker-11 rep2"],
        );
        assert.match(scaleNote(more), /^thirteen hosts/);
    });

    it("are never fewer than there were", () => {
        const record: LabRecord = {
            version: 1,
            index: 0,
            machine: smallestMachine,
            complete: true,
            images: [],
            tools: [],
        };
        assert.equal(widened(record), record);
        assert.equal(widened(record, 3), record);
        assert.equal(widened(record, 6).m3dbNodes, 6);
        assert.equal(widened({ ...record, m3dbNodes: 6 }).m3dbNodes, 6);
        assert.throws(() => widened({ ...record, m3dbNodes: 6 }, 3), /has 6 M3DB nodes.*--m3db-nodes 3.*down/s);
    });

    it("say their scale", () => {
        assert.match(scaleNote(hosts), /worker-1 3.75 of 8 GiB/);
        assert.match(scaleNote(hosts), /up to 2 of the reference's 4 cores/);
    });
});

describe("the lab's site", () => {
    it("is what sites/lab.yaml holds, but for the access", () => {
        const hosts = labHosts(smallestMachine);
        const ssh = { host: "10.77.0.11", user: "root", privateKeyFile: "/key", hostKey: "ssh-ed25519 AAAA" };
        const access = { kubeconfig: "/kubeconfig", ssh: Object.fromEntries(hosts.map(({ name }) => [name, ssh])) };
        const written = labSite("lab", addressPlan(0), hosts, access);
        assert.equal(written.nodes.filter((node) => node.ssh?.hostKey === ssh.hostKey).length, 7);
        const text = readFileSync(`${projectRoot}sites/lab.yaml`, "utf8");
        assert.equal(text, committedSite(), "make it again: bin/bootstrap node lab/main.ts site > sites/lab.yaml");
        const { kubeconfig: _, powerCycle, ...rest } = written;
        assert.deepEqual(powerCycle?.slice(-6), ["lab", "node", "power-cycle", "{node}", "--lab", "lab"]);
        const nodes = rest.nodes.map(({ ssh: __, ...node }) => node);
        assert.deepEqual(parse(text) as Site, { ...rest, nodes });
    });
});

describe("lab state", () => {
    const node = (state: LabNode["state"]): LabNode => ({ name: "n", address: "", roles: [], state });

    it("tells an interrupted up from a failed node and from a reboot of the machine", () => {
        assert.equal(labState(true, true, true, [node("running")]), "up");
        assert.equal(labState(true, true, true, [node("running"), node("partitioned")]), "degraded");
        assert.equal(labState(true, true, false, [node("running")]), "degraded");
        assert.equal(labState(false, true, true, [node("running")]), "partial");
        assert.equal(labState(false, false, false, []), "partial");
        assert.equal(labState(true, false, false, [node("powered off")]), "down");
    });
});
