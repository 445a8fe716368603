/** Connections of a network namespace, as Linux' /proc/net/tcp and tcp6 list them (Documentation/networking/proc_net_tcp.rst). Pure. */

export interface Incoming {
    /** Address of who opened it. */
    from: string;
    /** Ours. */
    port: number;
}

const states = { SYN_SENT: "02", SYN_RECV: "03", LISTEN: "0A" };
const line =
    /^\s*\d+: ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) ([0-9A-F]{8}|[0-9A-F]{32}):([0-9A-F]{4}) ([0-9A-F]{2}) /;

/**
 * Who has come in: connections to ports on which somebody listens, also those that have ended a moment ago (TIME_WAIT). Those from the
 * namespace itself are left out.
 */
export function incoming(text: string): Incoming[] {
    const sockets = socketsOf(text);
    const listening = new Set(sockets.filter(({ state }) => state === states.LISTEN).map(({ port }) => port));
    const come = sockets.filter(
        ({ state, port, local, from }) =>
            !Object.values(states).includes(state) && listening.has(port) && from !== local && !isLoopback(from),
    );
    const unique = new Map(come.map(({ from, port }) => [`${from} ${port}`, { from, port }]));
    return [...unique.values()];
}

/** Ports on which somebody listens, past the loopback; in order. */
export function listening(text: string): number[] {
    const ports = socketsOf(text)
        .filter(({ state, local }) => state === states.LISTEN && !isLoopback(local))
        .map(({ port }) => port);
    return [...new Set(ports)].sort((a, b) => a - b);
}

function socketsOf(text: string) {
    return text.split("\n").flatMap((one) => {
        const [, local = "", port = "", remote = "", , state = ""] = line.exec(one) ?? [];
        return state === ""
            ? []
            : [{ local: addressOf(local), port: Number.parseInt(port, 16), from: addressOf(remote), state }];
    });
}

const isLoopback = (address: string) => address.startsWith("127.") || address === "0:0:0:0:0:0:0:1";

/** Words of 32 bits, each in the machine's order of bytes: little-endian on what we run on. */
function addressOf(hex: string): string {
    const bytes = (hex.match(/.{8}/g) ?? []).flatMap((word) =>
        (word.match(/../g) ?? []).reverse().map((byte) => Number.parseInt(byte, 16)),
    );
    if (bytes.length === 4) return bytes.join(".");
    const mapped = bytes.slice(0, 10).every((byte) => byte === 0) && bytes[10] === 0xff && bytes[11] === 0xff;
    if (mapped) return bytes.slice(12).join(".");
    return Array.from({ length: 8 }, (_, index) =>
        (((bytes[2 * index] ?? 0) << 8) | (bytes[2 * index + 1] ?? 0)).toString(16),
    ).join(":");
}
