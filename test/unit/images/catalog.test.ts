import assert from "node:assert/strict";
import { catalog, nodeVersion } from "../../../lab/images/catalog.ts";
import { pauseImage } from "../../../lab/images/index.ts";
import { parseLdd } from "../../../lab/images/libraries.ts";
import { parseReference } from "../../../lab/images/reference.ts";
import { mirrorConfig, refuseClashes, registryConfig } from "../../../lab/images/registry.ts";

const references = catalog.map(({ reference }) => reference);
const executables = (reference: string) =>
    catalog
        .filter((recipe) => recipe.reference === reference)
        .flatMap(({ layers }) => layers.flatMap((layer) => Object.keys(layer.executables ?? {})));

describe("images: catalog", () => {
    it("has every official name that the lab and the program use, in full", () => {
        for (const name of ["m3dbnode", "m3coordinator", "m3query", "m3aggregator"]) {
            assert.ok(references.includes(`quay.io/m3db/${name}:v1.5.0`), name);
        }
        assert.ok(references.includes("quay.io/m3db/m3db-operator:v0.14.0"));
        assert.ok(references.includes("quay.io/coreos/etcd:v3.4.23"));
        assert.ok(references.includes("quay.io/prometheus/prometheus:v2.42.0"));
        assert.ok(references.includes(`docker.io/library/node:${nodeVersion}-slim`));
        assert.ok(references.includes(pauseImage));
        for (const reference of references) assert.ok(parseReference(reference).tag);
    });

    it("has the tools that users call in M3's and etcd's containers", () => {
        for (const name of ["m3dbnode", "m3coordinator", "m3query", "m3aggregator"]) {
            const found = executables(`quay.io/m3db/${name}:v1.5.0`);
            assert.deepEqual(
                [name, "curl", "jq", "busybox"].filter((tool) => !found.includes(tool)),
                [],
            );
        }
        assert.ok(executables("quay.io/coreos/etcd:v3.4.23").includes("etcdctl"));
        assert.ok(executables("quay.io/prometheus/prometheus:v2.42.0").includes("promtool"));
    });

    it("says of each image that is not what its name says what it is", () => {
        for (const recipe of catalog) if (recipe.origin === "substitute") assert.ok(recipe.note, recipe.reference);
    });

    it("has no two images that a mirror of several hosts could not tell apart", () => {
        refuseClashes(references);
        assert.throws(
            () => refuseClashes(["quay.io/a/b:1", "docker.io/a/b:1"]),
            /quay.io\/a\/b:1 and docker.io\/a\/b:1/,
        );
        refuseClashes(["quay.io/a/b:1", "quay.io/a/b:2"]);
    });
});

describe("images: names and settings", () => {
    it("a reference needs host and tag", () => {
        assert.deepEqual(parseReference("registry.k8s.io/pause:3.10"), {
            host: "registry.k8s.io",
            repository: "pause",
            tag: "3.10",
        });
        assert.equal(parseReference("localhost.local:5000/a/b:x").host, "localhost.local:5000");
        for (const wrong of ["m3db/m3dbnode:v1", "quay.io/m3db/m3dbnode", "quay.io/m3db/m3dbnode:", "quay.io/a b:1"]) {
            assert.throws(() => parseReference(wrong), /full image name/);
        }
    });

    it("the registry is read-only", () => {
        const { storage } = registryConfig("127.0.0.1:1", "/x") as { storage: Record<string, Record<string, unknown>> };
        assert.deepEqual(storage.maintenance?.readonly, { enabled: true });
        assert.deepEqual(storage.delete, { enabled: false });
        assert.match(mirrorConfig("10.0.0.1:5000"), /^\[host\."http:\/\/10\.0\.0\.1:5000"\]\n/);
    });

    it("ldd's output gives paths, the linker included, and what was not found", () => {
        const text = [
            "\tlinux-vdso.so.1 (0x00007f2ce488d000)",
            "\tlibc.so.6 => /lib/x86_64-linux-gnu/libc.so.6 (0x00007f2ce469a000)",
            "\tlibfoo.so.1 => not found",
            "\t/lib64/ld-linux-x86-64.so.2 (0x00007f2ce488f000)",
        ].join("\n");
        assert.deepEqual(parseLdd(text), {
            paths: ["/lib/x86_64-linux-gnu/libc.so.6", "/lib64/ld-linux-x86-64.so.2"],
            missing: ["libfoo.so.1"],
        });
        assert.deepEqual(parseLdd("\tnot a dynamic executable\n"), { paths: [], missing: [] });
    });
});
