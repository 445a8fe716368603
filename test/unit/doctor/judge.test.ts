import assert from "node:assert/strict";
import { exitCodeOf } from "../../../operations/doctor/doctor.ts";
import { parseFacts } from "../../../operations/doctor/facts.ts";
import type { Finding } from "../../../operations/doctor/finding.ts";
import { judge } from "../../../operations/doctor/judge/index.ts";
import { type Changes, examined, told } from "./fixtures.ts";

/** "failure worker-1 memory found" */
const lines = (changes: Changes): string[] => judge(examined(changes)).map(lineOf);
const lineOf = ({ level, node = "site", what, found }: Finding) => `${level} ${node} ${what}: ${found}`;
const only = (changes: Changes, pattern: RegExp): Finding => {
    const findings = judge(examined(changes));
    assert.equal(findings.length, 1, findings.map(lineOf).join("\n"));
    const [finding] = findings;
    assert.ok(finding);
    assert.match(lineOf(finding), pattern);
    return finding;
};
const code = (changes: Changes) => {
    const all = examined(changes);
    return exitCodeOf(all, judge(all));
};

describe("doctor: judgement", () => {
    it("finds nothing where everything fits", () => {
        assert.deepEqual(lines({}), []);
        assert.equal(code({}), 0);
    });

    it("of a firewalld that runs: what it would have to let pass, told once; not on nodes of one machine", () => {
        const running = parseFacts(told.replace("firewalld=inactive", "firewalld=active"), undefined);
        assert.ok(running?.firewalld);
        const { firewalld } = running;
        const { wanted, next } = only({ hosts: { "worker-1": { firewalld } } }, /^warning worker-1 firewalld: runs; /);
        assert.match(wanted ?? "", /^from this machine NodePorts 32330, 32555, 32556, 32558, /);
        assert.match(next ?? "", /firewall-cmd --permanent --add-port=32330\/tcp --add-port=32555\/tcp /);
        assert.equal(code({ hosts: { "worker-1": { firewalld } } }), 0);
        assert.deepEqual(lines({ hosts: { "worker-1": { firewalld } }, site: { sharedKernel: true } }), []);
    });

    it("of the way there: refused keys, secrets of the stack, nodes without SSH", () => {
        const failed = {
            state: "failed",
            fault: "key",
            what: "ann@h:22 does not accept the key",
            why: "no such user",
            next: "add it",
        } as const;
        const refused = { hosts: { "worker-1": failed } };
        const { next } = only(refused, /^failure worker-1 SSH: ann@h:22 does not accept the key: no such user$/);
        assert.equal(next, "add it");
        assert.equal(code(refused), 1);
        const secret = only(
            { hosts: { "front-1": { state: "secret-key" } } },
            /^failure front-1 SSH: not tried.*Pulumi alone/,
        );
        assert.match(secret.next ?? "", /--key FILE/);
        const silent: Changes = { hosts: { "front-1": { state: "no-ssh" } } };
        only(silent, /^warning front-1 SSH: no SSH settings$/);
        assert.equal(code(silent), 0);
    });

    it("of root: sudo that asks for a password", () => {
        const root = { ok: false, why: "sudo a password is required" } as const;
        only({ hosts: { "worker-2": { root } } }, /^failure worker-2 sudo: sudo a password is required$/);
    });

    it("of addresses that lead to one machine twice, or to another than Kubernetes knows", () => {
        const bootId = "00000000-0000-4000-8000-000000000000";
        const twice = lines({ hosts: { "worker-2": { bootId } } });
        assert.match(twice[0] ?? "", /^failure worker-2 machine: the same machine as worker-1/);
        assert.match(twice[1] ?? "", /^failure worker-2 machine: SSH leads to another machine/);
        assert.equal(twice.length, 2);
        const gone: Changes = {
            hosts: { "worker-2": { bootId: "after a reboot" } },
            nodes: { "worker-2": { conditions: [{ type: "Ready", status: "Unknown", reason: "NodeStatusUnknown" }] } },
        };
        only(gone, /^failure worker-2 Kubernetes: is not Ready/);
    });

    it("of sizes against the site file: less than it says is wrong, what the kernel keeps is not", () => {
        only({ hosts: { "worker-1": { memoryMi: 7372 } } }, /^failure worker-1 memory: 7.2 GiB$/);
        assert.deepEqual(lines({ hosts: { "worker-1": { memoryMi: 7373 } } }), []);
        const { wanted, next } = only({ hosts: { "worker-3": { cores: 2 } } }, /^failure worker-3 cores: 2$/);
        assert.equal(wanted, "4, as the site file says");
        assert.match(next ?? "", /correct site here: nodes\[2\]\.cpu/);
        assert.deepEqual(lines({ hosts: { "worker-3": { cores: 8, memoryMi: 64000 } } }), []);
    });

    it("of the system, only where a kernel is to be installed", () => {
        const os = { id: "debian", like: [""], version: "12", name: "Debian GNU/Linux 12" };
        const hosts = { "worker-1": { os, architecture: "aarch64" } };
        assert.deepEqual(lines({ hosts }), []);
        const told = lines({ hosts, kernelNodes: ["worker-1", "worker-2"] });
        assert.match(told[0] ?? "", /^failure worker-1 system: Debian GNU\/Linux 12$/);
        assert.match(told[1] ?? "", /^failure worker-1 architecture: aarch64$/);
        assert.equal(told.length, 2);
        const oracle = { id: "ol", like: ["fedora"], version: "9.3", name: "Oracle Linux 9.3" };
        assert.deepEqual(lines({ hosts: { "worker-1": { os: oracle } }, kernelNodes: ["worker-1"] }), []);
        const seven = { ...oracle, version: "7.9" };
        only({ hosts: { "worker-1": { os: seven } }, kernelNodes: ["worker-1"] }, /^failure worker-1 system/);
    });

    it("of disks: evicting kubelets, volumes, /boot, the repository", () => {
        const disk = (path: string, sizeMi: number, freeMi: number, mount = path) => ({
            "worker-1": { disks: [{ path, mount, sizeMi, freeMi }] },
        });
        const evicting = only(
            { hosts: disk("/var/lib/kubelet", 100_000, 9_999, "/var") },
            /^failure worker-1 disk: 9.8 of 97.7 GiB free on \/var$/,
        );
        assert.match(evicting.wanted ?? "", /10 % free/);
        only({ hosts: disk("/var/lib/kubelet", 10_000, 6_000) }, /^warning worker-1 volumes: 5.9 of/);
        assert.deepEqual(lines({ hosts: disk("/boot", 500, 100) }), []);
        only({ hosts: disk("/boot", 500, 100), kernelNodes: ["worker-1"] }, /^failure worker-1 \/boot: 100 MiB free/);
        const source = { kind: "export", node: "front-1", directory: "/srv/m3" } as const;
        const repository = { site: { repository: { size: "20Gi", source } } };
        const small = { "front-1": { disks: [{ path: "/srv/m3", mount: "/", sizeMi: 40_000, freeMi: 20_000 }] } };
        only({ ...repository, hosts: small }, /^warning front-1 repository: 19.5 of 39.1 GiB free on \/$/);
    });

    it("of clocks: off, perhaps off, all off together", () => {
        const at = (offset: number, error = 0.01) => ({ clock: { offset, error } });
        only(
            { hosts: { "worker-1": at(-3.2) } },
            /^failure worker-1 clock: -3.2 s against this machine's, give or take 10/,
        );
        assert.deepEqual(lines({ hosts: { "worker-1": at(0.48) } }), []);
        only({ hosts: { "worker-1": at(0.51) } }, /^warning worker-1 clock/);
        only({ hosts: { "worker-1": at(0.1, 0.6) } }, /^warning worker-1 clock: \+100 ms .* 600 ms$/);
        assert.deepEqual(lines({ hosts: { "worker-1": { clock: undefined } } }), []);
        const all = Object.fromEntries(
            ["worker-1", "worker-2", "worker-3", "front-1", "front-2"].map((name, index) => [
                name,
                at(60 + index / 20),
            ]),
        );
        const own = only({ hosts: all }, /^warning site clock: every host is \+60.1 s against this machine's/);
        assert.equal(own.next, "set the clock of this machine");
        assert.equal(lines({ hosts: { ...all, "front-2": at(90) } }).length, 5);
    });

    it("of NTP and kubelet, where they are known", () => {
        only({ hosts: { "worker-1": { ntp: false } } }, /^warning worker-1 NTP: not synchronised$/);
        assert.deepEqual(lines({ hosts: { "worker-1": { ntp: undefined, kubelet: undefined } } }), []);
        const stopped = { kubelet: { unit: "kubelet", state: "failed" } };
        const unknown = { answers: false, why: "no kubeconfig" } as const;
        const told = lines({ hosts: { "worker-1": stopped }, cluster: unknown });
        assert.match(told[0] ?? "", /^failure worker-1 kubelet: failed$/);
        assert.match(told[1] ?? "", /^warning site Kubernetes: does not answer: no kubeconfig$/);
        assert.equal(told.length, 2);
        only(
            { hosts: { "worker-1": stopped } },
            /^warning worker-1 kubelet: failed, but Kubernetes calls the node Ready/,
        );
    });

    it("of tuning: a warning, or a failure where it is promised; only M3DB's nodes", () => {
        const untuned = {
            sysctls: { "vm.max_map_count": 65530, "fs.file-max": 9e15, "fs.nr_open": 1_048_576, "vm.swappiness": 60 },
            swapMi: 2048,
            openFiles: { runtime: "containerd", limit: 1_048_576, configured: 1_048_576 },
        };
        const hosts = { "worker-1": untuned, "front-1": untuned };
        const found = judge(examined({ hosts }));
        assert.deepEqual(
            found.map(({ level, node, what }) => `${level} ${node} ${what}`),
            ["vm.max_map_count", "fs.nr_open", "vm.swappiness", "swap", "open files of containerd"].map(
                (what) => `warning worker-1 ${what}`,
            ),
        );
        assert.match(found[0]?.next ?? "", /tuning: true.*sysctl -w vm.max_map_count=3000000/);
        assert.equal(code({ hosts }), 0);
        const promised = { hosts, scenario: { hosts: { tuning: true } } };
        assert.ok(
            judge(examined(promised)).every(({ level, next }) => level === "failure" && /m3perf up/.test(next ?? "")),
        );
        assert.equal(code(promised), 1);
        assert.deepEqual(lines({ hosts: { "worker-1": { sysctls: { "vm.swappiness": 0 } } } }), []);
    });

    it("of tuning that waits for the runtime's next start: never a failure", () => {
        const openFiles = { runtime: "containerd", limit: 1_048_576, configured: Number.MAX_SAFE_INTEGER };
        const change = { hosts: { "worker-1": { openFiles } }, scenario: { hosts: { tuning: true } } };
        const { next } = only(change, /^warning worker-1 open files of containerd: 1048576$/);
        assert.match(next ?? "", /next start of containerd/);
    });

    it("of the topology against what Kubernetes may give to pods", () => {
        const small = { "worker-2": { allocatable: { cpu: "4", memory: "2Gi" } } };
        const { next } = only({ nodes: small }, /^failure worker-2 Kubernetes: \d+Mi of memory too little/);
        assert.match(next ?? "", /m3perf:m3db.memory/);
        const absent = examined({});
        assert.ok(absent.cluster.answers);
        absent.cluster.nodes = absent.cluster.nodes.filter(({ metadata }) => metadata?.name !== "front-2");
        assert.match(lineOf(judge(absent)[0] as Finding), /^failure front-2 Kubernetes: is not in the cluster/);
        // What `up` itself puts on M3DB's nodes is no obstacle to it.
        const tainted = examined({});
        assert.ok(tainted.cluster.answers);
        for (const node of tainted.cluster.nodes.slice(0, 3))
            node.spec = { taints: [{ key: "dedicated", value: "m3db", effect: "NoSchedule" }] };
        assert.deepEqual(judge(tainted), []);
        const strange = examined({});
        assert.ok(strange.cluster.answers);
        for (const node of strange.cluster.nodes.slice(0, 1))
            node.spec = { taints: [{ key: "dedicated", value: "gpu", effect: "NoSchedule" }] };
        assert.match(lineOf(judge(strange)[0] as Finding), /^failure worker-1 Kubernetes: has the taint dedicated=gpu/);
    });

    it("of nodes that share one machine: what the machine has is not theirs, its kernel not M3DB's", () => {
        const bootId = "the one machine's";
        const machine = { bootId, cores: 2, memoryMi: 500, sysctls: { "vm.max_map_count": 1 }, swapMi: 100 };
        const names = ["worker-1", "worker-2", "worker-3", "front-1", "front-2"];
        const shared: Changes = {
            site: { sharedKernel: true },
            hosts: Object.fromEntries(names.map((name) => [name, machine])),
            nodes: Object.fromEntries(
                names.map((name) => [
                    name,
                    { allocatable: { cpu: "4", memory: "15Gi" }, nodeInfo: { architecture: "amd64", bootID: bootId } },
                ]),
            ),
        };
        assert.deepEqual(lines(shared), []);
        const { nodes } = shared;
        const small = { ...nodes, "front-2": { ...nodes?.["front-2"], allocatable: { cpu: "4", memory: "1Gi" } } };
        only({ ...shared, nodes: small }, /^failure front-2 Kubernetes: \d+Mi of memory too little/);
    });

    it("of nothing at all: nobody could be asked", () => {
        const names = ["worker-1", "worker-2", "worker-3", "front-1", "front-2"];
        const cluster = { answers: false, why: "no kubeconfig" } as const;
        const failed = { state: "failed", fault: "timeout", what: "no answer" } as const;
        const hosts = Object.fromEntries(names.map((name) => [name, failed]));
        assert.equal(code({ cluster, hosts }), 69);
        assert.equal(code({ hosts }), 1);
        const silent = Object.fromEntries(names.map((name) => [name, { state: "no-ssh" } as const]));
        assert.equal(code({ hosts: silent }), 0);
        assert.equal(code({ hosts: silent, cluster }), 69);
    });

    it("passes on what the settings warn of, after the failures", () => {
        const told = lines({ warnings: ["one coordinator"], hosts: { "worker-1": { cores: 1 } } });
        assert.deepEqual(told, ["failure worker-1 cores: 1", "warning site settings: one coordinator"]);
    });
});
