import assert from "node:assert/strict";
import { chmod, mkdtemp, readdir, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { withImages } from "../../../../operations/images/edit.ts";
import { writeBack } from "../../../../operations/images/write-back.ts";
import { UserError } from "../../../../support/errors.ts";

const a = `quay.io/coreos/etcd:v3.4.23@sha256:${"a".repeat(64)}`;
const b = `quay.io/m3db/m3dbnode:v1.5.0@sha256:${"b".repeat(64)}`;

/** Lines of `edited` that `text` does not have, and the other way round. */
function differing(text: string, edited: string | undefined): { gone: string[]; come: string[] } {
    assert.ok(edited !== undefined);
    const [before, now] = [text.split("\n"), edited.split("\n")];
    return { gone: before.filter((line) => !now.includes(line)), come: now.filter((line) => !before.includes(line)) };
}

const commented = `# yaml-language-server: $schema=schemas/stack.schema.json
# What is asked?
config:
  m3perf:site:   sites/mine.yaml    # ours
  m3perf:images:          # why these
    # the old etcd
    etcd:   "quay.io/coreos/etcd:v3.4.22"   # on purpose

    m3query: quay.io/m3db/m3query:v1.5.0
    # m3aggregator: later
  m3perf:m3db:
    namespaces: [{name: default,  retention: 48h}] # unfolded it would be another line
    env: {GOMEMLIMIT: "off",GOGC: '100'}
encryptionsalt: v1:abc=
# the end
`;

describe("a settings file into which digests are written", function () {
    this.timeout(20_000);
    it("keeps every byte but those of the references: comments, order, quotes, spaces", () => {
        const edited = withImages(commented, { etcd: a });
        assert.equal(edited, commented.replace("quay.io/coreos/etcd:v3.4.22", a));
        const more = differing(commented, withImages(commented, { etcd: a, m3dbnode: b }));
        assert.deepEqual(more.gone, ['    etcd:   "quay.io/coreos/etcd:v3.4.22"   # on purpose']);
        assert.deepEqual(more.come, [`    etcd:   "${a}"   # on purpose`, `    m3dbnode: ${b}`]);
    });

    it("gets the setting where it has none: at the end of config, in its indentation, with its ends of lines", () => {
        const text =
            "config:\n  m3perf:site: x.yaml # here\n  m3perf:m3db:\n    env: {A: b} # c\n# end\nencryptionsalt: v1\n";
        const added = `  m3perf:images:\n    etcd: ${a}\n    m3dbnode: ${b}\n`;
        assert.equal(withImages(text, { etcd: a, m3dbnode: b }), text.replace("# end", `${added}# end`));
        const windows = "config:\r\n    m3perf:site: x.yaml\r\n";
        assert.equal(withImages(windows, { etcd: a }), `${windows}    m3perf:images:\r\n        etcd: ${a}\r\n`);
        assert.equal(
            withImages("config:\n  m3perf:site: x", { etcd: a }),
            `config:\n  m3perf:site: x\n  m3perf:images:\n    etcd: ${a}`,
        );
        const block = "config:\n  m3perf:site: x\n  other:text: |\n    a\n    b\n";
        assert.equal(withImages(block, { etcd: a }), `${block}  m3perf:images:\n    etcd: ${a}\n`);
        const list = "config:\n  m3perf:site: x\n  other:list:\n  - a\n  - b # c\n";
        assert.equal(withImages(list, { etcd: a }), `${list}  m3perf:images:\n    etcd: ${a}\n`);
        const empty = "config:\n  m3perf:images: {} # none\n  m3perf:site: x\n";
        assert.equal(
            withImages(empty, { etcd: a }),
            `config:\n  m3perf:images: # none\n    etcd: ${a}\n  m3perf:site: x\n`,
        );
    });

    it("may be written in braces", () => {
        const inner = "config:\n  m3perf:site: x\n  m3perf:images: {etcd: quay.io/coreos/etcd:v3.4.23} # c\n";
        assert.equal(
            withImages(inner, { etcd: a, m3dbnode: b }),
            inner.replace("{etcd: quay.io/coreos/etcd:v3.4.23}", `{etcd: ${a}, m3dbnode: "${b}"}`),
        );
        const json = '{"config": {"m3perf:site": "x"}}\n';
        const edited = withImages(json, { etcd: a }) ?? "";
        assert.deepEqual(parse(edited), { config: { "m3perf:site": "x", "m3perf:images": { etcd: a } } });
        assert.deepEqual(parse(withImages(edited, { etcd: b, m3dbnode: b }) ?? "").config["m3perf:images"], {
            etcd: b,
            m3dbnode: b,
        });
    });

    it("is left alone where the change would be another one than was meant", () => {
        const head = "config:\n  m3perf:site: x\n";
        for (const odd of [
            `${head}  m3perf:images: &i\n    etcd: &e a/b:c\n  other:x: *e\n`,
            `base: &b {etcd: a/b:c}\n${head}  m3perf:images: *b\n`,
            `base: &b {etcd: a/b:c}\n${head}  m3perf:images:\n    <<: *b\n    etcd: >-\n      a/b:c\n`,
            `${head}  m3perf:images: '{"etcd": "a/b:c"}'\n`,
            `${head}  other:x: |+\n    kept\n\n\n  m3perf:images:\n    etcd: |\n      a/b:c\n`,
        ])
            assert.equal(withImages(odd, { etcd: a }), undefined, odd);
    });
});

describe("a file that is written back", function () {
    this.timeout(20_000);
    let folder = "";
    beforeEach(async () => {
        folder = await mkdtemp(join(tmpdir(), "m3perf-pins-"));
    });
    afterEach(() => rm(folder, { recursive: true }));

    it("keeps its mode and stays behind its link, and leaves nothing beside it", async () => {
        const [file, link] = [join(folder, "Pulumi.x.yaml"), join(folder, "Pulumi.y.yaml")];
        await writeFile(file, "old\n");
        await chmod(file, 0o664);
        await symlink(file, link);
        await writeBack(link, "old\n", "new\n");
        assert.equal(await readFile(file, "utf8"), "new\n");
        assert.equal((await stat(file)).mode & 0o777, 0o664);
        assert.deepEqual((await readdir(folder)).sort(), ["Pulumi.x.yaml", "Pulumi.y.yaml"]);
    });

    it("is not, when it was changed meanwhile or is gone", async () => {
        const file = join(folder, "Pulumi.x.yaml");
        await writeFile(file, "an editor's\n");
        await assert.rejects(
            writeBack(file, "old\n", "new\n"),
            (error) => error instanceof UserError && /changed meanwhile/.test(error.message),
        );
        assert.equal(await readFile(file, "utf8"), "an editor's\n");
        assert.deepEqual(await readdir(folder), ["Pulumi.x.yaml"]);
        await assert.rejects(writeBack(join(folder, "none.yaml"), "", "new\n"), UserError);
        assert.deepEqual(await readdir(folder), ["Pulumi.x.yaml"]);
    });
});
