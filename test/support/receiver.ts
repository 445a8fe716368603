/** A receiver of remote write for tests: a real HTTP server that reads every body and keeps what came; tests say what it answers. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import type { Series } from "../../agent/remote-write.ts";
import { decode, literals } from "./remote-write.ts";

export interface Receiver {
    url: string;
    /** Every series with its samples, in the order in which they came. */
    received: Series[];
    requests: number;
    close(): Promise<void>;
}

/** `answer` ends the response, now or later; without it every request is taken. */
export async function receiver(
    answer: (response: ServerResponse, number: number, request: IncomingMessage) => void = (response) =>
        void response.writeHead(204).end(),
): Promise<Receiver> {
    const received: Series[] = [];
    let requests = 0;
    const server = createServer((request, response) => {
        const parts: Buffer[] = [];
        request.on("data", (part: Buffer) => parts.push(part));
        request.on("end", () => {
            received.push(...decode(literals(Buffer.concat(parts))));
            answer(response, requests++, request);
        });
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    return {
        url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/v1/prom/remote/write`,
        received,
        get requests() {
            return requests;
        },
        close: () =>
            new Promise((closed) => {
                server.close(() => closed());
                server.closeAllConnections();
            }),
    };
}
