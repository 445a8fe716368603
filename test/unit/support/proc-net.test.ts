import assert from "node:assert/strict";
import { incoming, listening } from "../../support/proc-net.ts";

const head =
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode                     ";
const rest = "00000000:00000000 00:00000000 00000000 65534        0 123 1 0000000000000000 20 4 30 10 -1";
const sockets = (...lines: string[]) =>
    [head, ...lines.map((text, index) => `   ${index}: ${text} ${rest}`)].join("\n");

describe("connections in /proc/net", () => {
    it("are those to ports on which somebody listens, with the address of who came, once", () => {
        const text = sockets(
            "00000000:094B 00000000:0000 0A", // 0.0.0.0:2379 listens
            "0200F50A:094B 0700F50A:D431 01", // from 10.245.0.7
            "0200F50A:094B 0700F50A:D432 01", // again
            "0200F50A:094B 0801F50A:D431 06", // from 10.245.1.8, ended a moment ago
            "0200F50A:C001 0900F50A:094C 01", // ours to 10.245.0.9:2380
            "0100007F:094B 0100007F:D433 01", // by the loopback
            "0200F50A:094B 0200F50A:D434 01", // to itself
            "0200F50A:094B 0A00F50A:D435 03", // still at its opening
        );
        assert.deepEqual(incoming(text), [
            { from: "10.245.0.7", port: 2379 },
            { from: "10.245.1.8", port: 2379 },
        ]);
    });

    it("are those of Go's processes, too, which listen on IPv6 and see IPv4 through it", () => {
        const zero = "0".repeat(32);
        const v4 = (word: string) => `0000000000000000FFFF0000${word}`;
        const text = [
            sockets(),
            sockets(
                `${zero}:2328 ${zero}:0000 0A`, // [::]:9000 listens
                `${v4("0200F50A")}:2328 ${v4("0700F50A")}:D431 01`,
                `${v4("0100007F")}:2328 ${v4("0100007F")}:D432 01`,
                "000000FD000000000000000001000000:2328 000000FD000000000000000002000000:D433 01", // fd00::1 from fd00::2
            ),
        ].join("\n");
        assert.deepEqual(incoming(text), [
            { from: "10.245.0.7", port: 9000 },
            { from: "fd00:0:0:0:0:0:0:2", port: 9000 },
        ]);
    });

    it("those that anybody may open are the ports that listen past the loopback, each once", () => {
        const text = sockets(
            `${"0".repeat(32)}:2328 ${"0".repeat(32)}:0000 0A`, // [::]:9000
            "00000000:2328 00000000:0000 0A", // 0.0.0.0:9000
            "0200F50A:094B 00000000:0000 0A", // 10.245.0.2:2379
            "0100007F:094C 00000000:0000 0A", // 127.0.0.1:2380
            "0200F50A:C001 0900F50A:094C 01",
        );
        assert.deepEqual(listening(text), [2379, 9000]);
    });

    it("are none where there is nothing to read", () => {
        assert.deepEqual(incoming(""), []);
        assert.deepEqual(listening(""), []);
        assert.deepEqual(incoming(`${head}\n`), []);
    });
});
