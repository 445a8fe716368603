/**
 * Stands before m3query in its own pod: /metrics comes from the metrics port, everything else from the API. The manual run reads both
 * from one NodePort, and M3 1.5.0 cannot serve them on one port (x/instrument: a reporter without a listen address has no
 * mux to go to). Clients inside the cluster talk to m3query itself.
 */
import { Agent, createServer, type IncomingMessage, request, type ServerResponse } from "node:http";

/** Ports on 127.0.0.1. */
export interface FrontOptions {
    api: number;
    metrics: number;
}

export function queryFront(options: FrontOptions) {
    // Connections to the process beside it are kept open between requests.
    const agent = new Agent({ keepAlive: true, maxSockets: 256 });
    return createServer((incoming, outgoing) => pass(incoming, outgoing, options, agent));
}

function pass(incoming: IncomingMessage, outgoing: ServerResponse, options: FrontOptions, agent: Agent): void {
    const { method, url = "/", headers } = incoming;
    const isMetrics = /^\/metrics(\?|$)/.test(url);
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
    const [port, api, metrics] = process.argv.slice(2).map(Number);
    if (!port || !api || !metrics) {
        console.error("usage: query-front.ts PORT API_PORT METRICS_PORT");
        process.exit(64);
    }
    const server = queryFront({ api, metrics });
    server.listen(port, "0.0.0.0", () =>
        console.log(`listening on ${port}: /metrics from ${metrics}, the rest from ${api}`),
    );
    // Process 1 of a container has no default action for SIGTERM.
    process.once("SIGTERM", () => {
        server.close(() => process.exit(0));
        server.closeIdleConnections();
    });
}
