import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { qemuArguments } from "../../../lab/vm/qemu.ts";
import { openQmp } from "../../../lab/vm/qmp.ts";
import { sshArguments } from "../../../lab/vm/vm.ts";

describe("a virtual machine's qemu", () => {
    const args = qemuArguments({
        name: "one",
        disk: "/t/a,b/disk.qcow2",
        memoryMi: 560,
        consoleLog: "/t/console.log",
        sshPort: 22_001,
        repositoryPort: 18_080,
    });
    const given = (name: string) => args[args.indexOf(name) + 1] ?? "";

    it("needs no KVM, and its network is closed but for SSH and the repositories", () => {
        assert.match(given("-accel"), /^tcg,/);
        assert.equal(
            given("-netdev"),
            "user,id=net,restrict=on,hostfwd=tcp:127.0.0.1:22001-10.0.2.15:22," +
                "guestfwd=tcp:10.0.2.100:80-cmd:socat STDIO TCP4:127.0.0.1:18080",
        );
    });

    it("keeps within the memory that it may take", () => {
        const codeCache = Number(/tb-size=(\d+)/.exec(given("-accel"))?.[1]);
        assert.ok(Number(given("-m")) + codeCache + 100 <= 820, `${given("-m")} + ${codeCache} MiB`);
    });

    it("takes commas in paths", () => {
        assert.match(given("-drive"), /file=\/t\/a,,b\/disk\.qcow2$/);
    });
});

describe("orders to qemu", () => {
    /** A qemu that greets, accepts, sends an event, and answers commands with `reply`. */
    function qemu(reply: object | undefined) {
        const [input, output] = [new PassThrough(), new PassThrough()];
        const sent: string[] = [];
        output.write('{"QMP": {"version": {}}}\r\n');
        input.on("data", (data: Buffer) => {
            const { execute } = JSON.parse(data.toString());
            sent.push(execute);
            if (execute === "qmp_capabilities") output.write('{"return": {}}\r\n{"event": "RESUME"}\r\n');
            else if (reply) output.write(`${JSON.stringify(reply)}\r\n`);
            else output.destroy();
        });
        return { input, output, sent };
    }

    it("are answered, events left aside", async () => {
        const { input, output, sent } = qemu({ return: {} });
        const qmp = await openQmp(input, output);
        await qmp.order("system_reset");
        assert.deepEqual(sent, ["qmp_capabilities", "system_reset"]);
    });

    it("fail with qemu's words, and when it ends", async () => {
        const refusing = qemu({ error: { class: "GenericError", desc: "not now" } });
        const first = await openQmp(refusing.input, refusing.output);
        await assert.rejects(first.order("quit"), /refuses "quit": not now/);
        const ending = qemu(undefined);
        const second = await openQmp(ending.input, ending.output);
        await assert.rejects(second.order("quit"), /qemu has ended/);
    });
});

describe("ssh to a virtual machine", () => {
    it("checks the host key against the machine's own file alone", () => {
        const ssh = {
            host: "127.0.0.1",
            port: 22_001,
            user: "root",
            privateKeyFile: "/k",
            hostKey: "ssh-ed25519 A",
        } as const;
        const text = sshArguments(ssh, "/t/known_hosts").join(" ");
        assert.match(
            text,
            /-o UserKnownHostsFile=\/t\/known_hosts -o GlobalKnownHostsFile=none -o StrictHostKeyChecking=yes/,
        );
        assert.match(text, /-i \/k -p 22001 .*root@127\.0\.0\.1$/);
    });
});
