import assert from "node:assert/strict";
import { join } from "node:path";
import { connect, type PeerCertificate, type TLSSocket } from "node:tls";
import { adminConfig } from "../../../components/m3/config/admin.ts";
import { etcdStatefulSet } from "../../../components/m3/etcd-manifests.ts";
import { m3Identity, ports } from "../../../components/m3/identity.ts";
import { folder } from "../../../components/tls/files.ts";
import { clientCertificate, etcdCertificate } from "../../../components/tls/plan.ts";
import { exec } from "../../../support/exec.ts";
import { type HttpResponse, jsonOf, send } from "../../../support/http.ts";
import { waitFor } from "../../../support/wait.ts";
import { freePort } from "../../support/apiserver.ts";
import { binary } from "../../support/binaries.ts";
import { folderOf, type Issued, issueAll, tlsFiles } from "../../support/certificates.ts";
import { Processes } from "../m3/processes.ts";
import { EtcdCluster, type Member } from "./etcd.ts";

/** Three members with the arguments of the manifests, in the etcd that the lab's image is made of. */
describe("etcd with certificates", function () {
    this.timeout(120_000);
    let issued: Issued;
    let etcd: EtcdCluster;
    const m3 = new Processes();
    before(async () => {
        issued = await issueAll();
        etcd = new EtcdCluster(issued.etcd);
        await etcd.start();
    });
    after(async () => {
        await m3.stop();
        await etcd.stop();
    });
    const first = (): Member => {
        const [member] = etcd.members;
        assert.ok(member);
        return member;
    };
    const ask = (files: object, path = "/v3/kv/range", body: object = { key: "AA==" }): Promise<HttpResponse> =>
        send(new URL(`https://127.0.0.1:${first().client}${path}`), { method: "POST", body }, files);

    it("takes who has a certificate of its authority, through its JSON gateway, too", async () => {
        const files = tlsFiles(issued.client);
        const put = { key: Buffer.from("a").toString("base64"), value: Buffer.from("b").toString("base64") };
        jsonOf(await ask(files, "/v3/kv/put", put), "put");
        const { kvs } = jsonOf<{ kvs: { value: string }[] }>(
            await ask(files, "/v3/kv/range", { key: put.key }),
            "range",
        );
        assert.deepEqual(
            kvs.map(({ value }) => value),
            [put.value],
        );
        const { members } = jsonOf<{ members: object[] }>(await ask(files, "/v3/cluster/member/list", {}), "members");
        assert.equal(members.length, 3);
    });

    it("refuses plain http, no certificate, one of another authority, and one that is for servers", async () => {
        await assert.rejects(send(new URL(`http://127.0.0.1:${first().client}/health`), {}));
        const { ca } = tlsFiles(issued.client);
        await assert.rejects(ask({ ca }));
        const other = await issueAll();
        await assert.rejects(ask({ ...tlsFiles(other.client), ca }));
        await assert.rejects(ask({ ...tlsFiles(issued.gateway), ca }));
    });

    it("refuses who does not know its authority, or calls it by another name", async () => {
        const { cert, key } = tlsFiles(issued.client);
        await assert.rejects(ask({ cert, key }), /certificate/);
        await assert.rejects(ask({ ...tlsFiles(issued.client), servername: "m3gateway.m3db" }), /altnames/);
    });

    it("lets nobody among the members but members: not M3", async () => {
        assert.equal(await handshake(first().peer, tlsFiles(issued.etcd)), "open");
        assert.equal(await handshake(first().peer, tlsFiles(issued.client)), "closed");
        assert.equal(await handshake(first().peer, { ca: issued.authority.certificate }), "closed");
        await assert.rejects(send(new URL(`http://127.0.0.1:${first().peer}/version`), {}));
    });

    it("tells health and metrics in plain text on a port of their own, and nothing else there", async () => {
        const url = (path: string) => new URL(`http://127.0.0.1:${first().metrics}${path}`);
        assert.match((await send(url("/health"), {})).body, /"health":"true"/);
        assert.match((await send(url("/metrics"), {})).body, /^etcd_server_has_leader 1$/m);
        assert.equal((await send(url("/v3/kv/range"), { method: "POST", body: { key: "AA==" } })).status, 404);
    });

    it("is asked by etcdctl in its pod without a flag", async () => {
        const [container] = etcdStatefulSet({
            ...{ namespace: "m3db", image: "", members: 3, memory: "1Gi", cpu: "1", storage: "1Gi", storageClass: "" },
            tls: "s",
        }).spec.template.spec.containers;
        const env = Object.fromEntries(
            (container?.env ?? []).flatMap((one) => ("value" in one && one.value ? [[one.name, one.value]] : [])),
        );
        for (const [name, text] of Object.entries(env))
            env[name] = text.replace(folder, etcd.certificates).replace(":2379", `:${first().client}`);
        const { code, stdout, stderr } = await exec(binary("etcdctl"), ["endpoint", "health"], {
            env: { ...process.env, ...env },
            timeout: 20,
        });
        assert.equal(code, 0, stderr);
        assert.match(stdout + stderr, /is healthy/);
    });

    it("lets M3 in by the configuration that it gets", async () => {
        const at = folderOf(join(m3.dir, "certificates"), issued.client);
        const endpoints = etcd.members.map(({ client }) => `https://127.0.0.1:${client}`);
        const [api, metrics] = [await freePort(), await freePort()];
        const text = JSON.stringify(adminConfig(m3Identity("m3db", endpoints, true)))
            .replaceAll(folder, at)
            .replaceAll(`:${ports.api}`, `:${api}`)
            .replaceAll(`:${ports.metrics}`, `:${metrics}`);
        const running = m3.m3("m3coordinator", JSON.parse(text));
        const url = () => new URL(`http://127.0.0.1:${api}/api/v1/services/m3db/namespace`);
        await waitFor({ what: "m3coordinator to read etcd", timeout: 60 }, async () => {
            if (running.ended()) throw new Error(running.output);
            return (await send(url(), { headers: { "Cluster-Environment-Name": "m3db/m3-cluster" } })).status === 200;
        });
    });

    it("shows a renewed certificate with the next connection, and old and new trust each other", async () => {
        const before = await shown(first().client, tlsFiles(issued.client));
        const renewed = await issued.more(etcdCertificate("m3db", 3));
        folderOf(etcd.certificates, renewed);
        const client = await issued.more(clientCertificate);
        assert.notEqual((await shown(first().client, tlsFiles(client))).serialNumber, before.serialNumber);
        jsonOf(await ask(tlsFiles(issued.client)), "with the old one");
        jsonOf(await ask(tlsFiles(client)), "with the new one");
    });
});

/** With TLS 1.3 a server looks at a client's certificate after the client's handshake is done: so it is waited for what it does then. */
function handshake(port: number, files: object): Promise<"open" | "closed"> {
    return new Promise((resolve) => {
        const socket: TLSSocket = connect({ host: "127.0.0.1", port, ...files });
        socket.on("secureConnect", () => socket.write("GET /version HTTP/1.1\r\nHost: etcd\r\n\r\n"));
        socket.once("data", () => resolve("open"));
        socket.once("error", () => resolve("closed"));
        socket.once("close", () => resolve("closed"));
    });
}

function shown(port: number, files: object): Promise<PeerCertificate> {
    return new Promise((resolve, reject) => {
        const socket: TLSSocket = connect({ host: "127.0.0.1", port, ...files }, () => {
            resolve(socket.getPeerCertificate());
            socket.destroy();
        });
        socket.once("error", reject);
    });
}
