/** The repository's volume by the real engine against a real API server, whose controller binds it: made, changed, taken back. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import type { SiteRepository } from "../../../settings/site.ts";
import { projectRoot } from "../../../support/paths.ts";
import { type ApiServer, startApiServer } from "../../support/apiserver.ts";
import { type PulumiProject, pulumiProject } from "../../support/pulumi.ts";

interface Claim {
    metadata: { uid: string };
    spec: { volumeName: string; accessModes: string[] };
    status: { phase: string; capacity?: { storage: string } };
}
interface Volume {
    metadata: { name: string };
    spec: { nfs?: object; local?: object };
    status: { phase: string };
}

describe("the repository's volume", function () {
    this.timeout(180_000);
    let api: ApiServer;
    let project: PulumiProject;

    const declare = (repository: SiteRepository, namespace = "m3db") =>
        project.write(`
            import { Namespace } from "@pulumi/kubernetes/core/v1/namespace.js";
            import { Provider } from "@pulumi/kubernetes/provider.js";
            import { readFileSync } from "node:fs";
            import { NfsRepository } from "${projectRoot}components/nodes/NfsRepository.ts";
            const provider = new Provider("kubernetes", { kubeconfig: readFileSync("kubeconfig", "utf8"), clusterIdentifier: "test" });
            const home = new Namespace("home", { metadata: { name: "${namespace}" } }, { provider });
            const nodes = [{ name: "store", roles: ["repository"], address: "192.0.2.7", cpu: 4, memory: "8Gi" }];
            const made = new NfsRepository(
                "repository",
                { repository: ${JSON.stringify(repository)}, nodes, hosts: [], namespace: "${namespace}" },
                { provider, dependsOn: home },
            );
            export const { claim, kind, place } = made;
        `);
    const claim = async (namespace = "m3db") =>
        (await api.call<Claim>("GET", `/api/v1/namespaces/${namespace}/persistentvolumeclaims/m3perf-repository`)).body;
    const volumes = async () => (await api.call<{ items: Volume[] }>("GET", "/api/v1/persistentvolumes")).body.items;
    const local: SiteRepository = { size: "1Gi", source: { kind: "local", node: "store", directory: "/srv/m3perf" } };

    before(async () => {
        api = await startApiServer();
        project = await pulumiProject("", ["kubernetes", "command"]);
        project.write(readFileSync(api.kubeconfig, "utf8"), "kubeconfig");
    });
    after(async () => {
        await project.remove();
        await api.stop();
    });

    it("is bound at once, with no pod to wait for, and says what it is", async () => {
        declare(local);
        const output = await project.up();
        assert.match(output, /repository: \/srv\/m3perf of node store takes the place of an NFS export/);
        const { spec, status } = await claim();
        assert.equal(status.phase, "Bound");
        assert.deepEqual(spec.accessModes, ["ReadWriteOnce"]);
        assert.equal((await volumes())[0]?.metadata.name, spec.volumeName);
        const { claim: name, kind } = await project.outputs();
        assert.deepEqual([name, kind], ["m3perf-repository", "local"]);
        const again = await project.run(["up", "--yes", "--skip-preview", "--refresh", "--expect-no-changes"]);
        assert.equal(again.code, 0, again.stdout + again.stderr);
    });

    it("is another volume when its size, its place or its namespace changes, bound again, the old one gone", async () => {
        const seen = new Set([(await claim()).metadata.uid]);
        const server: SiteRepository = { size: "2Gi", source: { kind: "existing", server: "nas", path: "/x" } };
        const changes: [SiteRepository, string][] = [
            [{ ...local, size: "2Gi" }, "m3db"],
            [server, "m3db"],
            [server, "other"],
        ];
        for (const [repository, namespace] of changes) {
            declare(repository, namespace);
            await project.up();
            const { metadata, spec, status } = await claim(namespace);
            assert.equal(status.phase, "Bound");
            assert.equal(status.capacity?.storage, "2Gi");
            assert.ok(!seen.has(metadata.uid));
            seen.add(metadata.uid);
            const left = await volumes();
            assert.deepEqual(
                left.map((volume) => volume.metadata.name),
                [spec.volumeName],
            );
            assert.equal(left[0]?.spec.nfs !== undefined, repository === server);
        }
    });

    it("goes with the environment, class and claim with it", async () => {
        const { code, stdout, stderr } = await project.run(["destroy", "--yes", "--skip-preview"]);
        assert.equal(code, 0, stdout + stderr);
        assert.deepEqual(await volumes(), []);
        const { status } = await api.call("GET", "/apis/storage.k8s.io/v1/storageclasses/m3perf-repository");
        assert.equal(status, 404);
    });
});
