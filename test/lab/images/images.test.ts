import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { once } from "node:events";
import { mkdtemp, readlink, rm, stat } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { catalog, nodeVersion } from "../../../lab/images/catalog.ts";
import { ensureImages, registryCommand } from "../../../lab/images/index.ts";
import { type Manifest, readLayout } from "../../../lab/images/layout.ts";
import { copyOfficial, ensureSkopeo } from "../../../lab/images/official.ts";
import { blobPath } from "../../../lab/images/store.ts";
import { ensureTools } from "../../../lab/tools/index.ts";
import type { Image, Tools } from "../../../lab/types.ts";
import { exec, run } from "../../../support/exec.ts";
import { createProgress } from "../../../support/progress.ts";
import { waitFor } from "../../../support/wait.ts";

const accept = "application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json";

async function freePort(): Promise<number> {
    const server = createServer().listen(0, "127.0.0.1");
    await once(server, "listening");
    const address = server.address();
    server.close();
    await once(server, "close");
    return typeof address === "object" && address ? address.port : 0;
}

describe("lab images", function () {
    this.timeout(120_000);
    let folder = "";
    let address = "";
    let tools: Tools;
    let images: Image[] = [];
    const started: ChildProcess[] = [];
    const never = async () => false;
    const image = (name: string): Image => {
        const found = images.find(({ reference }) => reference.includes(`/${name}:`));
        if (!found) throw new Error(`no image ${name}`);
        return found;
    };
    /** Unpacks an image as containerd does, a layer over the other, and returns the folder. */
    async function unpack(name: string, into = name): Promise<string> {
        const root = join(folder, into);
        await run("mkdir", ["-p", root]);
        const { layout } = image(name);
        for (const layer of (await readLayout(layout)).manifest.layers) {
            await run("tar", ["-xpf", blobPath(layout, layer.digest), "--same-owner", "-C", root], { timeout: 60 });
        }
        return root;
    }
    const inside = (root: string, ...command: string[]) =>
        exec("chroot", [root, ...command], {
            timeout: 30,
            env: { PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin" },
        });

    before(async function () {
        this.timeout(3_600_000); // the first run on a machine builds the executables
        const progress = createProgress();
        tools = await ensureTools({ progress });
        folder = await mkdtemp(join(tmpdir(), "m3perf-lab-images-"));
        images = await ensureImages({ tools, progress, probe: never });
        address = `127.0.0.1:${await freePort()}`;
        const { command, args } = await registryCommand({
            images,
            listen: address,
            dir: join(folder, "registry"),
            tools,
        });
        started.push(spawn(command, args, { stdio: "ignore" }));
        await waitFor({ what: "the registry", timeout: 20 }, async () => (await fetch(`http://${address}/v2/`)).ok);
    });
    after(async () => {
        for (const child of started.filter(({ exitCode, signalCode }) => exitCode === null && signalCode === null)) {
            child.kill("SIGKILL");
            await once(child, "exit");
        }
        if (folder) await rm(folder, { recursive: true });
    });

    it("every image of the catalog is served under its official name, by tag and by digest, HEAD and GET", async () => {
        assert.equal(images.length, catalog.length);
        for (const { reference, digest } of images) {
            const [, host = "", repository = "", tag = ""] = /^([^/]+)\/(.+):([^:]+)$/.exec(reference) ?? [];
            for (const name of [tag, digest]) {
                const url = `http://${address}/v2/${repository}/manifests/${name}?ns=${host}`;
                const head = await fetch(url, { method: "HEAD", headers: { accept } });
                assert.equal(head.status, 200, url);
                assert.equal(head.headers.get("docker-content-digest"), digest);
                const answer = await fetch(url, { headers: { accept } });
                assert.equal(answer.headers.get("content-type"), "application/vnd.oci.image.manifest.v1+json");
                const body = Buffer.from(await answer.arrayBuffer());
                assert.equal(`sha256:${createHash("sha256").update(body).digest("hex")}`, digest);
            }
        }
    });

    it("the blobs of a manifest are served whole and in part", async () => {
        const base = `http://${address}/v2/m3db/m3dbnode`;
        const manifest = (await (await fetch(`${base}/manifests/v1.5.0`, { headers: { accept } })).json()) as Manifest;
        for (const blob of [manifest.config, ...manifest.layers]) {
            const answer = await fetch(`${base}/blobs/${blob.digest}`);
            const body = Buffer.from(await answer.arrayBuffer());
            assert.equal(body.length, blob.size);
            assert.equal(`sha256:${createHash("sha256").update(body).digest("hex")}`, blob.digest);
        }
        const part = await fetch(`${base}/blobs/${manifest.config.digest}`, { headers: { range: "bytes=0-9" } });
        assert.equal(part.status, 206);
        assert.equal((await part.arrayBuffer()).byteLength, 10);
    });

    it("nothing can be written or deleted, and what is not there is 404", async () => {
        const base = `http://${address}/v2/m3db/m3dbnode`;
        const { digest } = image("m3dbnode");
        const blob = (await readLayout(image("m3dbnode").layout)).manifest.layers[0]?.digest;
        for (const [method, url] of [
            ["PUT", `${base}/manifests/v1.5.0`],
            ["DELETE", `${base}/manifests/${digest}`],
            ["POST", `${base}/blobs/uploads/`],
            ["DELETE", `${base}/blobs/${blob}`],
        ] as const) {
            const answer = await fetch(url, { method, ...(method === "PUT" ? { body: "{}" } : {}) });
            assert.equal(answer.status, 405, `${method} ${url}`);
        }
        assert.equal((await fetch(`${base}/manifests/v9`, { headers: { accept } })).status, 404);
        assert.equal((await fetch(`${base}/manifests/v1.5.0`, { method: "HEAD", headers: { accept } })).status, 200);
    });

    it("what users call in M3's containers runs there", async () => {
        const root = await unpack("m3dbnode");
        const help = await inside(root, "m3dbnode", "-h");
        assert.match(help.stdout + help.stderr, /Build Version:\s+v1\.5\.0/);
        assert.match((await inside(root, "curl", "--version")).stdout, /^curl \d/);
        assert.equal((await inside(root, "jq", "--version")).code, 0);
        assert.equal((await inside(root, "sh", "-c", "echo '{\"a\":[7]}' | jq .a[0]")).stdout, "7\n");
        assert.equal((await inside(root, "sh", "-c", "id -un && ls /tmp && env | grep -c PATH")).stdout, "root\n1\n");
        assert.equal((await stat(join(root, "tmp"))).mode & 0o7777, 0o1777);
        for (const name of ["m3coordinator", "m3query", "m3aggregator"]) {
            const other = await unpack(name);
            const told = await inside(other, `/bin/${name}`, "-h");
            assert.match(told.stdout + told.stderr, /Build Version:\s+v1\.5\.0/, name);
            assert.equal((await inside(other, "curl", "--version")).code, 0, name);
        }
    });

    it("the other images' programs run", async () => {
        const etcd = await unpack("etcd");
        assert.match((await inside(etcd, "etcdctl", "version")).stdout, /etcdctl version/);
        const node = await unpack("node");
        assert.equal((await inside(node, "node", "--version")).stdout.trim(), `v${nodeVersion}`);
        const resolved = await inside(node, "node", "-p", "typeof require('node:dns').lookup");
        assert.equal(resolved.stdout.trim(), "function");
        const prometheus = await unpack("prometheus");
        assert.match((await inside(prometheus, "/bin/prometheus", "--version")).stdout, /prometheus, version/);
        assert.equal(
            (await inside(prometheus, "promtool", "check", "config", "/etc/prometheus/prometheus.yml")).code,
            0,
        );
        assert.equal((await stat(join(prometheus, "prometheus"))).uid, 65534);
        assert.match((await inside(await unpack("coredns"), "/coredns", "-version")).stdout, /CoreDNS-/);
        const metrics = await inside(await unpack("metrics-server"), "/metrics-server", "--version");
        assert.equal(metrics.code, 0, metrics.stderr);
        const provisioner = await inside(await unpack("local-path-provisioner"), "local-path-provisioner", "--version");
        assert.equal(provisioner.code, 0, provisioner.stderr);
        assert.equal(await readlink(join(await unpack("busybox"), "bin")), "usr/bin");
    });

    it("the operator's image has m3db-operator on the PATH, and it takes the official arguments", async () => {
        const root = await unpack("m3db-operator");
        const told = await inside(root, "m3db-operator", "-no-such-flag");
        assert.match(told.stderr, /Usage of m3db-operator/);
        const started = await inside(root, "m3db-operator", "-debug", "-human-time");
        assert.doesNotMatch(started.stderr, /flag provided but not defined|SyntaxError|ERR_MODULE/);
    });

    it("pause reaps orphans as process 1 and ends at SIGTERM", async () => {
        const root = await unpack("pause");
        await run("mknod", ["-m", "666", join(root, "dev/null"), "c", "1", "3"]); // every container has one
        // A process namespace of its own, as a pod has; its first process is /pause.
        const args = ["--pid", "--fork", "--kill-child", "--root", root, "/pause"];
        const parent = spawn("unshare", args, { stdio: "ignore" });
        started.push(parent);
        const children = async (pid: number | string | undefined) =>
            (await exec("ps", ["-o", "pid=,stat=", "--ppid", String(pid)])).stdout.trim().split("\n").filter(Boolean);
        const pid = await waitFor({ what: "pause and its sleep", timeout: 10 }, async () => {
            const first = (await children(parent.pid))[0]?.trim().split(/\s+/)[0];
            return first !== undefined && (await children(first)).length === 1 && first;
        });
        const sleeper = await children(pid);
        // An orphan is given to process 1 and ends.
        await run("nsenter", ["--target", pid, "--pid", "chroot", root, "sh", "-c", "(sleep 0.2 & ) ; exit 0"]);
        await waitFor({ what: "the orphan to be reaped", timeout: 10 }, async () => {
            const left = await children(pid);
            return left.join() === sleeper.join(); // the same sleep all the time, and nothing beside it
        });
        const ended = once(parent, "exit");
        process.kill(Number(pid), "SIGTERM");
        await ended;
    });

    it("short names with search domains resolve, by glibc (curl) and by Go (etcdctl)", async () => {
        const root = await unpack("m3dbnode", "resolver");
        for (const layer of (await readLayout(image("etcd").layout)).manifest.layers.slice(1)) {
            await run("tar", ["-xpf", blobPath(image("etcd").layout, layer.digest), "-C", root]);
        }
        const helper = join(import.meta.dirname, "resolver.ts");
        const text = await run("unshare", ["--net", process.execPath, helper, root], { timeout: 60 });
        const { curl, etcdctl, wrong } = JSON.parse(text);
        assert.equal(curl.stdout, "hello", curl.stderr);
        assert.equal(etcdctl.code, 0, etcdctl.stderr);
        assert.match(wrong.stderr, /Could not resolve/);
    });

    it("a second call makes the same digests without making a layer again", async () => {
        const again = await ensureImages({ tools, progress: createProgress(), probe: never });
        assert.deepEqual(again, images);
    });

    it("an official image is copied from its registry to a layout that can be served, and a missing one is told", async () => {
        const options = { cache: join(folder, "official"), skopeo: await ensureSkopeo() };
        const from = (repository: string) => ({
            ...options,
            source: { name: `docker://${address}/${repository}`, insecure: true as const },
        });
        const copied = await copyOfficial("quay.io/coreos/etcd:v3.4.23", from("coreos/etcd:v3.4.23"));
        assert.ok("layout" in copied, JSON.stringify(copied));
        const { descriptor, manifest } = await readLayout(copied.layout);
        assert.equal(copied.digest, descriptor.digest);
        assert.equal(manifest.layers.length, 2);
        // Copied once: the second call asks no registry.
        const again = await copyOfficial("quay.io/coreos/etcd:v3.4.23", from("not/there:v1"));
        assert.deepEqual(again, copied);
        const missing = await copyOfficial("quay.io/coreos/etcd:v9", from("coreos/etcd:v9"));
        assert.match("problem" in missing ? missing.problem : "", /manifest unknown/);
    });
});
