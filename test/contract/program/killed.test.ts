/** The engine and all of its plugins killed at once, as by a machine that loses power, while the program's first `up` goes on. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import type { Session } from "../../../operations/stack/session.ts";
import { clearPending, exportState, freeStack } from "../../../operations/stack/unlock.ts";
import { projectRoot } from "../../../support/paths.ts";
import { createProgress } from "../../../support/progress.ts";
import { waitFor } from "../../../support/wait.ts";
import { killTree } from "../../support/kills.ts";
import { createNode, type Kubelets, startKubelets } from "../../support/kubelets.ts";
import { type PlayedSite, playSite } from "../../support/played-site.ts";

interface List {
    items: { metadata: { name: string } }[];
}

describe("the program's first update, killed while it waits for what it has created", function () {
    this.timeout(300_000);
    let played: PlayedSite;
    let session: Session;
    let kubelets: Kubelets | undefined;
    const progress = {
        ...createProgress(),
        say() {},
        step: <T>(_: string, work: (note: () => void) => Promise<T>) => work(() => {}),
    };

    before(async () => {
        // Without kubelets no pod runs, so what is waited for is not ready before it is killed.
        const populate = async (api: PlayedSite["api"], nodes: string[]) => {
            for (const name of [...nodes, "stage"]) await createNode(api, name);
            return { stop: async () => kubelets?.stop() };
        };
        played = await playSite({ stack: "killed", populate });
        session = {
            project: "m3perf",
            stack: "killed",
            env: played.stack.env,
            configFile: played.stack.configFile,
        } as Session;
    });
    after(() => played?.stop());

    const list = async (path: string) => (await played.api.call<List>("GET", path)).body.items;
    const pulumi = async (...args: string[]) => {
        const { code, stdout, stderr } = await played.stack.pulumi(args, 240);
        assert.equal(code, 0, (stdout + stderr).slice(-4000));
        return stdout;
    };
    const pending = async () => {
        const { deployment } = JSON.parse(await pulumi("stack", "export")) as {
            deployment: { pending_operations?: { type: string; resource: { urn: string } }[] };
        };
        return (deployment.pending_operations ?? []).map(
            ({ type, resource }) => `${type} ${resource.urn.split("::").at(-1)}`,
        );
    };

    /** `up`, until etcd's StatefulSet is there, which no pod makes ready; then all of its processes are killed. */
    async function killedUp(): Promise<void> {
        const words = ["up", "--yes", "--skip-preview", "--non-interactive", "--stack", "killed"];
        const child = spawn("pulumi", [...words, "--config-file", session.configFile ?? ""], {
            cwd: projectRoot,
            env: session.env,
            stdio: "ignore",
        });
        const ended = new Promise((resolve) => child.once("exit", resolve));
        try {
            await waitFor({ what: "etcd's StatefulSet to be created", timeout: 120, every: 0.1 }, async () => {
                assert.equal(child.exitCode, null, "up ended by itself");
                const sets = await list("/apis/apps/v1/namespaces/m3db/statefulsets").catch(() => []);
                return sets.some(({ metadata }) => metadata.name === "etcd");
            });
        } finally {
            if (child.pid) killTree(child.pid);
            await ended;
        }
        const left = await pending();
        assert.ok(left.includes("creating etcd-members"), left.join());
    }

    async function settle(): Promise<void> {
        await freeStack(session, () => {});
        await clearPending(session, progress, await exportState(session));
        assert.deepEqual(await pending(), []);
    }

    it("is taken back whole", async () => {
        await killedUp();
        await settle();
        await pulumi("destroy", "--yes", "--skip-preview");
        const namespaces = (await list("/api/v1/namespaces")).map(({ metadata }) => metadata.name);
        assert.ok(!namespaces.includes("m3db"), namespaces.join());
        const definitions = await list("/apis/apiextensions.k8s.io/v1/customresourcedefinitions");
        assert.deepEqual(definitions, []);
    });

    it("is gone on with: everything comes up, and nothing is left to do", async () => {
        await killedUp();
        kubelets = startKubelets(played.api, "stage");
        await settle();
        await pulumi("up", "--yes", "--skip-preview");
        await pulumi("preview", "--expect-no-changes");
    });
});
