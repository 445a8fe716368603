/** What takes long: `up` and `down` killed at moments that nobody chose, and the machine's loss of power. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { killCgroup } from "../../../lab/cluster/cgroups.ts";
import { cgroupOf } from "../../../lab/cluster/layout.ts";
import { machineState, main, TestLab } from "./lab.ts";

const lab = new TestLab("test");

/** Starts a command of the lab and kills it after so many milliseconds. */
async function killAfter(verb: string, milliseconds: number): Promise<void> {
    const child = spawn(process.execPath, [main, "--lab", lab.name, verb], { stdio: "ignore" });
    const ended = new Promise<void>((resolve) => child.on("close", () => resolve()));
    await sleep(milliseconds);
    child.kill("SIGKILL");
    await ended;
}

describe("a lab whose commands are killed", function () {
    this.timeout(400_000);
    let untouched: Record<string, string[]>;

    before(async () => {
        await lab.succeed("down");
        untouched = await machineState(lab.name);
    });

    after(async () => {
        await lab.succeed("down");
    });

    for (const milliseconds of [1500, 2500, 4000, 6000]) {
        it(`is taken down whole after an up that ended at ${milliseconds} ms`, async () => {
            await killAfter("up", milliseconds);
            await lab.succeed("down");
            assert.deepEqual(await machineState(lab.name), untouched);
        });
    }

    it("comes up after kills at six random moments, keeps its data through a power cut of the machine, and goes", async () => {
        for (let count = 0; count < 6; count++) {
            const moment = 1000 + Math.random() * 9000;
            console.log(`      killed after ${moment.toFixed(0)} ms`);
            await killAfter("up", moment);
        }
        await lab.succeed("up");
        assert.equal((await lab.status()).state, "up");
        await lab.kubectl(["create", "configmap", "kept", "--from-literal=a=b"]);
        await killCgroup(cgroupOf(lab.name));
        assert.equal((await lab.status()).state, "down");
        await lab.succeed("up");
        assert.equal((await lab.status()).state, "up");
        assert.match(await lab.kubectl(["get", "configmap", "kept", "-o", "yaml"]), /a: b/);
        await killAfter("down", 700);
        await lab.succeed("down");
        assert.deepEqual(await machineState(lab.name), untouched);
    });

    it("stops cleanly at Ctrl-C and says so", async () => {
        const child = spawn(process.execPath, [main, "--lab", lab.name, "up"], { stdio: ["ignore", "ignore", "pipe"] });
        let told = "";
        child.stderr.on("data", (text: Buffer) => {
            told += text.toString();
        });
        const code = new Promise<number | null>((resolve) => child.on("close", (status) => resolve(status)));
        await sleep(4000);
        child.kill("SIGINT");
        assert.equal(await code, 130);
        assert.match(told, /stopped/);
        await lab.succeed("down");
        assert.deepEqual(await machineState(lab.name), untouched);
    });
});
