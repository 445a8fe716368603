import assert from "node:assert/strict";
import { flagValue, removeFlags, restoreFlags } from "../../../components/prometheus/flags.ts";
import { changePod, type PodParts, podDrifted, undoPod, versionOf } from "../../../components/prometheus/pod.ts";
import { patchOf } from "../../../components/prometheus/pod-patch.ts";
import { containerOf, partsOf } from "../../../components/prometheus/pod-template.ts";

const args = [
    "--storage.tsdb.no-lockfile",
    "--config.file=/etc/config/prometheus.yml",
    "--storage.tsdb.wal-compression",
    "--storage.tsdb.path",
    "/prometheus/",
    "--query.timeout=1m",
    "--web.enable-lifecycle",
    "--storage.tsdb.retention.time=1d",
];
const claim = { name: "data", persistentVolumeClaim: { claimName: "prometheus-server" } };
const parts: PodParts = {
    image: "quay.io/prometheus/prometheus:v2.42.0",
    args,
    volumes: [{ name: "config", configMap: { name: "prometheus-server" } }, claim, { name: "targets", emptyDir: {} }],
    mounts: [
        { name: "config", mountPath: "/etc/config" },
        { name: "data", mountPath: "/prometheus" },
    ],
    claims: [],
};
const secrets = [{ name: "m3perf-remote-write-credentials", secretName: "m3", mountPath: "/etc/m3perf/remote-write" }];
const without = ["--config.file=/etc/config/prometheus.yml", "--query.timeout=1m", "--web.enable-lifecycle"];

describe("Prometheus' flags", () => {
    const tsdb = /^--(no-)?storage\.tsdb\./;

    it("are taken out with their values, and put back where they were", () => {
        const { args: kept, removed } = removeFlags(args, tsdb);
        assert.deepEqual(kept, without);
        assert.deepEqual(restoreFlags(kept, removed), args);
    });

    it("that others have set again meanwhile stay as they set them", () => {
        const { args: kept, removed } = removeFlags(args, tsdb);
        const theirs = [...kept, "--storage.tsdb.path=/other", "--web.enable-admin-api"];
        const restored = restoreFlags(theirs, removed);
        assert.equal(flagValue(restored, "--storage.tsdb.path"), "/other");
        assert.equal(restored.filter((word) => word.startsWith("--storage.tsdb.path")).length, 1);
        assert.ok(!restored.includes("/prometheus/"));
        assert.equal(flagValue(restored, "--storage.tsdb.retention.time"), "1d");
        assert.ok(restored.includes("--web.enable-admin-api"));
    });

    it("go to the end when the word that they stood behind is gone", () => {
        const { removed } = removeFlags(["--a", "--storage.tsdb.path=/x"], tsdb);
        assert.deepEqual(restoreFlags(["--b"], removed), ["--b", "--storage.tsdb.path=/x"]);
    });
});

describe("Prometheus' pods", () => {
    it("stay as they are with localStorage keep, but for the Secrets that they need", () => {
        assert.deepEqual(changePod(parts, { localStorage: "keep", secrets: [] }).parts, parts);
        const { parts: changed, change } = changePod(parts, { localStorage: "keep", secrets });
        assert.deepEqual(changed.volumes.at(-1), {
            name: "m3perf-remote-write-credentials",
            secret: { secretName: "m3", defaultMode: 0o644 },
        });
        assert.deepEqual(changed.mounts.at(-1), {
            name: "m3perf-remote-write-credentials",
            mountPath: "/etc/m3perf/remote-write",
            readOnly: true,
        });
        assert.deepEqual(undoPod(changed, change), parts);
    });

    it("minimal: lose the tsdb arguments and the claim, and get both back", () => {
        const { parts: changed, change } = changePod(parts, { localStorage: "minimal", secrets });
        assert.deepEqual(changed.args, without);
        assert.deepEqual(changed.volumes[1], { name: "data", emptyDir: {} });
        assert.deepEqual(changed.volumes[0], parts.volumes[0]);
        assert.deepEqual(undoPod(changed, change), parts);
    });

    it("agent: run as one, without what an agent refuses, with its data where the volume is", () => {
        const { parts: changed, change } = changePod(parts, { localStorage: "agent", secrets: [] });
        assert.deepEqual(changed.args, [
            "--config.file=/etc/config/prometheus.yml",
            "--web.enable-lifecycle",
            "--enable-feature=agent",
            "--storage.agent.path=/prometheus/agent",
        ]);
        assert.deepEqual(undoPod(changed, change), parts);
        const three = changePod({ ...parts, image: "prom/prometheus:v3.14.0@sha256:00" }, change.wishes);
        assert.ok(three.parts.args.includes("--agent"));
        assert.ok(!three.parts.args.includes("--enable-feature=agent"));
    });

    it("agent: what its owner runs as one already stays one, attached and given back", () => {
        for (const feature of ["agent", "exemplar-storage,agent"]) {
            const own = ["--config.file=/x", `--enable-feature=${feature}`, "--storage.agent.path=/a"];
            const { parts: changed, change } = changePod(
                { ...parts, args: own },
                { localStorage: "agent", secrets: [] },
            );
            assert.deepEqual(changed.args, own);
            assert.equal(podDrifted(changed, change), false);
            assert.deepEqual(undoPod(changed, change).args, own);
        }
        const other = changePod(
            { ...parts, args: ["--enable-feature=memory-snapshot-on-shutdown"] },
            { localStorage: "agent", secrets: [] },
        );
        assert.ok(other.parts.args.includes("--enable-feature=agent"));
    });

    it("minimal: take the claim that holds its data, and no other", () => {
        const targets = { name: "targets", persistentVolumeClaim: { claimName: "targets" } };
        const mount = (name: string, mountPath: string) => ({ name, mountPath });
        const emptied = (words: string[], ...mounts: { name: string; mountPath: string }[]) => {
            const given = { ...parts, args: words, volumes: [targets, claim], mounts };
            const { volumes } = changePod(given, { localStorage: "minimal", secrets: [] }).parts;
            return volumes.filter(({ emptyDir }) => emptyDir).map(({ name }) => name);
        };
        const beside = mount("targets", "/etc/targets");
        assert.deepEqual(emptied([], beside, mount("data", "/prometheus")), ["data"]);
        assert.deepEqual(emptied([], beside, mount("data", "/prometheus/data")), ["data"]);
        assert.deepEqual(emptied(["--storage.tsdb.path=wal/"], beside, mount("data", "/prometheus")), ["data"]);
        assert.deepEqual(emptied(["--storage.tsdb.path=/etc/targets"], beside, mount("data", "/prometheus")), [
            "targets",
        ]);
        assert.deepEqual(emptied([], beside), []);
    });

    it("agent: refuse an image without a version, or older than agent mode", () => {
        const agent = { localStorage: "agent" as const, secrets: [] };
        assert.throws(() => changePod({ ...parts, image: "prom/prometheus:latest" }, agent), /no version in its tag/);
        assert.throws(() => changePod({ ...parts, image: "prom/prometheus:v2.31.1" }, agent), /no agent mode/);
        assert.deepEqual(versionOf("registry.example:5000/prometheus:v2.42.0-distroless"), [2, 42]);
        assert.equal(versionOf("registry.example:5000/prometheus"), undefined);
    });

    it("keep what others changed meanwhile when our change is undone", () => {
        const { parts: changed, change } = changePod(parts, { localStorage: "minimal", secrets });
        const theirs = {
            ...changed,
            image: "quay.io/prometheus/prometheus:v2.43.0",
            args: [...changed.args, "--web.enable-admin-api"],
            volumes: [...changed.volumes, { name: "theirs", emptyDir: {} }],
            mounts: [...changed.mounts, { name: "theirs", mountPath: "/theirs" }],
        };
        assert.equal(podDrifted(theirs, change), false);
        const restored = undoPod(theirs, change);
        assert.equal(restored.image, "quay.io/prometheus/prometheus:v2.43.0");
        assert.deepEqual(restored.volumes, [...parts.volumes, { name: "theirs", emptyDir: {} }]);
        assert.deepEqual(restored.mounts, [...parts.mounts, { name: "theirs", mountPath: "/theirs" }]);
        assert.deepEqual(
            restored.args.filter((word) => word !== "--web.enable-admin-api"),
            args,
        );
        assert.ok(restored.args.includes("--web.enable-admin-api"));
    });

    it("keep a volume that others have given another source since", () => {
        const { parts: changed, change } = changePod(parts, { localStorage: "minimal", secrets: [] });
        const other = { name: "data", hostPath: { path: "/srv" } };
        const volumes = changed.volumes.map((one) => (one.name === "data" ? other : one));
        assert.deepEqual(undoPod({ ...changed, volumes }, change).volumes[1], other);
    });

    it("get ConfigMaps as folders, and lose them again; what was kept before there were any is undone, too", () => {
        const rules = (configMap: string) => ({
            localStorage: "keep" as const,
            secrets,
            configMaps: [{ name: "m3perf-rules", configMap, mountPath: "/etc/m3perf/rules" }],
        });
        const { parts: changed, change } = changePod(parts, rules("rules-1"));
        assert.deepEqual(changed.volumes.at(-1), {
            name: "m3perf-rules",
            configMap: { name: "rules-1", defaultMode: 0o644 },
        });
        assert.deepEqual(changed.mounts.at(-1), {
            name: "m3perf-rules",
            mountPath: "/etc/m3perf/rules",
            readOnly: true,
        });
        assert.deepEqual(undoPod(changed, change), parts);
        assert.equal(podDrifted(changed, change), false);
        assert.equal(podDrifted({ ...changed, mounts: changed.mounts.slice(0, -1) }, change), true);
        const next = changePod(undoPod(changed, change), rules("rules-2")).parts;
        assert.deepEqual(next.volumes.length, changed.volumes.length, "the next rules take the place of these");
        const older = changePod(parts, { localStorage: "keep", secrets });
        assert.deepEqual(undoPod(older.parts, older.change), parts);
    });

    it("have drifted when the arguments or the claim are back, or a Secret's volume is gone", () => {
        const { parts: changed, change } = changePod(parts, { localStorage: "minimal", secrets });
        assert.equal(podDrifted(changed, change), false);
        assert.equal(podDrifted({ ...changed, args }, change), true);
        assert.equal(
            podDrifted({ ...changed, volumes: [...parts.volumes, ...changed.volumes.slice(3)] }, change),
            true,
        );
        assert.equal(podDrifted({ ...changed, volumes: changed.volumes.slice(0, 3) }, change), true);
    });

    it("leave claims alone that do not hold Prometheus' data", () => {
        const rules = { name: "rules", persistentVolumeClaim: { claimName: "rules" } };
        const more = {
            ...parts,
            volumes: [rules, ...parts.volumes],
            mounts: [{ name: "rules", mountPath: "/rules" }, ...parts.mounts],
        };
        const { parts: changed } = changePod(more, { localStorage: "minimal", secrets: [] });
        assert.deepEqual(changed.volumes[0], rules);
        assert.deepEqual(changed.volumes[2], { name: "data", emptyDir: {} });
    });

    it("refuse the claim template of a StatefulSet, with the reason", () => {
        const set = { ...parts, volumes: parts.volumes.filter(({ name }) => name !== "data"), claims: ["data"] };
        const minimal = { localStorage: "minimal" as const, secrets: [] };
        assert.throws(() => changePod(set, minimal), /on the claim template data[\s\S]*cannot be changed/);
        assert.deepEqual(changePod(set, { ...minimal, localStorage: "keep" }).parts, set);
    });
});

describe("a pod template", () => {
    const container = { name: "prometheus-server", args, volumeMounts: parts.mounts };
    const sidecar = { name: "reload", args: ["--watched-dir=/etc/config"] };
    const template = { spec: { containers: [sidecar, container], volumes: parts.volumes } };
    const mark = { annotation: "m3perf.io/prometheus-config", version: "1" };

    it("tells which container is Prometheus", () => {
        assert.equal(containerOf(template, undefined), 1);
        assert.equal(containerOf(template, "reload"), 0);
        assert.throws(
            () => containerOf(template, "prometheus"),
            /no container prometheus[\s\S]*reload, prometheus-server/,
        );
        const two = { spec: { containers: [sidecar, sidecar] } };
        assert.throws(() => containerOf(two, undefined), /no container has the argument --config\.file/);
        const { claims } = partsOf(
            {
                spec: {
                    selector: {},
                    serviceName: "p",
                    template,
                    volumeClaimTemplates: [{ metadata: { name: "data" } }],
                },
            },
            undefined,
        );
        assert.deepEqual(claims, ["data"]);
    });

    it("is patched only where it differs", () => {
        assert.deepEqual(patchOf(template, 1, parts, { ...mark, version: undefined }), []);
        const { parts: changed } = changePod(parts, { localStorage: "minimal", secrets });
        assert.deepEqual(patchOf(template, 1, changed, mark), [
            { op: "add", path: "/spec/template/spec/containers/1/args", value: without },
            { op: "add", path: "/spec/template/spec/containers/1/volumeMounts/-", value: changed.mounts[2] },
            { op: "replace", path: "/spec/template/spec/volumes/1", value: { name: "data", emptyDir: {} } },
            { op: "add", path: "/spec/template/spec/volumes/-", value: changed.volumes[3] },
            { op: "add", path: "/spec/template/metadata/annotations", value: { "m3perf.io/prometheus-config": "1" } },
        ]);
    });

    it("is patched back: what was added goes, from the end", () => {
        const { parts: changed } = changePod(parts, { localStorage: "keep", secrets });
        const live = {
            metadata: { annotations: { [mark.annotation]: "1", other: "2" } },
            spec: { containers: [{ ...container, volumeMounts: changed.mounts }], volumes: changed.volumes },
        };
        assert.deepEqual(patchOf(live, 0, parts, { ...mark, version: undefined }), [
            { op: "remove", path: "/spec/template/spec/containers/0/volumeMounts/2" },
            { op: "remove", path: "/spec/template/spec/volumes/3" },
            { op: "remove", path: "/spec/template/metadata/annotations/m3perf.io~1prometheus-config" },
        ]);
    });
});
