import assert from "node:assert/strict";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { readlink } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { processesIn } from "../../../lab/cluster/cgroups.ts";
import { cgroupOf, layout } from "../../../lab/cluster/layout.ts";
import { hugePages, settingNow } from "../../../lab/cluster/sysctls.ts";
import { run } from "../../../support/exec.ts";
import { waitFor } from "../../../support/wait.ts";
import { boots, machineState, TestLab } from "./lab.ts";
import { namespace, objects, writer } from "./probe.ts";

const lab = new TestLab("test");
const files = layout(lab.name);
const workers = ["worker-1", "worker-2", "worker-3", "worker-4", "worker-5"];
const names = ["master", ...workers, "repository"];
const nodePort = 30080;

async function get(url: string): Promise<string> {
    return (await (await fetch(url, { signal: AbortSignal.timeout(3000) })).text()).trim();
}

/** Whether a TCP connection is accepted within two seconds, from one of this machine's addresses. */
function reaches(host: string, port: number, localAddress?: string): Promise<boolean> {
    return new Promise((resolve) => {
        const socket = connect({ host, port, timeout: 2000, ...(localAddress ? { localAddress } : {}) });
        const done = (answer: boolean) => {
            socket.destroy();
            resolve(answer);
        };
        socket.on("connect", () => done(true));
        socket.on("timeout", () => done(false));
        socket.on("error", () => done(false));
    });
}

describe("a lab", function () {
    this.timeout(240_000);
    let untouched: Record<string, string[]>;

    before(async () => {
        await lab.succeed("down"); // of a run of these tests that was killed
        untouched = await machineState(lab.name);
    });

    after(async () => {
        await lab.succeed("down");
    });

    it("comes up after an `up` that was killed while it started the hosts, once for two commands at the same time", async () => {
        await lab.killUp((output) => output.includes("] hosts"));
        assert.equal((await lab.status()).state, "partial");
        const up = () => lab.succeed("up", "--metrics-later");
        const [one, two] = await Promise.all([up(), up()]);
        assert.ok(one.includes("already up") !== two.includes("already up"), `${one}\n${two}`);
        const status = await lab.status();
        assert.equal(status.state, "up");
        assert.deepEqual(
            status.nodes.map(({ name }) => name),
            names,
        );
        for (const name of names) assert.equal(await lab.ready(name), "True", name);
    });

    it("is found up by a second `up`, which starts nothing anew and waits for what `kubectl top` reads", async () => {
        const running = boots(lab.name);
        assert.match(await lab.succeed("up"), /lab test: already up/);
        await lab.kubectl(["top", "nodes"]);
        const start = performance.now();
        assert.match(await lab.succeed("up"), /lab test: already up/);
        assert.ok(performance.now() - start < 15_000);
        assert.deepEqual(boots(lab.name), running);
    });

    it("runs its own programs, code and heap, on huge pages where the kernel has them", async () => {
        const kubelet = processesIn(cgroupOf(lab.name, "worker-1", "kubelet"))[0];
        const runs = await readlink(`/proc/${kubelet}/exe`);
        const has = settingNow(hugePages);
        assert.equal(runs.startsWith(`${files.programs}/`), has !== undefined, runs);
        if (has !== undefined) assert.equal(has, "always");
    });

    it("keeps its keys to root and its kubeconfig out of the site file", () => {
        const secrets = [files.kubeconfig, files.passphrase, files.sshKey, files.key("ca"), files.key("admin")];
        for (const path of secrets) assert.equal(statSync(path).mode & 0o077, 0, path);
        assert.doesNotMatch(readFileSync(files.site, "utf8"), /PRIVATE KEY|client-key-data/);
        assert.equal(lab.site().kubeconfig, files.kubeconfig);
    });

    it("runs pods on every node, with DNS, Services and NodePorts", async () => {
        const list = { apiVersion: "v1", kind: "List", items: objects(nodePort) };
        await lab.kubectl(["apply", "-f", "-"], JSON.stringify(list));
        await lab.kubectl(["-n", namespace, "rollout", "status", "daemonset/web", "--timeout=90s"]);
        await lab.kubectl(["-n", namespace, "wait", "pod/writer", "--for=condition=Ready", "--timeout=90s"]);
        const fetchWeb = [
            "exec",
            "-n",
            namespace,
            "writer",
            "--",
            "wget",
            "-qO-",
            "http://web.probe.svc.cluster.local",
        ];
        assert.ok(names.includes((await lab.kubectl(fetchWeb)).trim()));
        // A Service's address can refuse for a second until every kube-proxy knows it (facts.md 3.12).
        for (const { name, address } of (await lab.status()).nodes) {
            const url = `http://${address}:${nodePort}/`;
            const answer = await waitFor({ what: `the NodePort at ${name}`, timeout: 20 }, () => get(url));
            assert.ok(names.includes(answer), `${name}: ${answer}`);
        }
    });

    it("keeps a volume in its node's own folder, through the pod's end, and removes it with its claim", async () => {
        const folder = join(files.machine("worker-5"), "volumes");
        const read = () => readdirSync(folder).map((name) => readFileSync(join(folder, name, "file"), "utf8"));
        assert.deepEqual(read(), ["written\n"]);
        await lab.kubectl(["-n", namespace, "delete", "pod", "writer", "--timeout=60s"]);
        await lab.kubectl(["apply", "-f", "-"], JSON.stringify(writer()));
        await lab.kubectl(["-n", namespace, "wait", "pod/writer", "--for=condition=Ready", "--timeout=60s"]);
        assert.deepEqual(read(), ["written\nwritten\n"]);
        await lab.kubectl(["-n", namespace, "delete", "pod/writer", "pvc/data", "--timeout=60s"]);
        await waitFor({ what: "the volume's folder to go", timeout: 60 }, () => readdirSync(folder).length === 0);
    });

    it("measures nodes and pods (`kubectl top`), and its Prometheus scrapes every node", async () => {
        const top = await waitFor({ what: "metrics of seven nodes", timeout: 60, every: 1 }, async () => {
            const lines = (await lab.kubectl(["top", "nodes", "--no-headers"])).trim().split("\n");
            return lines.length === 7 && lines;
        });
        assert.deepEqual(top.map((line) => line.split(/\s+/)[0]).sort(), [...names].sort());
        const query = "/api/v1/query?query=up%7Bjob%3D%22kubernetes-nodes%22%7D";
        const proxy = `/api/v1/namespaces/monitoring/services/prometheus-server:9090/proxy${query}`;
        interface Answer {
            data: { result: { metric: { node: string }; value: [number, string] }[] };
        }
        await waitFor({ what: "Prometheus to have scraped seven nodes", timeout: 60, every: 1 }, async () => {
            const { data } = JSON.parse(await lab.kubectl(["get", "--raw", proxy])) as Answer;
            return data.result.filter(({ value }) => value[1] === "1").length === 7;
        });
    });

    it("answers SSH on each node with the node's own host key, to its own key alone", async () => {
        for (const name of names) assert.equal((await lab.ssh(name, "hostname")).stdout.trim(), name);
        const keys = new Set(lab.site().nodes.map(({ ssh }) => ssh?.hostKey));
        assert.equal(keys.size, 7);
        const other = lab.site().nodes.find(({ name }) => name === "worker-2")?.address;
        const swapped = await lab.ssh("worker-1", "true", [`HostKeyAlias=${other}`]);
        assert.notEqual(swapped.code, 0, "another node's host key was accepted");
        assert.match(swapped.stderr, /HOST IDENTIFICATION HAS CHANGED|Host key verification failed/);
        const noKey = await lab.ssh("worker-1", "true", ["PubkeyAuthentication=no"]);
        assert.match(noKey.stderr, /Permission denied \(publickey\)/);
    });

    it("answers this machine by its address in the lab's network, and no other", async () => {
        const worker = lab.site().nodes.find(({ name }) => name === "worker-1")?.address ?? "";
        const apiServer = worker.replace(/\d+$/, "1");
        const outsider = "192.0.2.77"; // a documentation address, for a while this machine's own (RFC 5737)
        await run("ip", ["address", "add", `${outsider}/32`, "dev", "lo"]);
        try {
            for (const [host, port] of [
                [apiServer, 6443],
                [worker, 22],
                [worker, 10250],
            ] as const) {
                assert.equal(await reaches(host, port), true, `${host}:${port}`);
                assert.equal(await reaches(host, port, outsider), false, `${host}:${port} from ${outsider}`);
            }
        } finally {
            await run("ip", ["address", "delete", `${outsider}/32`, "dev", "lo"]);
        }
    });

    it("has a systemctl on each node for that node's services, and it says what it does not do", async () => {
        assert.equal((await lab.ssh("worker-1", "systemctl is-active kubelet")).stdout.trim(), "active");
        assert.match(
            (await lab.ssh("worker-1", "systemctl status kubelet.service")).stdout,
            /Active: active \(running\)/,
        );
        const enable = await lab.ssh("worker-1", "systemctl enable kubelet");
        assert.equal(enable.code, 1);
        assert.match(enable.stderr, /does start, stop, restart, status and is-active; not "enable"/);
        const unknown = await lab.ssh("worker-1", "systemctl stop crond");
        assert.equal(unknown.code, 5);
    });

    it("loses a node when its kubelet stops, its link is cut or its power fails, and gets it back", async () => {
        const addressOf = (name: string) => lab.site().nodes.find((node) => node.name === name)?.address;
        assert.equal((await lab.ssh("worker-1", "systemctl stop kubelet")).code, 0);
        assert.equal((await lab.ssh("worker-1", "systemctl is-active kubelet")).code, 3);
        await lab.succeed("node", "partition", "worker-2");
        await lab.succeed("node", "power-off", "worker-3");
        assert.deepEqual(processesIn(cgroupOf(lab.name, "worker-3")), []);
        const status = await lab.status();
        assert.equal(status.state, "degraded");
        assert.deepEqual(
            ["worker-1", "worker-2", "worker-3"].map((name) => status.nodes.find((node) => node.name === name)?.state),
            ["kubelet stopped", "partitioned", "powered off"],
        );
        for (const name of ["worker-1", "worker-2", "worker-3"]) {
            const what = `${name} to be seen NotReady`;
            await waitFor({ what, timeout: 60, every: 1 }, async () => (await lab.ready(name)) === "Unknown");
        }
        // Containers outlive their kubelet; a cut link hides them; a power cut ends them.
        const running = await lab.ssh("worker-1", "ps -e -o args= | grep -c 'httpd -f'");
        assert.ok(Number(running.stdout) >= 1);
        assert.notEqual((await lab.ssh("worker-2", "true")).code, 0);
        await assert.rejects(get(`http://${addressOf("worker-3")}:${nodePort}/`));

        assert.equal((await lab.ssh("worker-1", "systemctl start kubelet")).code, 0);
        await waitFor(
            { what: "worker-1 to be Ready", timeout: 60 },
            async () => (await lab.ready("worker-1")) === "True",
        );
        await Promise.all([lab.succeed("node", "heal", "worker-2"), lab.succeed("node", "power-on", "worker-3")]);
        assert.equal((await lab.status()).state, "up");
        await lab.kubectl(["-n", namespace, "rollout", "status", "daemonset/web", "--timeout=90s"]);
        const url = `http://${addressOf("worker-3")}:${nodePort}/`;
        await waitFor({ what: "the NodePort at worker-3", timeout: 30 }, () => get(url));
    });

    it("is repaired by `up` when a part of it has died", async () => {
        for (const pid of processesIn(cgroupOf(lab.name, "control-plane", "kube-scheduler")))
            process.kill(pid, "SIGKILL");
        for (const pid of processesIn(cgroupOf(lab.name, "worker-4", "containerd"))) process.kill(pid, "SIGKILL");
        await waitFor(
            { what: "the deaths to be seen", timeout: 10 },
            async () => (await lab.status()).state === "degraded",
        );
        assert.equal(await lab.nodeState("worker-4"), "failed");
        assert.match(await lab.succeed("up"), /brought up/);
        assert.equal((await lab.status()).state, "up");
    });

    it("leaves nothing behind", async () => {
        assert.match(await lab.succeed("down"), /taken down/);
        assert.deepEqual(await machineState(lab.name), untouched);
        assert.equal((await lab.status()).state, "down");
        assert.match(await lab.succeed("down"), /already down/);
    });
});
