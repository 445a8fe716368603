import { connect } from "node:net";

/** Whether a process listens on the Unix socket. */
export function answers(socket: string): Promise<boolean> {
    return new Promise((resolve) => {
        const connection = connect(socket);
        const end = (listening: boolean) => {
            connection.destroy();
            resolve(listening);
        };
        connection.once("connect", () => end(true));
        connection.once("error", () => end(false));
    });
}
