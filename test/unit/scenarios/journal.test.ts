import assert from "node:assert/strict";
import { mkdirSync, readdirSync, readFileSync, realpathSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Journal } from "../../../operations/scenarios/journal.ts";
import { choosing, chosenBy } from "../../../operations/scenarios/run/chosen.ts";
import { choiceOf } from "../../../operations/scenarios/run/leftovers.ts";
import { placeOf } from "../../../operations/scenarios/run/place.ts";
import { exec, run } from "../../../support/exec.ts";
import { projectRoot } from "../../../support/paths.ts";
import { at } from "./planted.ts";
import { kubelet, removeScratch, scratch } from "./world.ts";

after(removeScratch);

const journalFile = join(projectRoot, "operations/scenarios/journal.ts");
/** A process of its own that imports writeDurably and runs the script; `$1` is the file. */
const writing = (script: string) => `import { writeDurably } from ${JSON.stringify(journalFile)};\n${script}`;

describe("scenarios: what is written down", () => {
    it("is the old or the new, where the disk takes only a part of it", async () => {
        const folder = await scratch();
        const file = join(folder, "run.json");
        writeFileSync(file, "old");
        const script = writing(`writeDurably(process.argv[1], "n".repeat(5000));`);
        // A limit of 1 or ½ KiB, by the shell: the first write is short, the next one fails.
        const words = [
            "-c",
            'ulimit -f 1; exec "$@"',
            "sh",
            process.execPath,
            "--input-type=module",
            "-e",
            script,
            file,
        ];
        const { code, stderr } = await exec("sh", words, { timeout: 20 });
        assert.notEqual(code, 0);
        assert.match(stderr, /EFBIG/);
        assert.deepEqual([readFileSync(file, "utf8"), readdirSync(folder)], ["old", ["run.json"]]);
    });

    it("is whole where two processes write it at the same time", async () => {
        const file = join(await scratch(), "run.json");
        const script = writing(`for (let i = 0; i < 300; i++) writeDurably(process.argv[1], "x".repeat(1000));`);
        const write = () => run(process.execPath, ["--input-type=module", "-e", script, file], { timeout: 25 });
        await Promise.all([write(), write()]);
        assert.equal(readFileSync(file, "utf8"), "x".repeat(1000));
    });
});

describe("scenarios: with what a leftover is healed", () => {
    const text = "config:\n  m3perf:site: lab\n";
    const files = async () => {
        const folder = realpathSync(await scratch());
        const [prod, tried] = [join(folder, "prod.yaml"), join(folder, "try.yaml")];
        for (const file of [prod, tried]) writeFileSync(file, text);
        return { folder, prod, tried };
    };

    it("the journal keeps what its command chose, while faults come and go", async () => {
        const { folder, prod } = await files();
        const chosen = chosenBy({ stack: "upgrade", settings: prod });
        const file = join(folder, "journal.json");
        assert.equal(new Journal(file).command, undefined);
        new Journal(file).begin(chosen);
        const made = { at: at(1), fault: kubelet("worker-1"), scenario: "upgrade", stack: "upgrade", folder };
        new Journal(file).add(made);
        assert.deepEqual([new Journal(file).command, new Journal(file).read()], [chosen, [made]]);
        new Journal(file).remove(made);
        assert.deepEqual([new Journal(file).command, new Journal(file).read()], [chosen, []]);
        const dev = chosenBy({ stack: "dev" });
        new Journal(file).begin(dev);
        assert.deepEqual(new Journal(file).command, dev);
    });

    it("the settings, lab and site of that command, and not what is given now", async () => {
        const { prod, tried } = await files();
        const then = chosenBy({ stack: "upgrade", settings: prod, lab: "two" });
        for (const now of [{ lab: "two" }, { stack: "dev", settings: tried, lab: "two", json: true }]) {
            const { json, ...values } = choosing(now, choiceOf(now, { stack: "upgrade" }, then));
            assert.deepEqual(values, { stack: "upgrade", settings: prod, site: "lab", lab: "two" });
            assert.equal(json, "json" in now ? true : undefined);
        }
        const plain = chosenBy({ stack: "upgrade" });
        const values = choosing({ settings: tried }, choiceOf({ settings: tried }, { stack: "upgrade" }, plain));
        assert.deepEqual(values, { stack: "upgrade", site: "lab", lab: "lab" });
    });

    it("where that is not known, settings are for their own stack alone", async () => {
        const { tried } = await files();
        const given = (stack: string) => choiceOf({ stack, settings: tried }, { stack: "upgrade" }, undefined);
        assert.deepEqual(given("dev"), { stack: "upgrade", lab: "lab", site: "lab", settings: null });
        assert.deepEqual(given("upgrade").settings, tried);
    });
});

describe("scenarios: a place", () => {
    it("is one for a site's file, however it is spelled, and another for another file of that name", async () => {
        const root = realpathSync(await scratch());
        const link = join(root, "link.yaml");
        symlinkSync(join(projectRoot, "sites/reference.yaml"), link);
        const other = join(root, "sites/reference.yaml");
        mkdirSync(join(root, "sites"));
        writeFileSync(other, "");
        const folder = (site: string) => placeOf(null, site, root).folder;
        const own = folder("sites/reference.yaml");
        assert.deepEqual([folder(join(projectRoot, "sites/reference.yaml")), folder(link)], [own, own]);
        assert.notEqual(folder(other), own);
        assert.notEqual(folder("sites/none.yaml"), own, "also where there is no file");
    });
});
