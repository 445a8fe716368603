import assert from "node:assert/strict";
import { probeOf, toolSets } from "../../../lab/tools/sets.ts";
import { upstreamVersion } from "../../../lab/tools/system.ts";
import { compareVersions, probeVersion, readVersion } from "../../../lab/tools/versions.ts";

/** What the real binaries print. */
const printed: Record<string, string> = {
    kubelet: "Kubernetes v1.35.4\n",
    kubectl: "Client Version: v1.35.4\nKustomize Version: v5.7.1\n",
    pulumi: "3.259.0\n",
    m3dbnode:
        "\n2026/11/23 05:50:00 Go Runtime version: go1.26.8\n2026/11/23 05:50:00 Build Version:      v1.5.0\nUsage of m3dbnode:\n",
    containerd: "containerd github.com/containerd/containerd/v2 v2.4.2 \n",
    "containerd-shim-runc-v2": "containerd-shim-runc-v2:\n  Version:  v2.4.2\n  Revision: \n  Go version: go1.26.8\n",
    ctr: "ctr github.com/containerd/containerd/v2 v2.4.2\n",
    coredns: "CoreDNS-1.14.7\nlinux/amd64, go1.26.8, \n",
    "metrics-server": "v0.9.0\n",
    "local-path-provisioner": "local-path-provisioner version v0.0.30\n",
};

describe("tools: versions", () => {
    it("each binary's own words are understood", () => {
        for (const [name, text] of Object.entries(printed)) {
            const set = toolSets.find((candidate) => name in candidate.binaries);
            assert.ok(set, name);
            assert.deepEqual(readVersion(text, probeOf(set, name).pattern), { version: set.version }, name);
        }
    });

    it("a build that was not told its version is not taken for right", () => {
        const kubernetes = toolSets.find(({ name }) => name === "kubernetes");
        assert.ok(kubernetes);
        const result = readVersion("Kubernetes v0.0.0-master+$Format:%H$", probeOf(kubernetes, "kubelet").pattern);
        assert.ok("version" in result && result.version !== kubernetes.version);
    });

    it("a program that tells nothing, does not exist or is no program is a problem, not an error", async () => {
        const probe = { args: ["--version"], pattern: /v(\d+)/ };
        assert.match(JSON.stringify(readVersion("", /v(\d+)/, 3)), /exit code 3/);
        assert.match(JSON.stringify(await probeVersion("/nonexistent/kubelet", probe)), /does not run/);
        assert.match(JSON.stringify(await probeVersion("/etc/passwd", probe)), /does not run/);
    });

    it("versions compare by number, part by part", () => {
        assert.ok(compareVersions("1.9", "1.26") < 0);
        assert.ok(compareVersions("1.26.8", "1.26") > 0);
        assert.equal(compareVersions("1.26", "1.26.0"), 0);
        assert.ok(compareVersions("2.0", "1.99.99") > 0);
    });

    it("Debian's versions without epoch and revision", () => {
        assert.equal(upstreamVersion("1:9.2p1-2+deb12u10"), "9.2p1");
        assert.equal(upstreamVersion("2.42.0+ds-5+deb12u1"), "2.42.0");
        assert.equal(upstreamVersion("3.4.23-4+b4"), "3.4.23");
        assert.equal(upstreamVersion("30+20221128-1"), "30");
    });
});
