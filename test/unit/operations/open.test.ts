import assert from "node:assert/strict";
import { connect, createServer, type Server } from "node:net";
import { addressesText, named } from "../../../operations/cli/verbs/open.ts";
import { addressesOf } from "../../../operations/open/addresses.ts";
import { type Carry, openForward } from "../../../operations/open/forward.ts";
import { podBehind } from "../../../operations/open/target.ts";
import { environment } from "./healthy.ts";

const service = (selector: object, ports: object[]) => ({ spec: { selector, ports } });
const pod = (name: string, ready: boolean, more = {}) => ({
    metadata: { name, ...more },
    spec: { containers: [{ ports: [{ name: "web", containerPort: 9090 }] }] },
    status: { conditions: [{ type: "Ready", status: ready ? "True" : "False" }] },
});

describe("open", () => {
    const all = addressesOf(environment);

    it("knows the addresses of everything, at the nodes that serve", () => {
        assert.deepEqual(
            all.map(({ name }) => name),
            ["coordinator", "query", "aggregator", "prometheus", "etcd"],
        );
        assert.deepEqual(named(all, "query").nodePorts, ["http://10.0.0.5:32558", "http://10.0.0.6:32558"]);
        assert.equal(named(all, "prometheus").url, "http://prometheus-server.monitoring:80");
        assert.match(addressesText(all), /^etcd +http:\/\/etcd-0\.etcd\.m3db:2379,\S+ +none$/m);
        assert.throws(() => named(all, "gateway"), /allowed: coordinator, query, aggregator, prometheus, etcd/);
    });

    it("has IPv6 addresses in brackets", () => {
        const nodes = environment.nodes.map((node, index) => ({ ...node, address: `fd00::${index}` }));
        const { nodePorts } = named(addressesOf({ ...environment, nodes }), "coordinator");
        assert.deepEqual(nodePorts.slice(0, 1), ["http://[fd00::4]:32555"]);
    });

    it("finds a ready pod behind a service and its port, by number or name", async () => {
        let pods = [pod("a", false), pod("b", true, { deletionTimestamp: "x" }), pod("c", true)];
        let made = service({ app: "prometheus" }, [{ port: 80, targetPort: "web" }]);
        const call = async (path: string, request: { query?: Record<string, string> } = {}) => {
            if (path.endsWith("/pods")) assert.deepEqual(request.query, { labelSelector: "app=prometheus" });
            return { status: 200, body: JSON.stringify(path.endsWith("/pods") ? { items: pods } : made) };
        };
        const address = named(all, "prometheus");
        assert.deepEqual(await podBehind(call, address), { pod: "c", port: 9090 });
        made = service({ app: "prometheus" }, [{ port: 80 }]);
        assert.deepEqual(await podBehind(call, address), { pod: "c", port: 80 });
        pods = [pod("a", false)];
        await assert.rejects(podBehind(call, address), /prometheus-server has no pod that is ready/);
    });
});

describe("a port-forward", () => {
    const servers: Server[] = [];
    afterEach(() => {
        for (const server of servers.splice(0)) server.close();
    });

    /** A pod that answers every line with its name. */
    async function podNamed(name: string): Promise<{ carry: Carry; kill(): void }> {
        const ends = new Set<() => void>();
        const server = createServer((socket) => {
            socket.on("data", (bytes) => socket.write(`${name}:${bytes}`));
            socket.on("error", () => {});
            ends.add(() => socket.destroy());
        });
        servers.push(server);
        await new Promise<void>((resolve) => void server.listen(0, "127.0.0.1", resolve));
        const { port } = server.address() as { port: number };
        const carry: Carry = async (input, output, _error, closed) => {
            const socket = connect(port, "127.0.0.1");
            input.pipe(socket);
            socket.pipe(output, { end: false });
            socket.on("error", () => {}).on("close", closed);
            return () => socket.destroy();
        };
        return { carry, kill: () => void [...ends].map((end) => end()) };
    }

    const askAt = (address: string, text: string) => {
        const socket = connect(Number(address.split(":")[1]), "127.0.0.1");
        const answer = new Promise<string>((resolve) => {
            socket.on("data", (bytes) => resolve(String(bytes))).on("close", () => resolve("closed"));
            socket.on("error", () => {});
        });
        socket.write(text);
        return { socket, answer };
    };

    it("stays up when its pod goes away: that connection ends, the next one finds another", async () => {
        const [a, b] = [await podNamed("a"), await podNamed("b")];
        let carry = a.carry;
        const forward = await openForward((...args) => carry(...args), { say: () => {} });
        assert.match(forward.address, /^127\.0\.0\.1:\d+$/);
        const first = askAt(forward.address, "x");
        assert.equal(await first.answer, "a:x");
        const ended = new Promise((resolve) => first.socket.on("close", resolve));
        carry = b.carry;
        a.kill();
        await ended;
        const second = askAt(forward.address, "y");
        assert.equal(await second.answer, "b:y");
        second.socket.destroy();
        await forward.close();
    });

    it("holds a connection until a pod is ready, and says once what is missing", async () => {
        const { carry } = await podNamed("a");
        let tries = 0;
        const said: string[] = [];
        const forward = await openForward(
            async (...args) => {
                tries += 1;
                if (tries < 4) throw new Error("m3query has no pod that is ready");
                return carry(...args);
            },
            { say: (text) => said.push(text), pause: 1 },
        );
        const { socket, answer } = askAt(forward.address, "x");
        assert.equal(await answer, "a:x");
        assert.deepEqual(said, ["m3query has no pod that is ready; trying again"]);
        socket.destroy();
        await forward.close();
    });

    it("gives a connection up where no pod comes, and ends them all when it is closed", async () => {
        const forward = await openForward(() => Promise.reject(new Error("none")), {
            say: () => {},
            tries: 2,
            pause: 1,
        });
        assert.equal(await askAt(forward.address, "x").answer, "closed");
        await forward.close();
        const { carry } = await podNamed("a");
        const other = await openForward(carry, { say: () => {} });
        const { socket, answer } = askAt(other.address, "x");
        await answer;
        const ended = new Promise((resolve) => socket.on("close", resolve));
        await other.close();
        await ended;
    });
});
