import type { ClientRequestArgs } from "node:http";
import { duplexPair, PassThrough, type Readable, type Writable } from "node:stream";
import { connect } from "node:tls";
import { callLimit, type HttpRequest, type HttpResponse, type HttpStream, send, sendForStream } from "./http.ts";

/**
 * HTTP over TLS to a port of a pod, by the API server's port-forward: its proxy has no certificate to show, and looks at none. One
 * connection for each call, so that nothing is left open.
 */

/** The client library's PortForward. */
export interface Forwarder {
    portForward(
        namespace: string,
        pod: string,
        ports: number[],
        output: Writable,
        error: Writable,
        input: Readable,
    ): Promise<unknown>;
}

/** Certificates in PEM: `ca` of who has signed the server's, the others to be let in with. */
export interface TlsFiles {
    ca: string;
    cert?: string;
    key?: string;
}

export interface TlsTarget {
    namespace: string;
    pod: string;
    port: number;
    /** Name that has to be in the server's certificate. */
    servername: string;
    files: TlsFiles;
}

interface Opened {
    options: Pick<ClientRequestArgs, "createConnection">;
    close(): void;
}

export async function sendOverTls(
    forwarder: Forwarder,
    target: TlsTarget,
    path: string,
    request: HttpRequest,
): Promise<HttpResponse> {
    const { options, close } = await open(forwarder, target);
    return send(urlOf(target, path), request, options).finally(close);
}

export async function streamOverTls(
    forwarder: Forwarder,
    target: TlsTarget,
    path: string,
    request: HttpRequest & { signal: AbortSignal },
): ReturnType<HttpStream> {
    const { options, close } = await open(forwarder, target);
    try {
        const answer = await sendForStream(urlOf(target, path), request, options);
        answer.body.on("close", close);
        return answer;
    } catch (error) {
        close();
        throw error;
    }
}

const urlOf = ({ servername, port }: TlsTarget, path: string) => new URL(`https://${servername}:${port}${path}`);

async function open(forwarder: Forwarder, { namespace, pod, port, servername, files }: TlsTarget): Promise<Opened> {
    const [near, far] = duplexPair();
    const refused = new PassThrough();
    refused.on("data", (word: Buffer) => {
        // The API server's word that nothing listens there. Bytes of none come with each connection.
        if (word.length > 0) near.destroy(new Error(`${pod}:${port}: ${word.toString().trim()}`));
    });
    // What is wrong with it is told by the TLS socket over it.
    near.on("error", () => {});
    far.on("error", () => {});
    const socket = (await within(
        forwarder.portForward(namespace, pod, [port], far, refused, far),
        `no port-forward to ${pod}:${port}`,
    )) as Pick<WebSocket, "close" | "onclose">;
    socket.onclose = () => far.end();
    const secure = connect({ socket: near, servername, ...files });
    return {
        options: { createConnection: () => secure },
        close() {
            secure.destroy();
            socket.close();
        },
    };
}

async function within<T>(call: Promise<T>, what: string): Promise<T> {
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error(`${what} within ${callLimit} s`)), callLimit * 1000);
    });
    return Promise.race([call, late]).finally(() => clearTimeout(timer));
}
