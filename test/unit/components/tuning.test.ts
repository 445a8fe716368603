import assert from "node:assert/strict";
import { tuningScript } from "../../../components/nodes/tuning/script.ts";
import { type FakeHost, fakeHost } from "./fake-host.ts";

const fstab =
    "# swap of old\nUUID=1 / xfs defaults 0 0\nUUID=2 none\tswap sw 0 0\n/swap.img swap swap\n#/dev/x none swap sw\n";
const swaps = "Filename Type Size Used Priority\n/dev/sda2 partition 1000 0 -2\n";
const before = {
    "proc/sys/vm/max_map_count": "65530\n",
    "proc/sys/vm/swappiness": "60\n",
    "proc/sys/fs/file-max": "9223372036854775807\n",
    "proc/sys/fs/nr_open": "1048576\n",
};

/** Swap on and off as the kernel does it; containerd with a low limit, kubelet with none, no other services. */
const commands = {
    swapoff: `head -n 1 $ROOT/proc/swaps >$ROOT/proc/swaps.new; mv $ROOT/proc/swaps.new $ROOT/proc/swaps`,
    swapon: `printf '${swaps.replaceAll("\n", "\\n")}' >$ROOT/proc/swaps`,
    systemctl: `case "$*" in
        "cat containerd.service" | "cat kubelet.service") exit 0 ;;
        cat*) exit 1 ;;
        *LimitNOFILE*containerd*) [ -e $ROOT/etc/systemd/system/containerd.service.d/50-m3perf.conf ] && echo 3000000 || echo 1024 ;;
        *LimitNOFILE*kubelet*) echo infinity ;;
        list-units*) printf 'dev-sda2.swap loaded active\\ndev-zram0.swap loaded active\\n' ;;
        *SourcePath*dev-sda2*) echo /etc/fstab ;;
        esac`,
};

describe("host tuning", function () {
    this.timeout(120_000);
    let host: FakeHost;
    const run = async (action: "set" | "restore", root = host.root) => {
        const { code, stdout, stderr } = await host.run(tuningScript("worker-1", root), action);
        assert.equal(code, 0, stdout + stderr);
        return stdout;
    };
    const values = () => Object.fromEntries(Object.keys(before).map((path) => [path, host.read(path)]));
    const dropIn = "etc/systemd/system/containerd.service.d/50-m3perf.conf";

    beforeEach(() => {
        host = fakeHost(commands, { ...before, "etc/fstab": fstab, "proc/swaps": swaps });
    });
    afterEach(() => host.remove());

    it("sets what M3DB asks for, now and on boot, and lowers nothing that is higher", async () => {
        const said = await run("set");
        assert.equal(host.read("proc/sys/vm/max_map_count"), "3000000\n");
        assert.equal(host.read("proc/sys/vm/swappiness"), "1\n");
        assert.equal(host.read("proc/sys/fs/file-max"), before["proc/sys/fs/file-max"], "a higher limit stays");
        assert.match(host.read("etc/sysctl.d/zz-m3perf.conf"), /^vm\.max_map_count = 3000000$/m);
        assert.match(host.read("etc/sysctl.d/zz-m3perf.conf"), /^fs\.file-max = 9223372036854775807$/m);
        assert.match(said, /vm\.max_map_count = 3000000 \(was 65530\)/);
    });

    it("switches swap off for good: in fstab each line of swap, and units that are in no fstab", async () => {
        await run("set");
        assert.equal(host.read("proc/swaps").trim().split("\n").length, 1);
        const lines = host.read("etc/fstab").split("\n");
        assert.deepEqual(
            lines.map((line) => line.startsWith("#m3perf-off# ")),
            [false, false, true, true, false, false],
        );
        assert.ok(host.calls().includes("systemctl mask --quiet dev-zram0.swap"));
        assert.ok(!host.calls().includes("systemctl mask --quiet dev-sda2.swap"));
    });

    it("raises the open files of the runtime without restarting it, and leaves a service that has no limit", async () => {
        const said = await run("set");
        assert.match(host.read(dropIn), /^LimitNOFILE=3000000$/m);
        assert.match(said, /containerd: .*from its next start on \(now 1024\); it is not restarted/);
        assert.ok(!host.has("etc/systemd/system/kubelet.service.d"));
        assert.ok(!host.calls().some((call) => /systemctl (re)?start/.test(call)));
    });

    it("restores exactly what was there, also when it was set twice and the host rebooted in between", async () => {
        await run("set");
        await run("set");
        host.write("proc/sys/vm/max_map_count", "262144\n"); // what a boot without us could give
        await run("restore");
        assert.deepEqual(values(), before);
        assert.equal(host.read("etc/fstab"), fstab);
        assert.equal(host.read("proc/swaps"), swaps);
        assert.ok(host.calls().includes("systemctl unmask --quiet dev-zram0.swap"));
        for (const path of [
            "etc/sysctl.d/zz-m3perf.conf",
            dropIn,
            "etc/systemd/system/containerd.service.d",
            "var/lib/m3perf/tuning",
        ])
            assert.ok(!host.has(path), path);
        assert.match(await run("restore"), /nothing to restore/);
    });

    it("goes on where it was cut off, and still knows the first values", async () => {
        host.command("swapoff", "exit 1");
        const cut = await host.run(tuningScript("worker-1", host.root), "set");
        assert.notEqual(cut.code, 0);
        assert.ok(!host.has(dropIn));
        host.command("swapoff", commands.swapoff);
        await run("set");
        assert.ok(host.has(dropIn));
        await run("restore");
        assert.deepEqual(values(), before);
        assert.equal(host.read("etc/fstab"), fstab);
    });

    it("says which value the kernel does not take", async () => {
        host.write("proc/sys/vm/max_map_count", "65530\n");
        const script = tuningScript("worker-1", host.root).replace('printf \'%s\\n\' "$2" >"$file"', "false");
        const { code, stderr } = await host.run(script, "set");
        assert.equal(code, 1);
        assert.match(stderr, /^worker-1: vm\.max_map_count cannot be set to 3000000\n {2}what to do: /m);
    });

    it("does nothing when its connection is cut while it travels", async () => {
        const script = tuningScript("worker-1", host.root);
        const { code } = await host.run(script.slice(0, script.lastIndexOf('"$1_tuning"')), "set");
        assert.equal(code, 0);
        assert.deepEqual(values(), before);
        assert.deepEqual(host.calls(), []);
    });
});
