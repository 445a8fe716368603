import assert from "node:assert/strict";
import { join } from "node:path";
import type { EtcdStatus } from "../../operations/etcd/status.ts";
import { exec } from "../../support/exec.ts";
import { projectRoot } from "../../support/paths.ts";
import { waitFor } from "../../support/wait.ts";
import { kubectl, lab, m3perf, m3perfJson, standsOn, temporaryFolder } from "./environment.ts";

const etcd = (...words: string[]) => kubectl("-n", "m3db", ...words);

/** An aggregator that has ended for want of its keys is started anew, so that its restarts are not taken for a trouble of now. */
async function healthyAgain(): Promise<void> {
    await waitFor({ what: "the aggregator to run again", timeout: 300, every: 5 }, async () =>
        (await etcd("get", "pod", "m3aggregator-0", "-o", "jsonpath={.status.containerStatuses[0].ready}")).includes(
            "true",
        ),
    );
    await etcd("delete", "pod", "m3aggregator-0");
    const { code, stdout } = await m3perf(["verify", "--wait", "240"]);
    assert.equal(code, 0, stdout);
}

describe("e2e: etcd emptied, and its volumes lost", function () {
    this.timeout(20 * 60_000);
    let file: string;

    before(async () => {
        standsOn("up", "up");
        file = join(await temporaryFolder(), "etcd.snapshot");
        await m3perfJson(["etcd", "snapshot", file]);
    });

    it("reset asks for the stack's name at a terminal, and another name changes nothing", async () => {
        // script (util-linux) gives the command a terminal.
        const command = `${join(projectRoot, "bin/m3perf")} etcd reset --force --lab ${lab}`;
        const { code, stdout } = await exec("script", ["-qec", command, "/dev/null"], {
            input: "production\n",
            timeout: 120,
        });
        assert.notEqual(code, 0, stdout);
        assert.match(stdout, /Type the stack's name \(dev\)/);
        const { prefixes } = await m3perfJson<EtcdStatus>(["etcd", "status"]);
        assert.ok(prefixes.some(({ prefix }) => prefix === "_kv/"));
    });

    it("the name typed, every key goes, and restore brings the environment back", async () => {
        const command = `${join(projectRoot, "bin/m3perf")} etcd reset --force --lab ${lab}`;
        const { code, stdout } = await exec("script", ["-qec", command, "/dev/null"], {
            input: "dev\n",
            timeout: 120,
        });
        assert.equal(code, 0, stdout);
        assert.match(stdout, /Keys deleted: \d+/);
        const { prefixes } = await m3perfJson<EtcdStatus>(["etcd", "status"]);
        assert.ok(!prefixes.some(({ prefix }) => prefix === "_kv/" || prefix === "_sd.placement/"), "keys are left");
        const { put } = await m3perfJson<{ put: number }>(["etcd", "restore", file]);
        assert.ok(put > 5, String(put));
        await healthyAgain();
    });

    it("with its volumes lost, up makes an empty etcd, and restore fills it", async () => {
        await etcd("scale", "statefulset/etcd", "--replicas=0");
        await etcd("wait", "--for=delete", "pod/etcd-0", "pod/etcd-1", "pod/etcd-2", "--timeout=120s");
        for (const member of [0, 1, 2]) await etcd("delete", "pvc", `data-etcd-${member}`, "--timeout=120s");
        // Ends with 1: etcd is there, and M3 finds nothing in it.
        const up = await m3perf(["up", "--refresh"], { minutes: 15 });
        assert.ok(up.code === 0 || up.code === 1, up.stderr.slice(-3000));
        const { members } = await m3perfJson<EtcdStatus>(["etcd", "status"]);
        assert.equal(members.length, 3);
        const { put } = await m3perfJson<{ put: number }>(["etcd", "restore", file]);
        assert.ok(put > 5, String(put));
        await healthyAgain();
    });
});
