import assert from "node:assert/strict";
import { once } from "node:events";
import { PassThrough } from "node:stream";
import { changesBetween } from "../../../lab/plugins/command/changes.ts";
import { globPattern } from "../../../lab/plugins/command/globs.ts";
import { maskOf } from "../../../lab/plugins/command/mask.ts";
import { commandFailure, OutputCapture, withLimit } from "../../../lab/plugins/command/output.ts";
import { privacyOf } from "../../../lab/plugins/command/provider.ts";
import { inputProblems, resources } from "../../../lab/plugins/command/resources.ts";
import { forward } from "../../../lab/plugins/command/ssh.ts";
import {
    Archive,
    Asset,
    type CallContext,
    type PropertyMap,
    Secret,
    unknown,
} from "../../../lab/plugins/shared/index.ts";

describe("plugins: command provider", () => {
    it("a limit of weeks, as the roll of a site of thousands of pods has, is not over at once", async () => {
        const context = { signal: new AbortController().signal } as CallContext;
        const [weeks, soon] = [withLimit(context, 4_866_000), withLimit(context, 0.02)];
        await once(soon.signal, "abort");
        assert.match(String(soon.signal.reason), /not done within 0.02 s/);
        assert.equal(weeks.signal.aborted, false);
    });

    it("globs: * stops at a slash, ** does not", () => {
        const cases: [string, string, boolean][] = [
            ["*.txt", "a.txt", true],
            ["*.txt", "in/a.txt", false],
            ["**.txt", "in/deep/a.txt", true],
            ["assets/**", "assets/logos/logo.svg", true],
            ["src/?.{js,ts}", "src/a.ts", true],
            ["src/[!a].ts", "src/a.ts", false],
            ["a\\*b", "a*b", true],
            ["a\\*b", "axb", false],
            ["a.b", "axb", false],
        ];
        for (const [glob, path, expected] of cases)
            assert.equal(globPattern(glob).test(path), expected, `${glob} ${path}`);
    });

    it("changes are named by path; triggers replace; secrets equal their values; unknowns are changes", () => {
        const changes = (olds: PropertyMap, news: PropertyMap) =>
            Object.entries(changesBetween(olds, news)).map(([path, { kind }]) => `${path} ${kind}`);
        assert.deepEqual(changes({ create: "a", stdin: "x" }, { create: "b" }), ["create update", "stdin delete"]);
        assert.deepEqual(changes({ environment: { A: "1", "b-c": "2" } }, { environment: { A: "2" } }), [
            "environment.A update",
            'environment["b-c"] delete',
        ]);
        assert.deepEqual(changes({ triggers: [1, 2] }, { triggers: [1, 3, 4] }), [
            "triggers[1] update-replace",
            "triggers[2] add-replace",
        ]);
        assert.deepEqual(changes({ create: "a" }, { create: new Secret("a") }), []);
        assert.deepEqual(changes({ environment: { A: "1" } }, { environment: { A: unknown } }), [
            "environment.A update",
        ]);
        const file = (hash: string) => new Asset({ path: "f" }, hash);
        assert.deepEqual(changes({ source: file("1") }, { source: file("1") }), []);
        assert.deepEqual(changes({ source: file("1") }, { source: file("2") }), ["source update"]);
    });

    it("wrong inputs are named", () => {
        const problems = (type: string, inputs: PropertyMap) => {
            const resource = resources[type];
            assert.ok(resource);
            return inputProblems(resource, inputs).map(({ property }) => property);
        };
        assert.deepEqual(problems("command:local:Command", { create: "true", interpreter: "sh" }), ["interpreter"]);
        assert.deepEqual(problems("command:remote:Command", { create: "true" }), ["connection"]);
        assert.deepEqual(problems("command:remote:Command", { connection: { port: 22 } }), ["connection"]);
        assert.deepEqual(problems("command:remote:Command", { connection: { host: "a", proxy: {} } }), ["connection"]);
        assert.deepEqual(problems("command:remote:Command", { connection: { host: unknown } }), []);
        const copy = { connection: { host: "a" }, remotePath: "/b" };
        assert.deepEqual(problems("command:remote:CopyToRemote", { ...copy, source: "file" }), ["source"]);
        assert.deepEqual(problems("command:remote:CopyToRemote", { ...copy, source: new Asset({ uri: "http://x" }) }), [
            "source",
        ]);
        assert.deepEqual(problems("command:remote:CopyToRemote", { ...copy, source: new Archive({ path: "x" }) }), []);
    });

    it("a jump host that does not answer is waited for as long as an attempt may take, or until cancelled", async () => {
        let answer: (error: Error | undefined, channel: never) => void = () => {};
        const jump = {
            forwardOut(...args: unknown[]) {
                answer = args[4] as typeof answer;
            },
        };
        const open = (perDialTimeout: number, signal = new AbortController().signal) =>
            forward(jump as never, { host: "inner", perDialTimeout }, signal);
        await assert.rejects(open(0.02), /did not connect within 0.02 s/);
        const tooLate = new PassThrough();
        answer(undefined, tooLate as never);
        assert.ok(tooLate.destroyed, "a channel that comes too late is closed");
        const cancelled = new AbortController();
        const opening = open(0, cancelled.signal);
        cancelled.abort();
        await assert.rejects(opening, /cancelled/);
        await assert.rejects(open(0, cancelled.signal), /cancelled/);
        const served = open(20);
        answer(undefined, "the channel" as never);
        assert.equal(await served, "the channel");
        const refused = open(20);
        answer(new Error("administratively prohibited"), undefined as never);
        await assert.rejects(refused, /prohibited/);
    });

    it("failures of secret commands repeat nothing", () => {
        const failure = (hidden: boolean, mask = maskOf([])) =>
            commandFailure("exit status 1", "echo x", "out of hunter2", { hidden, mask }).message;
        assert.match(failure(false), /"echo x":\nout of hunter2/);
        assert.match(failure(false, maskOf(["hunter2"])), /"echo x":\nout of \[secret\]$/);
        assert.doesNotMatch(failure(true), /echo|out of/);
    });

    it("a mask takes out a secret, its long lines and their encoded forms, and leaves other text readable", () => {
        const token = "q7Zt-0pWx9+/Lk2mVb4";
        const value = `kind: Config\nusers:\n- name: a\n    token: ${token}\nend: "a b&c"\n`;
        const mask = maskOf([value, "hunter2", "$& [x]"]);
        const cases: [string, string][] = [
            [`before ${value.trim()} after`, "before [secret] after"],
            [`see >token: ${token}< there`, "see >[secret]< there"],
            [`Bearer ${token}!`, "Bearer [secret]!"],
            ["password=hunter2; $& [x].", "password=[secret]; [secret]."],
            ["users: 3 of them\nexit", "users: 3 of them\nexit"],
            [Buffer.from(value).toString("base64"), "[secret]"],
            [`x=${Buffer.from("hunter2\n").toString("base64")}`, "x=[secret]"],
            [`?t=${encodeURIComponent(token)}&u=1`, "?t=[secret]&u=1"],
            [`{"file":${JSON.stringify(value)}}`, '{"file":"[secret]"}'],
        ];
        for (const [text, expected] of cases) assert.equal(mask(text), expected, text);
        const wrapped = Buffer.from(value).toString("base64").replace(/.{76}/g, "$&\n");
        assert.equal(mask(wrapped), "[secret]\n[secret]");
        assert.equal(maskOf(["ab\ncd"])("cd, then ab"), "[secret], then [secret]", "a secret of short lines only");
        assert.equal(maskOf(["s", "e"])("a set"), "a [secret][secret]t");
        assert.equal(maskOf(["", "\n"])("as it is\n"), "as it is\n");
    });

    it("secrets in the environment and the connection are masked, any other hides the run", () => {
        const environment = { KEY: new Secret("hunter2"), OPEN: "open text" };
        const shown = privacyOf([], { create: "x", environment, connection: { password: new Secret("pass-1") } }, {});
        assert.equal(shown.hidden, false);
        assert.equal(shown.mask("open text hunter2 pass-1"), "open text [secret] [secret]");
        const sealed = privacyOf(
            [],
            { environment: new Secret({ KEY: "hunter2" }) },
            { stdout: new Secret("made it") },
        );
        assert.equal(sealed.mask("hunter2 made it"), "[secret] [secret]", "the last output is in the environment");
        const connection = {
            host: "10.0.2.15",
            perDialTimeout: 15,
            privateKey: "key-1",
            proxy: { password: "pass-2" },
        };
        const whole = privacyOf([], { connection: new Secret(connection) }, {}); // as the SDK seals it
        assert.equal(whole.mask("key-1 pass-2 at 10.0.2.15"), "[secret] [secret] at 10.0.2.15");
        for (const name of ["create", "update", "delete", "stdin", "dir"]) {
            assert.ok(privacyOf([], { environment, [name]: new Secret("x") }, {}).hidden, name);
        }
        assert.ok(privacyOf(["logging"], { triggers: [new Secret("x")] }, {}).hidden);
    });

    it("output that comes in pieces is masked line by line", () => {
        const lines: string[] = [];
        const log = { say: (_severity: string, line: string) => lines.push(line), status: () => {} };
        const context = { log, signal: new AbortController().signal } as unknown as CallContext;
        const capture = new OutputCapture(context, "", undefined, { hidden: false, mask: maskOf(["schlüssel"]) });
        for (const byte of Buffer.from("a schlüssel b\nschlüssel")) capture.add("stdout", Buffer.from([byte]));
        assert.equal(capture.finish().stdout, "a schlüssel b\nschlüssel", "the state seals it");
        assert.deepEqual(lines, ["a [secret] b", "[secret]"]);
    });
});
