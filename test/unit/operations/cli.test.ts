import assert from "node:assert/strict";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { exitCodes } from "../../../operations/cli/exit.ts";
import { failureOf } from "../../../operations/cli/failure.ts";
import { overview, verbHelp } from "../../../operations/cli/help.ts";
import { durationText, wantsColor } from "../../../operations/cli/output.ts";
import { parseOptions, runCli } from "../../../operations/cli/run.ts";

import { secondsOf } from "../../../operations/cli/verbs/verify.ts";
import { type Verb, verbs } from "../../../operations/cli/verbs.ts";
import { target } from "../../../operations/stack/session.ts";
import { readStackFile } from "../../../operations/stack/settings.ts";
import { NoAnswer, UserError } from "../../../support/errors.ts";
import { exec } from "../../../support/exec.ts";
import { nearestOf } from "../../../support/nearest.ts";
import { projectRoot } from "../../../support/paths.ts";

const usageOf = (pattern: RegExp) => (error: unknown) => {
    assert.ok(error instanceof UserError);
    assert.equal(error.exitCode, exitCodes.usage);
    assert.match(error.message, pattern);
    return true;
};
const settingsOf = (pattern: RegExp) => (error: unknown) => {
    assert.ok(error instanceof UserError);
    assert.equal(error.exitCode, exitCodes.settings);
    assert.match(error.message, pattern);
    return true;
};
const up = verbs.up as Verb;

describe("the command line", () => {
    it("names the nearest verb for a mistyped one", async () => {
        await assert.rejects(runCli(["preveiw"]), usageOf(/no verb "preveiw"\n {2}did you mean preview\?/));
        await assert.rejects(
            runCli(["frobnicate"]),
            usageOf(new RegExp(`allowed: ${Object.keys(verbs).join(", ")}\\n`)),
        );
        await assert.rejects(runCli(["--jsn"]), usageOf(/no option "--jsn"/));
        await assert.rejects(runCli(["toString"]), usageOf(/no verb "toString"/));
    });

    it("names the nearest option, and refuses values that are missing or too many", () => {
        assert.throws(
            () => parseOptions("up", up, ["--stak", "dev"]),
            usageOf(/no option "--stak"\n {2}did you mean --stack\?/),
        );
        assert.throws(() => parseOptions("up", up, ["--stack"]), usageOf(/--stack/));
        assert.throws(() => parseOptions("up", up, ["--json=yes"]), usageOf(/--json/));
        assert.throws(() => parseOptions("up", up, ["extra"]), usageOf(/extra/));
        assert.deepEqual({ ...parseOptions("up", up, ["-s", "dev", "--json"]) }, { stack: "dev", json: true });
    });

    it("has help for every verb and every option of it", () => {
        for (const [name, verb] of Object.entries(verbs)) {
            assert.ok(overview().includes(verb.summary), name);
            for (const option of Object.keys(verb.options)) assert.ok(verbHelp(name, verb).includes(`--${option}`));
        }
    });

    it("prints what a UserError says and no stack trace; results go to stdout, words about them to stderr", async () => {
        const wrong = await exec(process.execPath, ["operations/cli/main.ts", "up", "--stack", "nope"], {
            cwd: projectRoot,
        });
        assert.equal(wrong.code, exitCodes.usage);
        assert.equal(wrong.stdout, "");
        assert.match(wrong.stderr, /^there is no stack "nope"\n/);
        assert.doesNotMatch(wrong.stderr, /\n\s+at /);
        const version = await exec(process.execPath, ["operations/cli/main.ts", "--version"], { cwd: projectRoot });
        assert.match(version.stdout, /^\d+\.\d+\.\d+\n$/);
    });

    it("ends with words where a cluster gave no answer, and with a trace where m3perf is at fault", () => {
        const { text, code } = failureOf(new NoAnswer("m3-cluster-rep2-0 /placement answered 503: no endpoints"));
        assert.match(text, /^there is no answer to go on with\n {2}m3-cluster-rep2-0 \/placement answered 503/);
        assert.doesNotMatch(text, /\n\s+at |fault of m3perf/);
        assert.equal(code, exitCodes.unavailable);
        const own = failureOf(new TypeError("x is not a function"));
        assert.match(own.text, /TypeError: x is not a function\n\s+at [\s\S]*This is a fault of m3perf itself/);
        assert.equal(own.code, exitCodes.internal);
        assert.deepEqual(failureOf(new UserError("no such stack", [], 64)), { text: "no such stack", code: 64 });
    });

    it("tells each exit code in its help", () => {
        const told = overview();
        for (const code of Object.values(exitCodes)) assert.match(told, new RegExp(`\\b${code}\\b`));
    });

    it("starts light: `help` loads neither the Kubernetes client nor the checks", async () => {
        const script = `
            import { registerHooks } from "node:module";
            registerHooks({ load(url, context, next) { console.log(url); return next(url, context); } });
            const { runCli } = await import("./operations/cli/run.ts");
            await runCli(["help", "verify"]);`;
        const { code, stdout, stderr } = await exec(process.execPath, ["--input-type=module", "-e", script], {
            cwd: projectRoot,
        });
        assert.equal(code, 0, stderr);
        const loaded = stdout.split("\n").filter((line) => line.startsWith("file:"));
        assert.ok(loaded.some((url) => url.endsWith("cli/verbs.ts")));
        assert.deepEqual(
            loaded.filter((url) => /node_modules|checks|access/.test(url)),
            [],
        );
    });

    it("takes seconds within bounds for --wait", () => {
        assert.equal(secondsOf("30"), 30);
        assert.equal(secondsOf(undefined), 0);
        for (const value of ["x", "-1", "1e9"]) assert.throws(() => secondsOf(value), usageOf(/0 to 3600/));
    });

    it("colours nothing but a terminal, and nothing where NO_COLOR is set", () => {
        const terminal = { isTTY: true } as NodeJS.WriteStream;
        const before = process.env.NO_COLOR;
        try {
            delete process.env.NO_COLOR;
            assert.equal(wantsColor({ isTTY: false } as unknown as NodeJS.WriteStream), false);
            assert.equal(wantsColor(terminal), process.env.TERM !== "dumb");
            process.env.NO_COLOR = "1";
            assert.equal(wantsColor(terminal), false);
        } finally {
            if (before === undefined) delete process.env.NO_COLOR;
            else process.env.NO_COLOR = before;
        }
    });

    it("writes durations as people do", () => {
        assert.equal(durationText(8.24), "8.2 s");
        assert.equal(durationText(84), "1 min 24 s");
        assert.equal(durationText(119.7), "2 min 0 s");
    });

    it("finds near words only", () => {
        assert.equal(nearestOf("verfy", Object.keys(verbs)), "verify");
        assert.equal(nearestOf("pu", Object.keys(verbs)), "up");
        assert.equal(nearestOf("wholly-other", Object.keys(verbs)), undefined);
    });
});

describe("a stack's settings file", () => {
    let folder = "";
    beforeEach(async () => {
        folder = await mkdtemp(join(tmpdir(), "m3perf-stack-"));
        await writeFile(join(folder, "Pulumi.good.yaml"), "config:\n  m3perf:site: sites/reference.yaml\n");
        await writeFile(join(folder, "Pulumi.siteless.yaml"), "config: {}\n");
        await writeFile(join(folder, "Pulumi.broken.yaml"), "config: [\n");
    });
    afterEach(() => rm(folder, { recursive: true }));

    it("tells the site", () => {
        assert.equal(readStackFile("good", undefined, folder).site, "sites/reference.yaml");
    });

    it("is asked for by name: unknown stacks, paths, broken files and a missing site are refused", () => {
        assert.throws(() => readStackFile("bad", undefined, folder), usageOf(/stacks here: broken, good, siteless/));
        assert.throws(() => readStackFile("../good", undefined, folder), usageOf(/no stack/));
        assert.throws(() => readStackFile("siteless", undefined, folder), settingsOf(/m3perf:site is missing/));
        assert.throws(() => readStackFile("broken", undefined, folder), settingsOf(/is not YAML/));
        assert.throws(() => readStackFile("good", "/nowhere.yaml", folder), usageOf(/no settings file \/nowhere.yaml/));
    });

    it("stands for a lab only where it says so", () => {
        const settings = join(folder, "Pulumi.good.yaml");
        assert.equal(target({}).lab, "lab");
        assert.equal(target({ lab: "e2e" }).lab, "e2e");
        assert.equal(target({ settings }).lab, null);
        assert.equal(target({ settings, site: "lab" }).lab, "lab");
        assert.throws(() => target({ settings, lab: "e2e" }), usageOf(/--lab is for the site `lab`/));
    });
});
