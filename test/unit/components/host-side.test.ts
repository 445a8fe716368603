/** What a turn asks of its host, over an SSH server played in memory that runs the scripts in a folder of their own. */
import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import ssh2 from "ssh2";
import { hostSide } from "../../../components/nodes/roll/host-side.ts";
import type { TurnRecord } from "../../../components/nodes/roll/record.ts";
import { exec } from "../../../support/exec.ts";
import { ed25519Pair } from "../../support/ssh-keys.ts";

const pair = ed25519Pair();
const id = "0ecb8b0a-9d0e-4d6e-8b8c-6f1f1a2b3c4d";
const record: TurnRecord = {
    reason: "kernel it's 6.12",
    cordoned: false,
    boot: id,
    carried: [],
    controllers: {},
    unready: [],
};

describe("a turn's host, over SSH", () => {
    let folder: string;
    let server: ssh2.Server;
    /** What the user's shell prints before the command: bash reads ~/.bashrc for remote commands, too. */
    let noise: string;
    /** A script with this in it is taken, and never answered. */
    let unanswered: string | undefined;
    let scripts: string[];

    async function answer(stream: ssh2.ServerChannel) {
        const script = await text(stream);
        scripts.push(script);
        if (unanswered !== undefined && script.includes(unanswered)) return;
        assert.ok(!script.includes("systemctl"), "this machine is not to reboot");
        const input = script.replaceAll("/proc/sys/kernel/random", folder).replaceAll("/var/lib/misc", folder);
        const { code, stdout, stderr } = await exec("/bin/sh", ["-s"], { input, timeout: 30 });
        stream.stderr.write(stderr);
        stream.write(noise + stdout);
        stream.exit(code ?? 1);
        stream.end();
    }

    beforeEach(async () => {
        folder = mkdtempSync(join(tmpdir(), "m3perf-host-side-"));
        writeFileSync(join(folder, "boot_id"), `${id}\n`);
        noise = "";
        unanswered = undefined;
        scripts = [];
        server = new ssh2.Server({ hostKeys: [pair.private] }, (client) => {
            client.on("error", () => {});
            client.on("authentication", (context) => context.accept());
            client.on("session", (accept) => accept().on("exec", (accepted) => void answer(accepted())));
        });
        await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    });
    afterEach(async () => {
        await new Promise<void>((resolve) => server.close(() => resolve()));
        rmSync(folder, { recursive: true, force: true });
    });

    const side = (limit?: number) => {
        const { port } = server.address() as AddressInfo;
        const hop = { host: "127.0.0.1", port, user: "root", privateKey: pair.private, hostKey: pair.public };
        const turn = { node: "worker-1", reboot: { by: "ssh" as const } };
        return hostSide({ ...hop, jump: null }, turn, {
            say: () => {},
            signal: new AbortController().signal,
            ...(limit !== undefined && { limit }),
        });
    };

    it("tells its boot, and keeps the turn's record", async () => {
        assert.equal((await side().look()).id, id);
        await side().remember(record);
        assert.deepEqual(await side().record(), record);
        await side().forget();
        assert.equal(await side().record(), undefined);
    });

    it("tells them whatever the user's shell prints before, with and without a line's end", async () => {
        noise = "Welcome to worker-1\n2026\nlast login:";
        writeFileSync(join(folder, "m3perf-turn"), `${JSON.stringify(record)}\n`);
        assert.equal((await side().look()).id, id);
        assert.deepEqual(await side().record(), record);
    });

    it("has no boot that is no boot's id: it says what came instead", async () => {
        writeFileSync(join(folder, "boot_id"), "Permission denied\n");
        noise = "Welcome to worker-1\n";
        await assert.rejects(
            side().look(),
            /worker-1: its boot id cannot be read\n {2}Welcome to worker-1\n.*Permission denied/,
        );
    });

    it("that answers late may have taken the request to reboot: only its next boot tells", async () => {
        unanswered = "systemctl reboot";
        await side(0.3).reboot(1);
        assert.equal(scripts.filter((script) => script.includes("systemctl reboot")).length, 1);
    });

    it("that answers late to anything else has not answered", async () => {
        unanswered = "boot_id";
        await assert.rejects(side(0.3).look(), { kind: "limit" });
    });
});
