import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import messages from "@pulumi/pulumi/proto/language_pb.js";
import { packageManager, programDependencies } from "../../../lab/plugins/language/dependencies.ts";
import { programArguments, programEnvironment } from "../../../lab/plugins/language/invocation.ts";
import { requiredPackages } from "../../../lab/plugins/language/packages.ts";
import { outcome } from "../../../lab/plugins/language/program.ts";

describe("plugins: language host", () => {
    let dir: string;
    const write = (path: string, content: object | string) => {
        mkdirSync(dirname(join(dir, path)), { recursive: true });
        writeFileSync(join(dir, path), typeof content === "string" ? content : JSON.stringify(content));
    };
    beforeEach(() => {
        dir = mkdtempSync(join(tmpdir(), "m3perf-language-"));
    });
    afterEach(() => rmSync(dir, { recursive: true, force: true }));

    it("finds the packages that want a provider, nested, scoped, above, and in link cycles", () => {
        write("node_modules/@pulumi/random/package.json", {
            version: "9.9.9",
            pulumi: { resource: true, name: "random", version: "4.1.0" },
        });
        write("node_modules/@pulumi/command/package.json", {
            name: "@pulumi/command",
            version: "1.2.1",
            pulumi: { resource: true },
        });
        write("node_modules/plain/package.json", { name: "plain", version: "1.0.0", keywords: ["pulumi"] });
        write("node_modules/plain/node_modules/@acme/x/package.json", {
            name: "@acme/x",
            version: "v2.0.0",
            pulumi: { resource: true, server: "https://acme.invalid" },
        });
        write("node_modules/broken/package.json", '{"pulumi": ');
        symlinkSync(join(dir, "node_modules"), join(dir, "node_modules/plain/node_modules/again"));
        write("inner/index.ts", "");
        assert.deepEqual(requiredPackages(join(dir, "inner")), [
            { name: "acme/x", version: "v2.0.0", server: "https://acme.invalid" },
            { name: "command", version: "v1.2.1", server: "" },
            { name: "random", version: "v4.1.0", server: "" },
        ]);
    });

    it("starts the program with flags, entry point and arguments in the SDK's order", () => {
        const info = new messages.ProgramInfo()
            .setRootDirectory("/p")
            .setProgramDirectory("/p")
            .setEntryPoint("index.ts");
        const request = new messages.RunRequest()
            .setProject("m3perf")
            .setStack("dev")
            .setPwd("/p")
            .setMonitorAddress("127.0.0.1:1")
            .setDryrun(true)
            .setParallel(4)
            .setInfo(info);
        assert.deepEqual(programArguments(request, "/sdk/run", "127.0.0.1:2", { nodeargs: "--trace-warnings" }), [
            "--trace-warnings",
            "/sdk/run",
            ...["--monitor", "127.0.0.1:1", "--engine", "127.0.0.1:2", "--project", "m3perf", "--root-directory", "/p"],
            ...["--stack", "dev", "--pwd", "/p", "--parallel", "4"],
            "--dry-run",
            "index.ts",
        ]);
    });

    it("gives config in the environment and leaves TypeScript to Node when Pulumi.yaml says so", () => {
        const request = new messages.RunRequest().setConfigsecretkeysList(["m3perf:key"]);
        request.getConfigMap().set("m3perf:key", "value");
        const env = programEnvironment(request, { typescript: false });
        assert.equal(env.PULUMI_CONFIG, '{"m3perf:key":"value"}');
        assert.equal(env.PULUMI_CONFIG_SECRET_KEYS, '["m3perf:key"]');
        assert.equal(env.PULUMI_NODEJS_TYPESCRIPT, undefined);
        assert.equal(programEnvironment(request, {}).PULUMI_NODEJS_TYPESCRIPT, "true");
    });

    it("takes exit code 32 for an error that was shown", () => {
        assert.deepEqual(outcome(0, null), { error: "", bail: false, code: 0 });
        assert.deepEqual(outcome(32, null), { error: "", bail: true, code: 32 });
        assert.match(outcome(1, null).error, /non-zero exit code: 1/);
        assert.match(outcome(null, "SIGKILL").error, /SIGKILL/);
    });

    it("knows the package manager and the installed versions", () => {
        write("package.json", { dependencies: { a: "^1.0.0" }, devDependencies: { b: "^2.0.0" } });
        write("node_modules/a/package.json", { version: "1.5.0" });
        write("package-lock.json", {
            packages: {
                "": {},
                "node_modules/a": { version: "1.5.0" },
                "node_modules/a/node_modules/c": { version: "3.0.0" },
            },
        });
        assert.deepEqual(programDependencies(dir, false), [
            { name: "a", version: "1.5.0" },
            { name: "b", version: "^2.0.0" },
        ]);
        assert.deepEqual(programDependencies(dir, true), [
            { name: "a", version: "1.5.0" },
            { name: "c", version: "3.0.0" },
        ]);
        assert.equal(packageManager(dir, undefined), "npm");
        assert.equal(packageManager(dir, "pnpm"), "pnpm");
        write("inner/yarn.lock", "");
        assert.equal(packageManager(join(dir, "inner"), undefined), "yarn");
    });
});
