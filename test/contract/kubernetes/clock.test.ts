import assert from "node:assert/strict";
import { createServer } from "node:http";
import { type AddressInfo, isIPv4 } from "node:net";
import { networkInterfaces } from "node:os";
import { openConnection } from "../../../operations/access/kubernetes.ts";
import { sharedApiServer } from "../../support/apiserver.ts";

/** nodes.clock goes by this: what comes through the API server's proxy has the time of who answered, not the API server's. */
describe("the clock behind the API server's proxy", function () {
    this.timeout(120_000);
    it("is the node's own", async () => {
        const server = await sharedApiServer();
        // The API server refuses to go to 127.0.0.1.
        const own = Object.values(networkInterfaces())
            .flat()
            .find((one) => one && isIPv4(one.address) && !one.internal);
        assert.ok(own, "this machine has no address but its own");
        const date = "Mon, 01 Jan 2001 00:00:00 GMT";
        const node = createServer((_, answer) => answer.setHeader("Date", date).end("ok")).listen(0, own.address);
        try {
            await new Promise((resolve) => node.once("listening", resolve));
            const name = "clock";
            await server.call("POST", "/api/v1/nodes", { apiVersion: "v1", kind: "Node", metadata: { name } });
            const status = { addresses: [{ type: "InternalIP", address: own.address }] };
            const patch = "application/merge-patch+json";
            await server.call("PATCH", `/api/v1/nodes/${name}/status`, { status }, patch);
            const { call } = await openConnection(server.kubeconfig, null);
            const { port } = node.address() as AddressInfo;
            const answer = await call(`/api/v1/nodes/http:${name}:${port}/proxy/healthz`);
            assert.deepEqual(answer, { status: 200, body: "ok", date });
        } finally {
            node.close();
            await server.call("DELETE", "/api/v1/nodes/clock");
        }
    });
});
