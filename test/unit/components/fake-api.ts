/** An API server that has one answer for each path, and a status for all others. */
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";

/** `use` gets a kubeconfig that leads there; the server is gone when it ends. */
export async function withApi<T>(
    objects: Record<string, object>,
    other: number,
    use: (kubeconfig: string) => Promise<T>,
): Promise<T> {
    const server = createServer(({ url = "" }, response) => {
        const found = objects[new URL(url, "http://any").pathname];
        response.writeHead(found ? 200 : other, { "Content-Type": "application/json" });
        response.end(JSON.stringify(found ?? { kind: "Status", code: other, message: "no more today" }));
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    try {
        const { port } = server.address() as AddressInfo;
        return await use(kubeconfigOf(`http://127.0.0.1:${port}`));
    } finally {
        server.closeAllConnections();
        await new Promise((resolve) => server.close(resolve));
    }
}

const kubeconfigOf = (server: string) =>
    JSON.stringify({
        "current-context": "a",
        clusters: [{ name: "a", cluster: { server, "insecure-skip-tls-verify": true } }],
        users: [{ name: "a", user: { token: "t" } }],
        contexts: [{ name: "a", context: { cluster: "a", user: "a" } }],
    });
