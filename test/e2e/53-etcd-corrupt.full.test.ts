import assert from "node:assert/strict";
import { open, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { DiagnosisJson } from "../../operations/diagnosis/report.ts";
import { exec } from "../../support/exec.ts";
import { projectRoot } from "../../support/paths.ts";
import { waitFor } from "../../support/wait.ts";
import { kubectl, kubectlJson, labVariables, m3perf, m3perfJson, standsOn, type UpJson } from "./environment.ts";

const corrupt = "etcd-2";
const other = "etcd-0";
const value = `m3perf-corrupt-${process.pid}-aaaa`;

const etcdctl = (...words: string[]) => kubectl("-n", "m3db", "exec", other, "--", "etcdctl", ...words);
/** "8e9e05c52164694d, started, etcd-0, http://…:2380, http://…:2379, false" */
const members = async () =>
    (await etcdctl("member", "list"))
        .trim()
        .split("\n")
        .map((line) => line.split(", "))
        .map(([id = "", state = "", name = ""]) => ({ id, state, name }));
const idOf = async (name: string) => (await members()).find((one) => one.name === name)?.id ?? "";

interface Hashed {
    HashKV: { header: { revision: number }; hash: number; compact_revision: number };
}

/** Hashes of all members' content, asked until all were at the same revision: etcd is written to all the time. */
const hashes = () =>
    waitFor({ what: "all members at one revision", timeout: 60, every: 0.5 }, async () => {
        const all = JSON.parse(await etcdctl("endpoint", "hashkv", "--cluster", "-w", "json")) as Hashed[];
        const seen = new Set(
            all.map(({ HashKV: { header, compact_revision } }) => `${header.revision} ${compact_revision}`),
        );
        return seen.size === 1 && all.map(({ HashKV: { hash } }) => hash);
    });

interface Volumes {
    items: { spec: { claimRef?: { name: string }; hostPath?: { path: string }; local?: { path: string } } }[];
}

/**
 * Puts other bytes where a text is in a member's database, while it runs: bolt maps the file and has no checksums of values, so the member answers
 * with them, as after a fault of its disk.
 */
async function falsify(pod: string, from: string, to: string): Promise<number> {
    assert.equal(from.length, to.length);
    const { items } = await kubectlJson<Volumes>("get", "pv");
    const volume = items.find(({ spec }) => spec.claimRef?.name === `data-${pod}`)?.spec;
    const folder = volume?.hostPath?.path ?? volume?.local?.path;
    assert.ok(folder, `${pod} has no volume on this machine`);
    const file = await open(join(folder, "data/member/snap/db"), "r+");
    try {
        const content = await file.readFile();
        let count = 0;
        for (let at = content.indexOf(from); at >= 0; at = content.indexOf(from, at + 1), count += 1)
            await file.write(to, at);
        return count;
    } finally {
        await file.close();
    }
}

/** The lines that docs/etcd.md gives for it, with the names of here. */
async function documentedLines(id: string): Promise<string[]> {
    const page = await readFile(join(projectRoot, "docs/etcd.md"), "utf8");
    const [, block = ""] = /```sh\n(kubectl -n m3db exec M [^`]*)```/.exec(page) ?? [];
    const lines = block.split("\n").filter((line) => line !== "" && !line.startsWith("#"));
    return lines.map((line) =>
        line
            .replaceAll(/\bX\b/g, corrupt)
            .replaceAll(/\bM\b/g, other)
            .replaceAll(/\bID\b/g, id),
    );
}

describe("e2e: one etcd member's data is corrupt", function () {
    this.timeout(20 * 60_000);

    before(async () => {
        standsOn("up", "up");
        await etcdctl("put", "m3perf/corrupt", value);
    });

    it("its content differs, and with the alarm diagnose names it as the root", async () => {
        assert.equal(new Set(await hashes()).size, 1);
        assert.ok((await falsify(corrupt, value, value.replace(/aaaa$/, "aaab"))) > 0);
        assert.equal(new Set(await hashes()).size, 2);
        // As etcd's own check does it, which is off unless told. Its content is what differs, not the alarm alone.
        const memberID = BigInt(`0x${await idOf(corrupt)}`).toString();
        const path = `/api/v1/namespaces/m3db/pods/${other}:2379/proxy/v3/maintenance/alarm`;
        const input = JSON.stringify({ action: "ACTIVATE", memberID, alarm: "CORRUPT" });
        const raised = await exec("kubectl", ["create", "--raw", path, "-f", "-"], {
            env: await labVariables(),
            input,
            timeout: 60,
        });
        assert.equal(raised.code, 0, raised.stderr);
        const { troubles } = await m3perfJson<DiagnosisJson>(["diagnose"], 1);
        assert.deepEqual(
            troubles.map(({ id }) => id),
            ["etcd-corrupt"],
        );
    });

    it("the lines of docs/etcd.md give that member its data anew, and nothing else has changed", async () => {
        const before = await idOf(corrupt);
        const lines = await documentedLines(before);
        assert.ok(lines.length > 8, "docs/etcd.md has lost its lines");
        for (const line of lines) {
            if (line.includes("alarm disarm")) {
                await waitFor({ what: `${corrupt} to be started`, timeout: 240, every: 2 }, async () =>
                    (await members()).some(({ name, state }) => name === corrupt && state === "started"),
                );
            }
            const { code, stdout, stderr } = await exec("sh", ["-c", line], {
                env: await labVariables(),
                timeout: 180,
            });
            assert.equal(code, 0, `${line}\n${stdout}${stderr}`);
        }
        assert.notEqual(await idOf(corrupt), before);
        assert.equal((await members()).length, 3);
        assert.equal(new Set(await hashes()).size, 1);
        await etcdctl("del", "m3perf/corrupt");
        const { code, stdout } = await m3perf(["verify", "--wait", "240"]);
        assert.equal(code, 0, stdout);
        const { unchanged, changes } = await m3perfJson<UpJson>(["preview"]);
        assert.equal(unchanged, true, JSON.stringify(changes));
    });
});
