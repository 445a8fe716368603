/** A way to a machine's SSH port that can be cut, as a network is. */
import { once } from "node:events";
import { type AddressInfo, connect, createServer, type Socket } from "node:net";

export interface CutProxy {
    port: number;
    /** Ends every connection at once, without a word to either side's program. */
    cut(): void;
    close(): Promise<void>;
}

export async function cutProxy(target: number): Promise<CutProxy> {
    const open = new Set<Socket>();
    const keep = (socket: Socket) => {
        open.add(socket);
        socket.on("close", () => open.delete(socket)).on("error", () => {});
    };
    const server = createServer((near) => {
        const far = connect(target, "127.0.0.1");
        keep(near);
        keep(far);
        near.pipe(far).pipe(near);
        near.on("close", () => far.destroy());
        far.on("close", () => near.destroy());
    });
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const cut = () => {
        for (const socket of open) socket.resetAndDestroy();
    };
    return {
        port: (server.address() as AddressInfo).port,
        cut,
        async close() {
            const closed = once(server, "close");
            server.close();
            cut();
            await closed;
        },
    };
}
