/** What takes long: `up` and `down` killed at moments that nobody chose, and the machine's loss of power. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { setTimeout as sleep } from "node:timers/promises";
import { killCgroup } from "../../../lab/cluster/cgroups.ts";
import { cgroupOf } from "../../../lab/cluster/layout.ts";
import { killCount, killed, randomKill } from "../../support/kills.ts";
import { machineState, main, TestLab } from "./lab.ts";

const lab = new TestLab("test");
const kills = killCount("lab", 12);

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

    it(`comes up after ${kills} kills of up by every signal; whenever one was done before, down is killed once, and goes`, async function () {
        this.timeout(60 * 60_000);
        const words = (verb: string) => [main, "--lab", lab.name, verb];
        const cut = { up: 0, down: 0 };
        for (let index = 0; cut.up < kills && index < 3 * kills; index++) {
            const up = await killed(process.execPath, words("up"), randomKill(index, 20_000));
            if (up) cut.up += 1;
            else {
                const down = await killed(process.execPath, words("down"), randomKill(cut.down, 3000, 100));
                if (down) cut.down += 1;
                await lab.succeed("down");
                assert.deepEqual(await machineState(lab.name), untouched);
            }
        }
        console.log(`      killed: up ${cut.up} times, down ${cut.down} times`);
        assert.equal(cut.up, kills, "killed before they were done");
        await lab.succeed("up");
        const { state, nodes } = await lab.status();
        assert.equal(state, "up");
        for (const { name } of nodes) assert.equal(await lab.ready(name), "True", name);
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
