/**
 * Stands before m3query in its own pod, the only way to it. Writes are refused: m3query would answer 200 and drop them (facts.md 4).
 * /metrics comes from the metrics port, everything else from the API: the manual run reads both from one NodePort, and M3 1.5.0
 * cannot serve them on one port (x/instrument: a reporter without a listen address has no mux to go to).
 */
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from "node:http";

export interface FrontOptions {
    /** Ports on 127.0.0.1. */
    api: number;
    metrics: number;
    /** "http://m3coordinator.m3db:7201": where writes belong. */
    writeUrl: string;
}

/** M3 1.5.0's (query/api/v1: prometheus/remote, json, influxdb). */
const writePaths = ["/api/v1/prom/remote/write", "/api/v1/json/write", "/api/v1/influxdb/write"];

/** The path as M3's router compares it: decoded, without doubled slashes. */
function pathOf(url: string): string {
    const path = url.replace(/[?#].*$/s, "");
    try {
        return decodeURIComponent(path).replace(/\/+/g, "/");
    } catch {
        return path;
    }
}

export function queryFront(options: FrontOptions) {
    // Connections to the process beside it are kept open between requests.
    const agent = new Agent({ keepAlive: true, maxSockets: 256 });
    return createServer((incoming, outgoing) => pass(incoming, outgoing, options, agent));
}

function pass(incoming: IncomingMessage, outgoing: ServerResponse, options: FrontOptions, agent: Agent): void {
    const { method, url = "/", headers } = incoming;
    const path = pathOf(url);
    // 4xx: Prometheus drops the samples and logs the text; it would repeat a 5xx for ever.
    if (writePaths.some((write) => path === write || path.startsWith(`${write}/`))) {
        incoming.resume();
        outgoing
            .writeHead(403, { "Content-Type": "text/plain", Connection: "close" })
            .end(`m3query only answers queries and would drop this write: send it to ${options.writeUrl}${path}\n`);
        return;
    }
    const isMetrics = path === "/metrics";
    const upstream = request(
        { host: "127.0.0.1", port: isMetrics ? options.metrics : options.api, method, path: url, headers, agent },
        (answer) => {
            outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
            answer.pipe(outgoing);
            answer.on("error", () => outgoing.destroy());
        },
    );
    upstream.on("error", (error) => {
        if (outgoing.headersSent) outgoing.destroy();
        else
            outgoing
                .writeHead(502, { "Content-Type": "text/plain" })
                .end(`m3query does not answer: ${error.message}\n`);
    });
    // A client that gives up takes its query with it.
    outgoing.on("close", () => upstream.destroy());
    incoming.pipe(upstream);
}

// Not argv[1] against the file name: a ConfigMap mounts its files as symbolic links.
if (import.meta.main) {
    const [port, api, metrics] = process.argv.slice(2, 5).map(Number);
    const writeUrl = process.argv[5];
    if (!port || !api || !metrics || !writeUrl) {
        console.error("usage: query-front.ts PORT API_PORT METRICS_PORT WRITE_URL");
        process.exit(64);
    }
    const server = queryFront({ api, metrics, writeUrl });
    server.listen(port, "0.0.0.0", () =>
        console.log(`listening on ${port}: /metrics from ${metrics}, no writes, the rest from ${api}`),
    );
    // Process 1 of a container has no default action for SIGTERM.
    process.once("SIGTERM", () => {
        server.close(() => process.exit(0));
        server.closeIdleConnections();
    });
}
