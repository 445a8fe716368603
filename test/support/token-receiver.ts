/** A server for tests that keeps each request's token, path and body, and answers as it is told. */
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface SeenRequest {
    token: string;
    path: string;
    body: Buffer;
}

export interface Seen {
    url: string;
    port: number;
    requests: SeenRequest[];
    close(): Promise<void>;
}

export async function tokenReceiver(
    answer: (request: SeenRequest, response: ServerResponse) => void = (_, response) =>
        void response.writeHead(204).end(),
): Promise<Seen> {
    const requests: SeenRequest[] = [];
    const server = createServer((incoming: IncomingMessage, response) => {
        const parts: Buffer[] = [];
        incoming.on("data", (part: Buffer) => parts.push(part));
        incoming.on("end", () => {
            const token = incoming.headers.authorization ?? "";
            const request = { token, path: incoming.url ?? "", body: Buffer.concat(parts) };
            requests.push(request);
            answer(request, response);
        });
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    const { port } = server.address() as AddressInfo;
    return {
        url: `http://127.0.0.1:${port}/api/v1/prom/remote/write`,
        port,
        requests,
        close: () =>
            new Promise((closed) => {
                server.close(() => closed());
                server.closeAllConnections();
            }),
    };
}
