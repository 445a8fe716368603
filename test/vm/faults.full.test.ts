/**
 * What scenarios do to a site's hosts, on a host: over SSH as a user with sudo, by the site file alone. Real are systemd, its timers, nftables,
 * power. The unit named kubelet only sleeps: what becomes of a Kubernetes node is seen on the lab. The site's power commands ask a small
 * server, as they would ask a BMC.
 */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { parse, stringify } from "yaml";
import type { Vm } from "../../lab/vm/index.ts";
import type { NodeControl } from "../../operations/scenarios/nodes/control.ts";
import { makeScripts } from "../../operations/scenarios/nodes/scripts.ts";
import { siteHands } from "../../operations/scenarios/nodes/site-hands.ts";
import { siteNodes } from "../../operations/scenarios/nodes/ssh.ts";
import { loadSettings } from "../../settings/index.ts";
import { projectRoot } from "../../support/paths.ts";
import { waitFor } from "../../support/wait.ts";
import { bootId, bootLimit, output, timeFor, type VmBench, vmBench } from "./machine.ts";

const node = "worker-3";
const unit = "[Unit]\nDescription=stand-in for the kubelet\n[Service]\nExecStart=/usr/bin/sleep infinity\n";

describe("scenarios: faults of a host, over SSH", function () {
    this.timeout(bootLimit * 1000);
    let bench: VmBench;
    let vm: Vm;
    let bmc: Server;
    let control: NodeControl;

    /** Switches the machine's power: /off/NODE, /on/NODE. */
    const switchPower = async (path: string | undefined): Promise<number> => {
        if (path === `/off/${node}`) await vm.powerOff();
        else if (path === `/on/${node}`) await vm.powerOn();
        else return 404;
        return 200;
    };
    const stateOf = (name: string) => output(vm, `systemctl is-active ${name} || :`);
    const timer = (fault: string) => stateOf(`m3perf-heal-${fault}.timer`);
    /** Whether the host reaches another one. */
    const reaches = async () =>
        (await vm.run("curl -fsS -m 10 -o /dev/null http://mirror.lab.test/base/repodata/repomd.xml")).code === 0;
    const becomes = (what: string, check: () => Promise<boolean>) =>
        waitFor({ what, timeout: bootLimit, every: 0.5 }, check);
    /** Makes a fault with a timer of so many seconds; the product gives it half an hour. */
    const makeFor = async (fault: "kubelet" | "partition", seconds: number) => {
        const script = `exec sh -s -- "$SSH_CONNECTION" <<'END'\n${makeScripts(fault, seconds)}\nEND`;
        await output(vm, script);
    };

    before(async function () {
        this.timeout(2_400_000); // the image may have to be made
        bench = await vmBench();
        vm = await bench.start(node);
        bmc = createServer(({ url }, response) => {
            void switchPower(url).then((status) => response.writeHead(status).end());
        });
        bmc.listen(0, "127.0.0.1");
        await once(bmc, "listening");
        const { port } = bmc.address() as AddressInfo;
        const ask = "fetch(process.argv[1]).then(({ ok }) => process.exit(ok ? 0 : 1))";
        const command = (action: string) => [process.execPath, "-e", ask, `http://127.0.0.1:${port}/${action}/{node}`];
        const site = parse(readFileSync(join(projectRoot, "test/unit/components/site.yaml"), "utf8"));
        site.nodes.find(({ name }: { name: string }) => name === node).ssh = { ...vm.ssh, user: "cloud-user" };
        site.power = { off: command("off"), on: command("on") };
        const file = join(bench.folder, "site.yaml");
        writeFileSync(file, stringify(site));
        const settings = loadSettings({ config: { "m3perf:site": file }, stackFile: "Pulumi.test.yaml" });
        control = siteNodes(siteHands(settings, file, undefined));
        await vm.waitForSsh(bootLimit);
    });
    after(async function () {
        this.timeout(120_000);
        bmc?.close().closeAllConnections();
        await bench?.end();
    });

    it("a host without a kubelet cannot lose it; with one everything can be done", async () => {
        assert.equal((await control.cannot("kubelet", node))?.what, `${node}: it has no systemd unit kubelet`);
        await output(vm, `printf '${unit.replaceAll("\n", "\\n")}' >/etc/systemd/system/kubelet.service`);
        await output(vm, "systemctl daemon-reload && systemctl start kubelet");
        for (const fault of ["kubelet", "partition", "power"] as const)
            assert.equal(await control.cannot(fault, node), undefined, fault);
        assert.match((await control.cannot("kubelet", "worker-1"))?.what ?? "", /gives no SSH access to it/);
    });

    it("its kubelet is stopped, with a timer that would start it again, and started, without one", async () => {
        await control.make("kubelet", node);
        assert.deepEqual([await stateOf("kubelet"), await timer("kubelet")], ["inactive", "active"]);
        await control.make("kubelet", node); // again: a run that did not get an answer tries once more
        assert.deepEqual([await stateOf("kubelet"), await timer("kubelet")], ["inactive", "active"]);
        await control.heal("kubelet", node);
        assert.deepEqual([await stateOf("kubelet"), await timer("kubelet")], ["active", "inactive"]);
        await control.heal("kubelet", node); // harmless where nothing is broken
        assert.equal(await stateOf("kubelet"), "active");
    });

    it("nobody comes back: its kubelet starts by itself", async () => {
        await makeFor("kubelet", 20);
        assert.equal(await stateOf("kubelet"), "inactive");
        await becomes("the kubelet to run again", async () => (await stateOf("kubelet")) === "active");
    });

    it("its network is cut but for the way in, and whole again", async () => {
        assert.equal(await reaches(), true);
        await control.make("partition", node);
        assert.equal(await reaches(), false);
        assert.equal(await timer("partition"), "active");
        await control.heal("partition", node);
        assert.equal(await reaches(), true);
        assert.equal(await timer("partition"), "inactive");
        assert.doesNotMatch(await output(vm, "sudo nft list tables"), /m3perf/);
        await control.heal("partition", node);
    });

    it("nobody comes back: its network is whole again by itself", async () => {
        await makeFor("partition", 20);
        assert.equal(await reaches(), false);
        await becomes("the network to be whole", reaches);
        assert.doesNotMatch(await output(vm, "sudo nft list tables"), /m3perf/);
    });

    it("its power goes by the site's command, and comes by the other", async function () {
        this.timeout(timeFor(1));
        const before = await bootId(vm);
        await control.make("power", node);
        assert.equal(vm.pid, undefined);
        const silent = await control.cannot("kubelet", node);
        assert.equal(silent?.what, `${node} does not answer SSH`);
        await control.heal("power", node);
        await vm.waitForSsh(bootLimit);
        assert.notEqual(await bootId(vm), before);
    });
});
