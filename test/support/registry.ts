/** A registry for tests: a real HTTP server on loopback that speaks as much of the distribution API as telling a digest needs. */
import { createHash } from "node:crypto";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";

export interface Registry {
    /** "127.0.0.1:40123", which image names begin with. */
    host: string;
    /** Path and query of each request, in the order in which they came. */
    asked: string[];
    /** Header Authorization of each. */
    authorizations: (string | undefined)[];
    close(): Promise<void>;
}

export const mediaTypes = {
    index: "application/vnd.oci.image.index.v1+json",
    list: "application/vnd.docker.distribution.manifest.list.v2+json",
    manifest: "application/vnd.oci.image.manifest.v1+json",
    docker: "application/vnd.docker.distribution.manifest.v2+json",
};

export const sha256 = (text: string) => `sha256:${createHash("sha256").update(text).digest("hex")}`;

const descriptor = { mediaType: mediaTypes.manifest, digest: sha256("x"), size: 1 };
/** A manifest's text, other bytes for each `salt`. */
export function manifestText(kind: keyof typeof mediaTypes, salt = ""): string {
    const content =
        kind === "index" || kind === "list"
            ? { manifests: [descriptor] }
            : { config: descriptor, layers: [descriptor] };
    return JSON.stringify({ schemaVersion: 2, mediaType: mediaTypes[kind], ...content, annotations: { salt } });
}

/** Answers as a registry does. */
export function serveManifest(response: ServerResponse, kind: keyof typeof mediaTypes, salt = "", headers = {}): void {
    const body = manifestText(kind, salt);
    response
        .writeHead(200, { "content-type": mediaTypes[kind], "docker-content-digest": sha256(body), ...headers })
        .end(body);
}

export async function registry(
    answer: (response: ServerResponse, url: URL, request: IncomingMessage) => void,
): Promise<Registry> {
    const asked: string[] = [];
    const authorizations: (string | undefined)[] = [];
    const server = createServer((request, response) => {
        asked.push(request.url ?? "");
        authorizations.push(request.headers.authorization);
        answer(response, new URL(request.url ?? "", `http://${request.headers.host}`), request);
    });
    await new Promise<void>((listening) => server.listen(0, "127.0.0.1", listening));
    return {
        host: `127.0.0.1:${(server.address() as AddressInfo).port}`,
        asked,
        authorizations,
        close: () =>
            new Promise((closed) => {
                server.close(() => closed());
                server.closeAllConnections();
            }),
    };
}
