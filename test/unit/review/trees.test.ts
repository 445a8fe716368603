import assert from "node:assert/strict";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { changeSince } from "../../../operations/review/git.ts";
import {
    placeholder,
    settingsForReview,
    treeOfCommit,
    treeOfWorkingTree,
    withoutCluster,
} from "../../../operations/review/trees.ts";
import { UserError } from "../../../support/errors.ts";
import { run } from "../../../support/exec.ts";

describe("settings for a review", () => {
    it("name the committed lab, and hold no secret", () => {
        const text = settingsForReview(
            "encryptionsalt: v1:abc\nconfig:\n  m3perf:site: lab\n  m3perf:sshPrivateKey:\n    secure: v1:xyz\n  m3perf:m3db: {memory: 3Gi}\n",
        );
        assert.deepEqual(parse(text), {
            config: {
                "m3perf:site": "sites/lab.yaml",
                "m3perf:sshPrivateKey": placeholder,
                "m3perf:m3db": { memory: "3Gi" },
            },
        });
        const own = settingsForReview("config:\n  m3perf:site: sites/mine.yaml\n");
        assert.deepEqual(parse(own), { config: { "m3perf:site": "sites/mine.yaml" } });
    });

    it("that are no YAML are left to the program to refuse", () => {
        assert.equal(settingsForReview("config: [\n"), "config: [\n");
        assert.equal(withoutCluster("name: [\n"), "name: [\n");
    });

    it("lead to no cluster", () => {
        const site = "name: mine\nkubeconfig: ./k\ncontext: admin\nnodes: []\n";
        assert.deepEqual(parse(withoutCluster(site)), { name: "mine", nodes: [] });
    });
});

describe("a change in a git repository", () => {
    let folder: string;
    let project: string;
    const git = (...words: string[]) =>
        run("git", ["-c", "user.name=t", "-c", "user.email=t@example.org", ...words], { cwd: project });
    const write = (path: string, text: string) => writeFileSync(join(project, path), text);

    before(async () => {
        folder = mkdtempSync(join(tmpdir(), "m3perf-git-"));
        project = join(folder, "clone");
        mkdirSync(join(project, "sites"), { recursive: true });
        mkdirSync(join(project, "node_modules"));
        await git("init", "-q", "-b", "main");
        write(".gitignore", "node_modules/\n*.log\n");
        write("Pulumi.dev.yaml", "config:\n  m3perf:site: lab\n");
        write("Pulumi.own.yaml", "config:\n  m3perf:site: sites/own.yaml\n");
        write("sites/own.yaml", "name: own\nkubeconfig: ./own.kubeconfig\n");
        write("index.ts", "// one\n");
        await git("add", "-A");
        await git("commit", "-qm", "base");
        await git("checkout", "-qb", "change");
        write("Pulumi.dev.yaml", "config:\n  m3perf:site: lab\n  m3perf:namespace: other\n");
        await git("commit", "-qam", "change");
        // What others did on main since is not this change's.
        await git("checkout", "-q", "main");
        write("index.ts", "// theirs\n");
        await git("commit", "-qam", "theirs");
        await git("checkout", "-q", "change");
        write("sites/own.yaml", "name: own\nkubeconfig: ./own.kubeconfig\nnote: uncommitted\n");
        write("Pulumi.new.yaml", "config:\n  m3perf:site: lab\n");
        write("sites/own.kubeconfig", "secret: yes\n");
        write("ignored.log", "");
        rmSync(join(project, "Pulumi.own.yaml"));
    });
    after(() => rmSync(folder, { recursive: true }));

    it("is what differs from where it left the base, with what is not committed", async () => {
        const { base, paths } = await changeSince(project, "main");
        assert.equal(base, "main");
        const expected = [
            "Pulumi.dev.yaml",
            "Pulumi.new.yaml",
            "Pulumi.own.yaml",
            "sites/own.kubeconfig",
            "sites/own.yaml",
        ];
        assert.deepEqual(paths, expected);
        assert.deepEqual((await changeSince(project)).paths, expected, "a base that is found");
    });

    it("refuses a base that is none, with the way out", async () => {
        await assert.rejects(changeSince(project, "no-such"), (error: UserError) => {
            assert.ok(error instanceof UserError);
            assert.match(error.message, /no common commit with "no-such"/);
            return true;
        });
        await assert.rejects(changeSince(folder, "main"), /is no git repository/);
        await assert.rejects(changeSince(project, "--upload-pack=touch x"), /no common commit/);
    });

    it("has two sides, neither of which leads to a cluster, and the clone stays as it is", async () => {
        const status = await git("status", "--porcelain");
        const { commit } = await changeSince(project, "main");
        const before = await treeOfCommit(project, commit, join(folder, "base"));
        const after = await treeOfWorkingTree(project, join(folder, "head"));
        assert.deepEqual(before.stacks, [
            { stack: "dev", site: "lab" },
            { stack: "own", site: "sites/own.yaml" },
        ]);
        assert.deepEqual(after.stacks, [
            { stack: "dev", site: "lab" },
            { stack: "new", site: "lab" },
        ]);
        assert.equal(readFileSync(join(before.folder, "index.ts"), "utf8"), "// one\n");
        assert.match(readFileSync(join(after.folder, "Pulumi.dev.yaml"), "utf8"), /namespace: other/);
        assert.equal(readFileSync(join(before.folder, "sites/own.yaml"), "utf8"), "name: own\n");
        assert.ok(!existsSync(join(after.folder, "ignored.log")));
        assert.equal(await git("status", "--porcelain"), status);
        assert.match(readFileSync(join(project, "sites/own.yaml"), "utf8"), /kubeconfig/);
    });
});
