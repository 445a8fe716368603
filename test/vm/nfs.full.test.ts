/**
 * The repository's export on a real host: the component by the real engine, the server and the client of a real kernel. The
 * Kubernetes half is bound by a real API server. The guest is the only host, so it is client, too: by its own address it is a
 * node, by 127.0.0.1 it is none.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { Vm } from "../../lab/vm/index.ts";
import type { SiteNode } from "../../settings/site.ts";
import { projectRoot } from "../../support/paths.ts";
import { type ApiServer, startApiServer } from "../support/apiserver.ts";
import { type PulumiProject, pulumiProject } from "../support/pulumi.ts";
import { bootLimit, output, type VmBench, vmBench } from "./machine.ts";

describe("NFS repository on a host", function () {
    this.timeout(bootLimit * 1000);
    let bench: VmBench;
    let api: ApiServer;
    let project: PulumiProject;
    let vm: Vm;

    const directory = "/srv/m3perf/reports";
    const file = "/etc/exports.d/m3perf-srv-m3perf-reports.exports";
    const store = (): SiteNode => ({
        name: "store",
        roles: ["repository"],
        address: vm.address,
        cpu: 4,
        memory: "8Gi",
    });
    const stranger: SiteNode = { name: "stranger", roles: [], address: "127.0.0.1", cpu: 4, memory: "8Gi" };

    /** As a user who is not root: what is done goes through sudo. */
    const declare = (...nodes: SiteNode[]) => {
        const { host, port, hostKey, privateKeyFile } = vm.ssh;
        const ssh = { host, port, user: "cloud-user", hostKey, privateKeyFile, jump: null };
        const repository = { size: "100Mi", source: { kind: "export", node: "store", directory } };
        const args = { repository, nodes, hosts: [{ node: "store", ssh }], namespace: "default" };
        project.write(`
            import { Provider } from "@pulumi/kubernetes/provider.js";
            import { readFileSync } from "node:fs";
            import { NfsRepository } from "${projectRoot}components/nodes/NfsRepository.ts";
            const provider = new Provider("kubernetes", { kubeconfig: readFileSync("kubeconfig", "utf8"), clusterIdentifier: "test" });
            const made = new NfsRepository("repository", ${JSON.stringify(args)}, { provider });
            export const place = made.place;
        `);
    };
    const mount = (from: string) =>
        vm.run(`mkdir -p /mnt/reports && mount -t nfs4 -o soft,timeo=100,retrans=1 ${from}:${directory} /mnt/reports`, {
            timeout: 120,
        });
    const states = (...units: string[]) => output(vm, `systemctl is-enabled ${units.join(" ")} || :`);
    const rpcbind = ["rpcbind.socket", "rpcbind.service"];

    before(async function () {
        this.timeout(2_400_000); // the image may have to be made
        bench = await vmBench();
        vm = await bench.start("store");
        [api, project] = await Promise.all([startApiServer(), pulumiProject("", ["kubernetes", "command"])]);
        project.write(readFileSync(api.kubeconfig, "utf8"), "kubeconfig");
        await vm.waitForSsh(bootLimit);
        // As facts.md 6 has it on a host that is no server.
        await output(vm, `systemctl mask --quiet ${rpcbind.join(" ")}`);
    });
    after(async function () {
        this.timeout(120_000);
        await project?.remove();
        await api?.stop();
        await bench?.end();
    });

    it("is exported to the nodes, and its claim bound", async () => {
        declare(store());
        const said = await project.up();
        assert.match(said, /store: exports \/srv\/m3perf\/reports to 10\.0\.2\.15/);
        assert.match(await output(vm, "exportfs -s"), /^\/srv\/m3perf\/reports +10\.0\.2\.15\(.*rw,.*all_squash/);
        assert.equal(await states("nfs-server.service"), "enabled");
        const path = "/api/v1/namespaces/default/persistentvolumeclaims/m3perf-repository";
        const { body } = await api.call<{ status: { phase: string } }>("GET", path);
        assert.equal(body.status.phase, "Bound");
        assert.deepEqual(await project.outputs(), { place: `nfs 10.0.2.15:${directory}, exported by node store` });
    });

    it("is mounted by a node, written and read back, whoever writes there", async () => {
        const { code, stderr } = await mount(vm.address);
        assert.equal(code, 0, stderr);
        assert.match(await output(vm, "findmnt -n -o FSTYPE,OPTIONS /mnt/reports"), /^nfs4 .*vers=4\.2/);
        const as = (user: number, command: string) =>
            output(vm, `setpriv --reuid ${user} --clear-groups sh -c '${command}'`);
        await as(1234, "echo from-1234 >/mnt/reports/report && chmod 600 /mnt/reports/report");
        assert.equal(
            await as(4321, "echo from-4321 >>/mnt/reports/report && cat /mnt/reports/report"),
            "from-1234\nfrom-4321",
        );
        assert.equal(
            await output(vm, `stat -c '%u:%g' ${directory}/report && cat ${directory}/report`),
            "65534:65534\nfrom-1234\nfrom-4321",
        );
        await output(vm, "umount /mnt/reports");
    });

    it("refuses an address that is no node's, and takes it once it is one", async () => {
        const refused = await mount(stranger.address);
        assert.notEqual(refused.code, 0, "mounted from an address that is no node's");
        assert.match(refused.stderr, /access denied by server|No such file or directory|Operation not permitted/);
        declare(store(), stranger);
        await project.up();
        const taken = await mount(stranger.address);
        assert.equal(taken.code, 0, taken.stderr);
        assert.equal(await output(vm, "cat /mnt/reports/report; umount /mnt/reports"), "from-1234\nfrom-4321");
        declare(store());
        await project.up();
        assert.notEqual((await mount(stranger.address)).code, 0, "the address is no node's any more");
    });

    it("does nothing when nothing has changed", async () => {
        const { code, stdout } = await project.run([
            "up",
            "--yes",
            "--skip-preview",
            "--refresh",
            "--expect-no-changes",
        ]);
        assert.equal(code, 0, stdout);
    });

    it("is taken back by destroy: the export, the service, what was unmasked; not the data", async () => {
        const { code, stdout, stderr } = await project.run(["destroy", "--yes", "--skip-preview"], { timeout: 300 });
        assert.equal(code, 0, stdout + stderr);
        assert.match(stdout, /\/srv\/m3perf\/reports stays with what is in it/);
        assert.equal(
            await output(vm, `exportfs -s; ls ${file} 2>&1 || :`),
            `ls: cannot access '${file}': No such file or directory`,
        );
        assert.equal(await states("nfs-server.service", ...rpcbind), "disabled\nmasked\nmasked");
        assert.equal(await output(vm, "systemctl is-active nfs-server.service || :"), "inactive");
        assert.equal(await output(vm, `cat ${directory}/report`), "from-1234\nfrom-4321");
    });
});
