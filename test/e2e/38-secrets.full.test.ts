import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readdirSync, readFileSync, statSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { parse } from "yaml";
import { exec } from "../../support/exec.ts";
import { labDir, projectRoot } from "../../support/paths.ts";
import { formsOf, type Secret, shownIn } from "../support/forms.ts";
import { kubectl, lab, labVariables, m3perf, settingsWith, standsOn, temporaryFolder } from "./environment.ts";

/** A private key of PEM as one line that only it has. */
const lineOf = (pem: string) => pem.split("\n").find((line) => line.length > 40 && !line.includes("-----")) ?? "";

interface Held {
    path: string;
    mode: number;
    bytes: number;
}

/** Files below a folder. The lab lives: one that goes while it is looked at (a log that is turned, a lock) is left out. */
function* filesIn(folder: string): Generator<Held> {
    for (const entry of unlessGone(() => readdirSync(folder, { withFileTypes: true })) ?? []) {
        const path = join(folder, entry.name);
        const found = unlessGone(() => statSync(path));
        if (entry.isDirectory() && found) yield* filesIn(path);
        else if (entry.isFile() && found) yield { path, mode: found.mode & 0o777, bytes: found.size };
    }
}

function unlessGone<T>(look: () => T): T | undefined {
    try {
        return look();
    } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
        throw error;
    }
}

describe("e2e: secrets", function () {
    this.timeout(10 * 60_000);
    const planted = `planted-${"k".repeat(8)}-${Date.now()}`;
    const secrets: Secret[] = [];
    let variables: NodeJS.ProcessEnv;

    before(async () => {
        standsOn("up", "up");
        variables = await labVariables();
        const kubeconfig = parse(await readFile(variables.KUBECONFIG ?? "", "utf8")) as {
            users: { user: { "client-key-data"?: string; token?: string } }[];
        };
        const key = Buffer.from(kubeconfig.users[0]?.user["client-key-data"] ?? "", "base64").toString();
        const passphrase = (await readFile(variables.PULUMI_CONFIG_PASSPHRASE_FILE ?? "", "utf8")).trim();
        secrets.push(
            { name: "the kubeconfig's key", text: lineOf(key) },
            { name: "the stack's passphrase", text: passphrase },
            { name: "an SSH key of the settings", text: planted },
        );
        for (const { text } of secrets) formsOf(text); // each is long enough
    });

    const clean = (text: string, where: string) => assert.deepEqual(shownIn(text, secrets), [], `shown in ${where}`);

    it("the search finds what is there: the kubeconfig that holds one of them", () => {
        assert.deepEqual(shownIn(readFileSync(variables.KUBECONFIG ?? ""), secrets), ["the kubeconfig's key"]);
    });

    it("none is in what the verbs print", async () => {
        for (const words of [
            ["preview", "--json"],
            ["up", "--json"],
            ["verify", "--json"],
            ["diagnose", "--json"],
            ["etcd", "status", "--json"],
            ["events", "--json"],
            ["open", "--json"],
            ["logs", "coordinator", "--since", "10m", "--json"],
        ]) {
            const { code, stdout, stderr } = await m3perf(words);
            assert.ok([0, 1].includes(code), `${words.join(" ")}: ${code}\n${stderr.slice(-2000)}`);
            assert.ok(stdout.length > 0, words.join(" "));
            clean(stdout + stderr, `m3perf ${words.join(" ")}`);
        }
    });

    it("one that is in the settings is not in a preview of them, nor in any process' command line meanwhile", async () => {
        const key = `-----BEGIN OPENSSH PRIVATE KEY-----\n${planted}\n-----END OPENSSH PRIVATE KEY-----\n`;
        const settings = await settingsWith({ "m3perf:sshPrivateKey": key });
        const child = spawn(join(projectRoot, "bin/m3perf"), ["preview", "--settings", settings, "--lab", lab]);
        let output = "";
        for (const stream of [child.stdout, child.stderr])
            stream.setEncoding("utf8").on("data", (part: string) => (output += part));
        const ended = new Promise((resolve) => child.once("close", resolve));
        let looks = 0;
        const look = () => {
            looks += 1;
            for (const id of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
                let line = "";
                try {
                    line = readFileSync(`/proc/${id}/cmdline`, "utf8");
                } catch {} // it ended
                clean(line, "a list of processes");
            }
        };
        const failed = new Promise<never>((_, reject) => {
            const timer = setInterval(() => {
                try {
                    look();
                } catch (error) {
                    reject(error);
                }
            }, 50);
            void ended.then(() => clearInterval(timer));
        });
        await Promise.race([ended, failed]);
        assert.ok(looks > 10, `${looks} looks`);
        assert.ok(output.length > 0);
        clean(output, "the preview");
    });

    it("none is in the stack's state, its history or its export, and their files are for nobody else", async () => {
        // The copy of the settings is what the user wrote, a key in the open with it: the next test looks at who may read it.
        const files = [...filesIn(join(labDir(lab), "pulumi"))].filter(({ path }) => !path.includes("/project/"));
        assert.ok(files.some(({ path }) => path.includes("/stacks/")));
        for (const { path } of files) clean(readFileSync(path).toString("latin1"), path);
        const exported = await exec("pulumi", ["stack", "export"], { env: variables, cwd: projectRoot, timeout: 60 });
        assert.equal(exported.code, 0, exported.stderr);
        clean(exported.stdout, "pulumi stack export");
    });

    it("in the lab's folder they are in files of their owner's only", () => {
        const holding = [...filesIn(labDir(lab))]
            .filter(({ bytes }) => bytes < 1 << 20)
            .filter(({ path }) => {
                const text = unlessGone(() => readFileSync(path).toString("latin1"));
                return text !== undefined && shownIn(text, secrets).length > 0;
            });
        assert.ok(holding.length > 0);
        const open = holding
            .filter(({ mode }) => (mode & 0o077) !== 0)
            .map(({ path, mode }) => `${path} ${mode.toString(8)}`);
        assert.deepEqual(open, []);
    });

    it("none is in the cluster's ConfigMaps, pods, events or logs", async () => {
        const objects = await kubectl("get", "configmaps,pods,events,statefulsets,deployments", "-A", "-o", "json");
        clean(objects, "the cluster's objects");
        const names = (await kubectl("-n", "m3db", "get", "pods", "-o", "name")).trim().split("\n");
        for (const name of names) clean(await kubectl("-n", "m3db", "logs", name, "--tail=2000"), `the log of ${name}`);
    });

    it("a load leaves none in its folder", async () => {
        const out = join(await temporaryFolder(), "load");
        const words = ["load", "--series", "100", "--rate", "100", "--duration", "3s", "--out", out];
        const { code, stdout, stderr } = await m3perf(words);
        assert.equal(code, 0, stderr);
        clean(stdout + stderr, "m3perf load");
        for (const { path } of filesIn(out)) clean(readFileSync(path, "utf8"), path);
    });
});
