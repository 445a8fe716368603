import assert from "node:assert/strict";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addressPlan } from "../../../lab/cluster/addresses.ts";
import { cgroupTrees, processesIn } from "../../../lab/cluster/cgroups.ts";
import {
    cniConfig,
    containerdConfig,
    kubeletConfig,
    kubeProxyConfig,
    type NodeContext,
    sshdConfig,
} from "../../../lab/cluster/config/node.ts";
import { controlPlaneServices, logLimiter, nodeServices } from "../../../lab/cluster/config/services.ts";
import { mountsBelow } from "../../../lab/cluster/down.ts";
import { labHosts, smallestMachine } from "../../../lab/cluster/hosts.ts";
import { cgroupOf, layout } from "../../../lab/cluster/layout.ts";
import { certificateRequests } from "../../../lab/cluster/pki.ts";
import { checkName } from "../../../lab/cluster/record.ts";
import { exec } from "../../../support/exec.ts";
import { projectRoot } from "../../../support/paths.ts";

const plan = addressPlan(2);
const hosts = labHosts(smallestMachine);
const files = layout("demo");

function context(name: string): NodeContext {
    const host = hosts.find((one) => one.name === name);
    assert.ok(host);
    return {
        cgroup: cgroupOf("demo", name),
        plan,
        host,
        folder: files.machine(name),
        files: { ca: "/ca", certificate: "/crt", key: "/key" },
        cniPlugins: "/usr/lib/cni",
        runc: "/usr/sbin/runc",
        machine: { cores: 2, memoryMi: 24 * 1024 },
    };
}

describe("configuration of a lab host", () => {
    it("gives containerd its version and disabled plugins before any table (facts.md 3.3)", () => {
        const text = containerdConfig(context("worker-1"));
        const table = text.indexOf("\n[");
        assert.ok(text.startsWith("version = 3\n"));
        assert.ok(text.indexOf("disabled_plugins") < table);
        assert.match(text, /restrict_oom_score_adj = true/);
        assert.match(text, /sandbox = "registry\.k8s\.io\/pause:3\.10"/);
        assert.match(text, /ShimCgroup = "\/m3perf\/demo\/worker-1\/shims"/);
        assert.match(text, /config_path = "\/var\/lib\/m3perf\/demo\/machines\/worker-1\/certs\.d"/);
    });

    it("reserves of the whole machine what is not the node's", () => {
        const node = context("worker-1");
        const config = kubeletConfig(node) as {
            systemReserved: { memory: string; cpu: string };
            cgroupRoot: string;
            failCgroupV1: boolean;
            registerWithTaints: object[];
        };
        assert.equal(config.systemReserved.memory, `${24 * 1024 - node.host.podMemoryMi - 100}Mi`);
        assert.equal(config.systemReserved.cpu, "0m");
        assert.equal(config.cgroupRoot, "/m3perf/demo/worker-1");
        assert.equal(config.failCgroupV1, false);
        assert.deepEqual(config.registerWithTaints, []);
    });

    it("taints the master alone", () => {
        const { registerWithTaints } = kubeletConfig(context("master")) as { registerWithTaints: { key: string }[] };
        assert.deepEqual(registerWithTaints, [{ key: "node-role.kubernetes.io/control-plane", effect: "NoSchedule" }]);
    });

    it("gives each host's pods a network of their own, and NodePorts the hosts' network", () => {
        assert.match(JSON.stringify(cniConfig(context("worker-3"))), /"subnet":"10\.90\.4\.0\/24"/);
        const proxy = kubeProxyConfig(context("worker-3"), "/kubeconfig") as { nodePortAddresses: string[] };
        assert.deepEqual(proxy.nodePortAddresses, ["10.77.2.0/24"]);
    });

    it("lets root in over SSH by key alone, on the host's own address", () => {
        const lines = sshdConfig(context("worker-2"), "/keys.pub").split("\n");
        for (const line of [
            "ListenAddress 10.77.2.13:22",
            "PermitRootLogin prohibit-password",
            "PasswordAuthentication no",
            "KbdInteractiveAuthentication no",
            "AuthenticationMethods publickey",
            "AuthorizedKeysFile /keys.pub",
        ]) {
            assert.ok(lines.includes(line), line);
        }
    });
});

describe("services of the lab's machines", () => {
    const find = (name: string) => `/tools/${name}`;

    it("have command lines without a line break, a secret or another lab's address", () => {
        const services = [
            ...controlPlaneServices(find, plan, files, files.machine("control-plane")),
            ...hosts.flatMap(({ name }) => nodeServices(find, context(name), files)),
            logLimiter("/log", 1),
        ];
        for (const { name, command } of services) {
            assert.match(command[0] ?? "", /^\//, name);
            for (const argument of command) {
                assert.ok(!argument.includes("\n"), `${name}: ${argument}`);
                assert.ok(!/10\.77\.[^2]\./.test(argument), `${name}: ${argument}`);
            }
        }
    });

    it("of the API server know its addresses and the lab's Service network", () => {
        const api = controlPlaneServices(find, plan, files, "/x").find(({ name }) => name === "kube-apiserver");
        assert.ok(api?.command.includes("--advertise-address=10.77.2.1"));
        assert.ok(api?.command.includes("--service-cluster-ip-range=10.98.0.0/16"));
    });

    it("have certificates for the names and addresses by which they are called", () => {
        const requests = certificateRequests(plan, hosts);
        assert.equal(new Set(requests.map(({ name }) => name)).size, requests.length);
        const api = requests.find(({ name }) => name === "apiserver");
        assert.ok(
            api?.alternatives.includes("IP:10.98.0.1") && api.alternatives.includes("DNS:kubernetes.default.svc"),
        );
        const kubelet = requests.find(({ name }) => name === "worker-4");
        assert.equal(kubelet?.subject, "/O=system:nodes/CN=system:node:worker-4");
        assert.deepEqual(kubelet.alternatives, ["IP:10.77.2.15", "DNS:worker-4"]);
    });
});

describe("what belongs to a lab", () => {
    it("is a mount below its folder, not below one whose name begins alike", () => {
        const mounts = "a /var/lib/m3perf/lab/x t\nb /var/lib/m3perf/lab2/x t\nc /var/lib/m3perf/lab/x/y t\nd / t";
        assert.deepEqual(mountsBelow("/var/lib/m3perf/lab", mounts), [
            "/var/lib/m3perf/lab/x/y",
            "/var/lib/m3perf/lab/x",
        ]);
    });

    it("is found in either version of cgroups", () => {
        const v1 =
            "cgroup /sys/fs/cgroup/cpu cgroup rw,relatime,cpu 0 0\ncgroup /sys/fs/cgroup/memory cgroup rw,memory 0 0\n" +
            "cgroup /sys/fs/cgroup/unified cgroup2 rw 0 0";
        const one = cgroupTrees(v1);
        assert.equal(one.version, 1);
        assert.equal(one.main, "/sys/fs/cgroup/memory");
        assert.deepEqual(one.all, ["/sys/fs/cgroup/cpu", "/sys/fs/cgroup/memory"]);
        const two = cgroupTrees("cgroup2 /sys/fs/cgroup cgroup2 rw 0 0");
        assert.equal(two.version, 2);
        assert.deepEqual(two.all, ["/sys/fs/cgroup"]);
    });

    it("has no process 0: that is one of another process namespace, and kill(2) would take it for our own group", async () => {
        const tree = await mkdtemp(join(tmpdir(), "m3perf-cgroup-"));
        try {
            await mkdir(join(tree, "m3perf/demo/init"), { recursive: true });
            await writeFile(join(tree, "m3perf/demo/init/cgroup.procs"), "0\n0\n4711\n");
            const trees = { version: 2 as const, all: [tree], main: tree, controller: () => tree };
            assert.deepEqual(processesIn("/m3perf/demo", trees), [4711]);
            assert.deepEqual(processesIn("/m3perf/other", trees), []);
        } finally {
            await rm(tree, { recursive: true });
        }
    });

    it("has a name that is looked at before anything else, whatever the verb", async () => {
        const main = join(projectRoot, "lab/main.ts");
        for (const verb of ["up", "status"]) {
            const { code, stderr } = await exec(process.execPath, [main, verb, "--lab", "../x"], { timeout: 60 });
            assert.equal(code, 64, stderr);
            assert.match(stderr, /cannot be a lab's name/);
        }
    });

    it("has a name that fits paths and cgroups", () => {
        for (const name of ["lab", "test", "e2e-2"]) checkName(name);
        for (const name of ["", "Lab", "../x", "a/b", "x".repeat(21)])
            assert.throws(() => checkName(name), /lab's name/);
    });
});
