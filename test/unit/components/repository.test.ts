import assert from "node:assert/strict";
import { NfsRepository } from "../../../components/nodes/NfsRepository.ts";
import { exportScript } from "../../../components/nodes/nfs/script.ts";
import { repositoryClaim, repositoryVolume } from "../../../components/nodes/repository-manifests.ts";
import type { SiteRepository } from "../../../settings/site.ts";
import { isSecret, runWithMocks } from "../../support/pulumi-mocks.ts";
import { ed25519Pair } from "../../support/ssh-keys.ts";
import { node } from "../settings/sites.ts";

type Source = SiteRepository["source"];
const sources: Record<Source["kind"], Source> = {
    export: { kind: "export", node: "store", directory: "/srv/m3perf" },
    existing: { kind: "existing", server: "nas.example", path: "/volume1/m3perf" },
    local: { kind: "local", node: "store", directory: "/srv/m3perf" },
};
const nodes = [node("worker", ["m3db"]), node("store", ["repository"])];
const privateKey = ed25519Pair().private;
const access = {
    host: "192.0.2.7",
    port: 22,
    user: "admin",
    privateKeyFile: null,
    hostKey: "ssh-ed25519 AAAA",
    jump: null,
};

describe("the repository's volume", () => {
    const plan = { source: sources.export, server: "192.0.2.7", size: "20Gi", namespace: "m3db" };

    it("is the export's, kept, and made for the one claim", () => {
        const { metadata, spec } = repositoryVolume(plan);
        assert.match(metadata.name, /^m3perf-repository-[0-9a-f]{8}$/);
        assert.deepEqual(spec, {
            capacity: { storage: "20Gi" },
            accessModes: ["ReadWriteMany"],
            persistentVolumeReclaimPolicy: "Retain",
            storageClassName: "m3perf-repository",
            claimRef: { apiVersion: "v1", kind: "PersistentVolumeClaim", name: "m3perf-repository", namespace: "m3db" },
            nfs: { server: "192.0.2.7", path: "/srv/m3perf" },
            mountOptions: ["nfsvers=4"],
        });
        const claim = repositoryClaim(plan, metadata.name);
        assert.deepEqual([claim.spec.volumeName, claim.metadata.namespace], [metadata.name, "m3db"]);
    });

    it("has another name when anything that cannot be changed changes", () => {
        const variants = [
            plan,
            { ...plan, size: "30Gi" },
            { ...plan, namespace: "x" },
            { ...plan, source: sources.local },
        ];
        const names = variants.map((variant) => repositoryVolume(variant).metadata.name);
        assert.equal(new Set(names).size, names.length);
        assert.equal(repositoryVolume({ ...plan }).metadata.name, names[0]);
    });

    it("is a folder of one node where there is no NFS client, for pods of that node", () => {
        const { spec } = repositoryVolume({ ...plan, source: sources.local });
        assert.deepEqual(spec.accessModes, ["ReadWriteOnce"]);
        assert.ok("local" in spec && spec.local.path === "/srv/m3perf");
        assert.match(JSON.stringify(spec.nodeAffinity), /"kubernetes.io\/hostname".*"store"/);
    });
});

describe("NfsRepository", () => {
    const make = (source: Source) =>
        runWithMocks({}, async () => {
            const repository = { size: "20Gi", source };
            const hosts = [{ node: "store", ssh: access }];
            const made = new NfsRepository("repository", {
                repository,
                nodes,
                hosts,
                sshPrivateKey: privateKey,
                namespace: "m3db",
            });
            return { claim: made.claim, kind: made.kind, place: made.place };
        });

    it("makes the export step after step before the volume, as root, with its way back", async () => {
        const { resources, result } = await make(sources.export);
        assert.deepEqual(result, {
            claim: "m3perf-repository",
            kind: "export",
            place: "nfs addr-of-store:/srv/m3perf, exported by node store",
        });
        const steps = ["package", "directory", "export", "service", "check"];
        for (const [index, step] of steps.entries()) {
            const { type, inputs, dependsOn, customTimeouts } =
                resources.get(`repository-${step}`) ?? assert.fail(step);
            assert.equal(type, "command:remote:Command");
            assert.equal(inputs.create, "sudo -n /bin/sh -s -- up");
            assert.equal(inputs.delete, step === "check" ? undefined : "sudo -n /bin/sh -s -- down");
            assert.match(String(inputs.stdin), /CLIENTS='addr-of-worker addr-of-store'/);
            assert.match(String(inputs.stdin), /OWNER='stack test of m3perf'/);
            assert.ok(isSecret(inputs.connection));
            assert.deepEqual(dependsOn, index === 0 ? [] : [`repository-${steps[index - 1]}`]);
            assert.match(customTimeouts.create, /^\d+m$/);
        }
        assert.ok(resources.get("repository-volume")?.dependsOn.includes("repository-check"));
        assert.equal(resources.get("repository-claim")?.deleteBeforeReplace, true);
        assert.ok(!JSON.stringify([...resources.values()].map(({ inputs }) => inputs.stdin)).includes("PRIVATE KEY"));
    });

    it("touches no host for an export that is there, or for a folder in its place, and says which it is", async () => {
        for (const kind of ["existing", "local"] as const) {
            const { resources, result } = await make(sources[kind]);
            const names = [...resources.keys()].filter((name) => name.startsWith("repository-")).sort();
            assert.deepEqual(names, ["repository-claim", "repository-class", "repository-volume"]);
            assert.equal(result.kind, kind);
            assert.match(
                result.place,
                kind === "local"
                    ? /takes the place of an NFS export.*only pods on that node/
                    : /^nfs nas\.example:\/volume1/,
            );
        }
    });
});

describe("a step's script", () => {
    it("does nothing before its last line has been read", () => {
        const plan = { node: "store", directory: "/srv/m3perf", clients: ["192.0.2.1"], sizeMi: 1, owner: "o" };
        const lines = exportScript("export", plan).trimEnd().split("\n");
        assert.equal(lines.at(-1), '"$1" </dev/null');
    });
});
