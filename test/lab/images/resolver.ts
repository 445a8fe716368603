/**
 * resolver.ts ROOT: run in a network namespace of its own (unshare --net). Serves on its loopback a name server that knows
 * only etcd-0.etcd.m3db.svc.cluster.local, an HTTP server and ROOT's etcd, and prints as JSON what programs of ROOT say when they
 * use the short name etcd-0.etcd, as a pod does with the search domains in its resolv.conf.
 */
import { spawn } from "node:child_process";
import { createSocket } from "node:dgram";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { createServer } from "node:http";
import { join } from "node:path";
import { exec, run } from "../../../support/exec.ts";
import { waitFor } from "../../../support/wait.ts";

const root = process.argv[2];
if (!root) throw new Error("the folder of an unpacked image is needed");
const known = "etcd-0.etcd.m3db.svc.cluster.local";

/** The answer to a query with one question: 127.0.0.1 for the known name, "no such name" for any other. */
function answer(query: Buffer): Buffer {
    const labels: string[] = [];
    let at = 12;
    for (let length = query[at] ?? 0; length > 0; length = query[at] ?? 0) {
        labels.push(query.toString("latin1", at + 1, at + 1 + length));
        at += 1 + length;
    }
    const question = query.subarray(12, at + 5);
    const found = labels.join(".").toLowerCase() === known;
    const isAddress = found && query.readUInt16BE(at + 1) === 1;
    const header = Buffer.alloc(12);
    query.copy(header, 0, 0, 2);
    header.writeUInt16BE(found ? 0x8580 : 0x8583, 2);
    header.writeUInt16BE(1, 4);
    header.writeUInt16BE(isAddress ? 1 : 0, 6);
    const record = Buffer.from([0xc0, 12, 0, 1, 0, 1, 0, 0, 0, 5, 0, 4, 127, 0, 0, 1]);
    return Buffer.concat([header, question, ...(isAddress ? [record] : [])]);
}

await run("ip", ["link", "set", "lo", "up"], { timeout: 10 });
const names = createSocket("udp4");
names.on("message", (query, from) => names.send(answer(query), from.port, from.address));
names.bind(53, "127.0.0.1");
await once(names, "listening");
const web = createServer((_request, response) => response.end("hello"));
web.listen(8080, "127.0.0.1");
await once(web, "listening");
const search = "nameserver 127.0.0.1\nsearch m3db.svc.cluster.local svc.cluster.local cluster.local\noptions ndots:5\n";
await writeFile(join(root, "etc/resolv.conf"), search);

const etcd = spawn("chroot", [root, "etcd", "--data-dir", "/tmp/etcd"], { stdio: "ignore" });
try {
    const etcdctl = (endpoint: string) =>
        exec("chroot", [root, "etcdctl", "--endpoints", endpoint, "endpoint", "health"], { timeout: 20 });
    await waitFor({ what: "etcd", timeout: 20 }, async () => (await etcdctl("http://127.0.0.1:2379")).code === 0);
    const curl = await exec("chroot", [root, "curl", "-sS", "http://etcd-0.etcd:8080/"], { timeout: 20 });
    const short = await etcdctl("http://etcd-0.etcd:2379");
    const wrong = await exec("chroot", [root, "curl", "-sS", "http://etcd-1.etcd:8080/"], { timeout: 20 });
    console.log(JSON.stringify({ curl, etcdctl: short, wrong }));
} finally {
    etcd.kill("SIGKILL");
    names.close();
    web.close();
    web.closeAllConnections();
}
