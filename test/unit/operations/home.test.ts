import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { anchorsOf, isElsewhere, refuseAnotherCluster } from "../../../operations/stack/home.ts";
import type { ExportedState } from "../../../operations/stack/pending.ts";
import type { Session } from "../../../operations/stack/session.ts";
import { UserError } from "../../../support/errors.ts";
import { withApi } from "../components/fake-api.ts";

const resource = (kind: string, name: string, uid: unknown) => ({
    urn: `urn:pulumi:mine::m3perf::kubernetes:${kind}::${name}`,
    type: `kubernetes:${kind}`,
    outputs: { metadata: { name, uid } },
});
const node = resource("core/v1:NodePatch", "worker-1", "n-1");
const space = resource("core/v1:Namespace", "m3db", "s-1");
const state: ExportedState = {
    deployment: { resources: [node, resource("core/v1:Service", "etcd", "x"), space] },
};
const [spaceAt, nodeAt] = ["/api/v1/namespaces/m3db", "/api/v1/nodes/worker-1"];
const live = (uid: string) => ({ metadata: { uid } });

describe("the cluster that a stack stands in", () => {
    it("is known by what has no namespace, the environment's own namespace first", () => {
        assert.deepEqual(anchorsOf(state), [
            { path: spaceAt, uid: "s-1" },
            { path: nodeAt, uid: "n-1" },
        ]);
        assert.deepEqual(anchorsOf({}), []);
        assert.deepEqual(
            anchorsOf({ deployment: { resources: [resource("core/v1:Namespace", "m3db", undefined)] } }),
            [],
        );
        const deleting = { ...state.deployment, pending_operations: [{ type: "deleting", resource: space }] };
        assert.deepEqual(anchorsOf({ deployment: deleting }), [{ path: nodeAt, uid: "n-1" }]);
    });

    const elsewhere = (objects: Record<string, object>) => {
        const call = async (path: string) => ({
            status: objects[path] ? 200 : 404,
            body: JSON.stringify(objects[path] ?? {}),
            headers: {},
        });
        return isElsewhere(anchorsOf(state), call);
    };
    it("is the same where one of them is, also with the namespace gone", async () => {
        assert.equal(await elsewhere({ [spaceAt]: live("s-1") }), false);
        assert.equal(await elsewhere({ [nodeAt]: live("n-1") }), false);
    });
    it("is another where none is, or others have their names", async () => {
        assert.equal(await elsewhere({}), true);
        assert.equal(await elsewhere({ [spaceAt]: live("other"), [nodeAt]: live("another") }), true);
    });

    describe("asked by way of the site's kubeconfig", () => {
        const folder = mkdtempSync(join(tmpdir(), "m3perf-home-"));
        after(() => rmSync(folder, { recursive: true }));
        const look = (objects: Record<string, object>, other = 404, lab: string | null = null) =>
            withApi(objects, other, async (kubeconfig) => {
                writeFileSync(join(folder, "kubeconfig"), kubeconfig);
                const site = join(folder, "site.yaml");
                writeFileSync(site, "name: mine\nkubeconfig: kubeconfig\n");
                await refuseAnotherCluster({ stack: "mine", site, lab } as Session, state);
            });

        it("is refused where it is another, in words", async () => {
            await assert.rejects(look({}), (error) => {
                assert.ok(error instanceof UserError, String(error));
                assert.match(error.message, /^the stack mine stands in another cluster; nothing was changed\n/);
                assert.match(error.message, /site .*site\.yaml/);
                return true;
            });
        });
        it("is gone on with where it is the same, a lab's, or does not answer", async () => {
            await look({ [spaceAt]: live("s-1") });
            await look({}, 404, "lab");
            await look({}, 503);
        });
    });
});
