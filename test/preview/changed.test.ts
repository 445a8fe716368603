import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { markdownOf } from "../../operations/review/markdown.ts";
import { type Review, reviewChange } from "../../operations/review/review.ts";
import { treeOfWorkingTree } from "../../operations/review/trees.ts";
import { run } from "../../support/exec.ts";
import { projectRoot } from "../../support/paths.ts";
import { testHome } from "../support/pulumi.ts";

/** The real engine on both sides of a change, in a repository of its own. */
describe("m3perf preview --changed", function () {
    this.timeout(300_000);
    let folder: string;
    let project: string;
    let tools: NodeJS.ProcessEnv;
    let review: Review;
    const git = (...words: string[]) =>
        run("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", ...words], { cwd: project });
    const edit = (file: string, from: string, to: string) => {
        const text = readFileSync(join(project, file), "utf8");
        assert.ok(text.includes(from), `${file} has no ${from}`);
        writeFileSync(join(project, file), text.replace(from, to));
    };
    const stack = (name: string) => review.stacks.find((one) => one.stack === name);

    before(async () => {
        const home = await testHome(["kubernetes", "command", "random"]);
        tools = { ...process.env, ...home.env, PATH: `${home.bin}:${process.env.PATH}` };
        folder = mkdtempSync(join(tmpdir(), "m3perf-review-test-"));
        project = join(folder, "clone");
        await treeOfWorkingTree(projectRoot, project);
        await git("init", "-q", "-b", "main");
        await git("add", "-A");
        await git("commit", "-qm", "base");
        await git("checkout", "-qb", "change");
        edit("Pulumi.limits.yaml", "maxFetchedSeries: 10000", "maxFetchedSeries: 12345");
        await git("commit", "-qam", "change");
        edit("Pulumi.split.yaml", "mode: split", "mode: spilt");
        const secret = "config:\n  m3perf:site: lab\n  m3perf:sshPrivateKey:\n    secure: v1:abc:def\n";
        writeFileSync(join(project, "Pulumi.new.yaml"), secret);
        review = await reviewChange({ project, base: "main", tools, say: () => {} });
    });
    after(() => rmSync(folder, { recursive: true, force: true }));

    it("previews the stacks that are touched, and no others", () => {
        assert.deepEqual(
            review.stacks.map(({ stack, status }) => `${stack} ${status}`),
            ["limits kept", "new new", "split kept"],
        );
    });

    it("shows the objects that differ, and nothing that only chance makes differ", () => {
        const differences = stack("limits")?.differences ?? [];
        assert.deepEqual(
            differences.map(({ kind, object }) => `${kind} ${object}`),
            ["changed apps/v1:Deployment m3query-workload", "changed core/v1:ConfigMap m3query-config"],
        );
        const [workload, config] = differences;
        assert.match(config?.diff ?? "", /^- +maxFetchedSeries: 10000\n\+ +maxFetchedSeries: 12345$/m);
        assert.match(
            workload?.diff ?? "",
            /^- +name: m3query-config-[0-9a-f]{8}\n\+ +name: m3query-config-[0-9a-f]{8}$/m,
        );
    });

    it("counts a new stack's objects, without its secrets", () => {
        assert.equal(stack("new")?.failed, undefined);
        assert.ok((stack("new")?.objects ?? 0) > 40);
        assert.ok(!JSON.stringify(review).includes("v1:abc:def"));
    });

    it("says in the program's own words what cannot be previewed", () => {
        assert.match(
            stack("split")?.failed ?? "",
            /1 setting is wrong in Pulumi\.split\.yaml:\s+m3perf:query\.mode = "spilt"/,
        );
    });

    it("makes a comment of it", () => {
        const text = markdownOf(review);
        assert.match(text, /\| `limits` \| 2 changed \|/);
        assert.match(text, /\| `new` \| new stack, \d\d objects \|/);
        assert.match(text, /\| `split` \| \*\*cannot be previewed\*\* \|/);
        assert.match(text, /<summary>~ core\/v1:ConfigMap m3query-config<\/summary>/);
        assert.ok(!text.includes(folder), "a path of this machine");
    });

    it("leaves the clone as it was", async () => {
        assert.equal(await git("status", "--porcelain"), " M Pulumi.split.yaml\n?? Pulumi.new.yaml\n");
    });
});
