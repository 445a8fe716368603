/**
 * A site that grows past a hundred nodes, and shrinks again, by the real engine against a real API server: its labels change from a
 * resource each to one for all and back (components/nodes/NodeTopology.ts), and no node is without them in between or at the end.
 */
import assert from "node:assert/strict";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { perNode } from "../../../components/nodes/NodeTopology.ts";
import { projectRoot } from "../../../support/paths.ts";
import { type PlayedSite, playSite } from "../../support/played-site.ts";

interface Nodes {
    items: { metadata: { name: string; labels?: Record<string, string> } }[];
}

describe("a site of more than a hundred nodes", function () {
    this.timeout(600_000);
    const usual = readFileSync(join(projectRoot, "test/unit/components/site.yaml"), "utf8");
    const last = /^ {2}- \{name: repository.*\n/m.exec(usual)?.[0] ?? "";
    const names = ["master", ...[1, 2, 3, 4, 5].map((worker) => `worker-${worker}`), "repository"];
    const more = Array.from({ length: perNode + 1 - names.length }, (_, index) => `store-${index}`);
    const siteOf = (extra: string[]) =>
        usual.replace(
            last,
            last +
                extra
                    .map((name, index) => last.replace("repository,", `${name},`).replace(".0.16", `.1.${index + 1}`))
                    .join(""),
        );
    let played: PlayedSite;
    const pulumi = async (...args: string[]) => {
        const { code, stdout, stderr } = await played.stack.pulumi(args, 500);
        assert.equal(code, 0, (stdout + stderr).slice(-4000));
        return stdout;
    };
    const labelled = async () => {
        const { body } = await played.api.call<Nodes>("GET", "/api/v1/nodes");
        return body.items
            .filter(({ metadata }) =>
                Object.keys(metadata.labels ?? {}).some((key) => key.startsWith("m3perf.io/role")),
            )
            .map(({ metadata }) => metadata.name)
            .sort();
    };
    /** Brings the stack to a site of these nodes; returns the fewest of `kept` that had their labels meanwhile. */
    const upTo = async (extra: string[], kept: string[]) => {
        const kubeconfig = /^kubeconfig: .*$/m.exec(readFileSync(played.site, "utf8"))?.[0];
        writeFileSync(played.site, `${siteOf(extra)}${kubeconfig}\n`);
        let done = false;
        let fewest = kept.length;
        const watching = (async () => {
            while (!done) {
                const now = new Set(await labelled());
                fewest = Math.min(fewest, kept.filter((name) => now.has(name)).length);
                await sleep(100);
            }
        })();
        try {
            await pulumi("up", "--yes", "--skip-preview");
        } finally {
            done = true;
            await watching;
        }
        return fewest;
    };

    before(async () => {
        played = await playSite({ stack: "large", text: siteOf(more.slice(1)), nodes: [...names, ...more] });
    });
    after(() => played?.stop());

    const hundred = [...names, ...more.slice(1)].sort();
    const all = [...hundred, more[0] ?? ""].sort();

    it("has a resource for each of a hundred", async () => {
        await upTo(more.slice(1), []);
        assert.deepEqual(await labelled(), hundred);
        assert.match(await pulumi("stack", "--show-urns"), /NodePatch::nodes-store-1\b/);
    });

    it("has one for all with one node more, and every label all the while", async () => {
        assert.equal(await upTo(more, hundred), hundred.length);
        assert.deepEqual(await labelled(), all);
        const resources = await pulumi("stack", "--show-urns");
        assert.doesNotMatch(resources, /NodePatch/);
        assert.match(resources, /Command::nodes-labels/);
        assert.match(await pulumi("preview", "--expect-no-changes"), /unchanged/);
    });

    it("and back, when the node leaves the site, which takes its labels with it", async () => {
        assert.equal(await upTo(more.slice(1), hundred), hundred.length);
        assert.deepEqual(await labelled(), hundred);
    });

    it("gives all of them back when it is destroyed", async () => {
        await pulumi("destroy", "--yes", "--skip-preview");
        assert.deepEqual(await labelled(), []);
    });
});
