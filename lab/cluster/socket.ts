import { get } from "node:http";
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

/** Whether the address answers with 2xx; rejects when nothing does in `limit` seconds. Past any proxy, which fetch may use. */
export function isOk(url: string, limit: number): Promise<boolean> {
    return new Promise((resolve, reject) => {
        const request = get(url, { agent: false, signal: AbortSignal.timeout(limit * 1000) }, (response) => {
            const { statusCode = 0 } = response;
            response.destroy();
            resolve(statusCode >= 200 && statusCode < 300);
        });
        request.once("error", reject);
    });
}
