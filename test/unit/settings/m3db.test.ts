import assert from "node:assert/strict";
import { images } from "../../../settings/images.ts";
import { m3db, m3dbWarnings } from "../../../settings/rules/m3db.ts";
import { scenarioSchema } from "../../../settings/scenario.ts";
import { imagesSchema } from "../../../settings/schema/images.ts";
import type { Site } from "../../../settings/site.ts";
import { warningsOf } from "../../../settings/warnings.ts";
import { scenario, siteWith } from "./sites.ts";

const site = {
    name: "test",
    nodes: ["a1", "a2", "b1", "b2", "c1", "c2"].map((name) => ({
        name,
        roles: ["m3db"],
        address: name,
        cpu: 4,
        memory: "8Gi",
        isolationGroup: name[0],
    })),
} as unknown as Site;

const scenarioOf = (settings: object) => scenarioSchema.parse({ m3db: settings });
const broken = (settings: object) => m3db(site, scenarioOf(settings)).map(({ path, reason }) => `${path} ${reason}`);
const raw = { name: "default", retention: "48h" };

/** What the schema alone refuses. */
function refused(settings: object): string {
    const { success, error } = scenarioSchema.safeParse(settings);
    assert.ok(!success);
    return (error?.issues ?? []).map(({ path, message }) => `${path.join(".")} ${message}`).join("\n");
}

describe("m3perf:m3db", () => {
    it("is right by default, and with every node used or not", () => {
        assert.deepEqual(broken({}), []);
        assert.deepEqual(broken({ instancesPerGroup: 1 }), []);
        assert.deepEqual(broken({ instancesPerGroup: 2 }), []);
    });

    const wrong: [string, object, RegExp][] = [
        [
            "more instances than nodes",
            { instancesPerGroup: 3 },
            /^m3perf:m3db\.instancesPerGroup is more than the 2 node\(s\) of isolation group a \(a1, a2\)/,
        ],
        [
            "a namespace that is declared and removed",
            { removeNamespaces: ["default"] },
            /^m3perf:m3db\.removeNamespaces\[0\] is declared in namespaces\[0\]/,
        ],
        [
            "a retention that may become shorter, of a namespace that is not declared",
            { shortenRetention: ["defualt"] },
            /^m3perf:m3db\.shortenRetention\[0\] is not declared in namespaces: there are default/,
        ],
        [
            "the operator's own label",
            { labels: { "operator.m3db.io/app": "x" } },
            /m3db\.labels is one of the operator's own/,
        ],
        [
            "the operator's own annotation",
            { annotations: { "operator.m3db.io/update": "enabled" } },
            /m3db\.annotations is one of the operator's own/,
        ],
        [
            "a variable that the operator sets",
            { env: { NAMESPACE: "x" } },
            /m3db\.env\.NAMESPACE is set by the operator/,
        ],
        ["a toleration of nothing", { tolerations: [{ value: "x" }] }, /tolerations\[0\]\.key is missing/],
        [
            "a toleration that exists with a value",
            { tolerations: [{ key: "a", operator: "Exists", value: "x" }] },
            /tolerations\[0\]\.value must not be given with operator Exists/,
        ],
        [
            "seconds for an effect that knows none",
            { tolerations: [{ key: "a", effect: "NoSchedule", tolerationSeconds: 1 }] },
            /tolerationSeconds only means something with effect NoExecute/,
        ],
        [
            "late samples later than a block",
            { namespaces: [{ ...raw, bufferPast: "2h" }] },
            /namespaces\[0\]\.bufferPast must be shorter than the blockSize, 2h/,
        ],
        [
            "samples from a future beyond a block",
            { namespaces: [{ ...raw, bufferFuture: "3h" }] },
            /namespaces\[0\]\.bufferFuture must be shorter/,
        ],
        [
            "an index block that cuts blocks",
            { namespaces: [{ ...raw, indexBlockSize: "3h" }] },
            /indexBlockSize must be a multiple of the blockSize, 2h/,
        ],
        [
            "an index block longer than the retention",
            { namespaces: [{ ...raw, indexBlockSize: "50h" }] },
            /indexBlockSize must not be longer than the retention, 48h/,
        ],
        [
            "mapped samples without a resolution",
            { namespaces: [{ ...raw, samples: "mapped" }] },
            /namespaces\[0\]\.samples is for aggregated namespaces/,
        ],
        [
            "snapshots without a commit log",
            { namespaces: [{ ...raw, commitLog: false }] },
            /namespaces\[0\]\.snapshots must be false with commitLog: false/,
        ],
    ];
    for (const [what, settings, message] of wrong) {
        it(`refuses ${what}`, () => {
            const lines = broken(settings);
            assert.equal(lines.length, 1, lines.join("\n"));
            assert.match(lines[0] ?? "", message);
        });
    }

    const unreadable: [string, object, RegExp][] = [
        [
            "an identity that the operator does not know",
            { m3db: { podIdentity: ["PodName"] } },
            /must be PodUID, NodeName/,
        ],
        ["pools of another size", { m3db: { pools: "tiny" } }, /m3db\.pools must be default or small/],
        ["an update of another kind", { m3db: { update: "never" } }, /m3db\.update must be rolling or manual/],
        [
            "a limit of nothing",
            { m3db: { limits: { maxEncodersPerBlock: 0 } } },
            /maxEncodersPerBlock must be at least 1/,
        ],
        ["an affinity without values", { m3db: { nodeAffinity: [{ key: "a", values: [] }] } }, /at least one value/],
        ["a variable that no shell can name", { m3db: { env: { "A B": "x" } } }, /a variable's name/],
        [
            "a label that has no name",
            { m3db: { labels: { "a/": "b" } } },
            /m3db\.labels\.a\/ must be a key as Kubernetes/,
        ],
        ["a label that Kubernetes refuses", { m3db: { labels: { a: "b c" } } }, /a label's value/],
        ["an image without a version", { images: { etcd: "quay.io/coreos/etcd" } }, /images\.etcd .*tag or a digest/],
        ["an image that is no reference", { images: { etcd: "etcd:latest" } }, /images\.etcd must be a full reference/],
    ];
    for (const [what, settings, message] of unreadable) {
        it(`refuses ${what}`, () => assert.match(refused(settings), message));
    }

    it("warns of identities that change, of samples that a restart loses, and of pods that stay behind", () => {
        assert.deepEqual(m3dbWarnings(scenarioOf({})), []);
        const warned = (settings: object) => m3dbWarnings(scenarioOf(settings)).join("\n");
        assert.match(warned({ podIdentity: ["PodUID"] }), /PodUID: every database pod that is made again.* streams/);
        assert.match(
            warned({ namespaces: [{ ...raw, snapshots: false, commitLog: false }] }),
            /default: without a commit log/,
        );
        assert.match(warned({ update: "manual" }), /update is manual/);
    });
});

describe("m3perf:images", () => {
    it("are the official ones unless told, each by itself", () => {
        assert.deepEqual(imagesSchema.parse({}), images);
        const own = imagesSchema.parse({ m3dbnode: `mirror.example:5000/m3db/m3dbnode:v1@sha256:${"0".repeat(64)}` });
        assert.match(own.m3dbnode, /^mirror\.example:5000/);
        assert.equal(own.m3query, images.m3query);
    });

    it("pinned by digest are warned of in the lab alone, which builds its own", () => {
        const pinned = scenario({ images: { etcd: `${images.etcd}@sha256:${"0".repeat(64)}` } });
        const told = (site: object, of = pinned) =>
            warningsOf(siteWith(["a", "b", "c"], site), of).filter((text) => text.includes("m3perf:images"));
        assert.match(told({ sharedKernel: true }).join(), /^m3perf:images, etcd: pinned by digest/);
        assert.deepEqual([...told({}), ...told({ sharedKernel: true }, scenario())], []);
    });
});
