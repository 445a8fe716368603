import { createServer, type Server, type Socket } from "node:net";
import { PassThrough, type Readable, type Writable } from "node:stream";
import { messageOf } from "../../support/errors.ts";

/** Connects a socket's two directions with a pod's port; returns how it is ended, `closed` is called when the far side ends it. */
export type Carry = (input: Readable, output: Writable, error: Writable, closed: () => void) => Promise<() => void>;

export interface Forward {
    /** 127.0.0.1:PORT */
    address: string;
    close(): Promise<void>;
}

/**
 * Listens on the loopback, and carries each connection by itself to a pod that is ready then: a pod that goes away ends only
 * its own connections, and the next one finds another. `tries` bridges the time in which none is ready (30 s unless told).
 */
export async function openForward(
    carry: Carry,
    options: { port?: number; say(text: string): void; tries?: number; pause?: number },
): Promise<Forward> {
    const { port = 0, say, tries = 60, pause = 500 } = options;
    const sockets = new Set<Socket>();
    let told = "";
    let closing = false;
    const serve = async (socket: Socket) => {
        let end = () => {};
        sockets.add(socket);
        socket.on("error", () => {});
        socket.on("close", () => {
            sockets.delete(socket);
            end();
        });
        for (let attempt = 1; !closing && !socket.destroyed; attempt++) {
            try {
                const error = new PassThrough();
                error.on("data", (bytes: Buffer) => {
                    // The API server's word that nothing listens there: it is no part of the connection.
                    if (bytes.length > 0) socket.destroy();
                });
                end = await carry(socket, socket, error, () => socket.end());
                if (socket.destroyed) end();
                told = "";
                return;
            } catch (error) {
                const text = messageOf(error);
                if (text !== told) say(`${text}; trying again`);
                told = text;
                if (attempt >= tries) {
                    socket.destroy();
                    return;
                }
                await new Promise((resolve) => setTimeout(resolve, pause));
            }
        }
    };
    const server: Server = createServer({ pauseOnConnect: false, allowHalfOpen: true }, (socket) => void serve(socket));
    await new Promise<void>((resolve, reject) => {
        server.once("error", reject).listen(port, "127.0.0.1", () => resolve());
    });
    const bound = server.address();
    if (bound === null || typeof bound === "string") throw new Error("no port of the loopback could be had");
    return {
        address: `127.0.0.1:${bound.port}`,
        close: () =>
            new Promise((resolve) => {
                closing = true;
                server.close(() => resolve());
                for (const socket of sockets) socket.destroy();
            }),
    };
}
