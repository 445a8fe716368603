import assert from "node:assert/strict";
import { createPrivateKey, X509Certificate } from "node:crypto";
import { join } from "node:path";
import {
    type Certificate,
    clientCertificate,
    etcdCertificate,
    gatewayCertificate,
    lifetimes,
    renewalsOf,
} from "../../../../components/tls/plan.ts";
import { exec } from "../../../../support/exec.ts";
import { projectRoot } from "../../../../support/paths.ts";
import { type Issued, issueAll } from "../../../support/certificates.ts";

const day = 86_400_000;
const serverAuth = "1.3.6.1.5.5.7.3.1";
const clientAuth = "1.3.6.1.5.5.7.3.2";

describe("certificates", () => {
    const now = Date.parse("2026-11-28T08:00:00Z");
    let issued: Issued;
    before(async () => {
        issued = await issueAll(now, [{ address: "10.90.0.14" }, { address: "front-1.example" }]);
    });
    const read = ({ certificate }: { certificate: string }) => new X509Certificate(certificate);
    const all = (): Certificate[] => [issued.etcd, issued.client, issued.gateway];

    it("are of the environment's authority, each with a key of its own, and sign nothing", () => {
        const authority = read(issued.authority);
        assert.equal(authority.ca, true);
        assert.ok(authority.verify(authority.publicKey));
        for (const one of all()) {
            const certificate = read(one);
            assert.ok(certificate.checkIssued(authority) && certificate.verify(authority.publicKey));
            assert.ok(certificate.checkPrivateKey(createPrivateKey(one.key)));
            assert.equal(certificate.ca, false);
            assert.equal(one.authority, issued.authority.certificate);
        }
        assert.equal(new Set(all().map(({ key }) => key)).size, 3);
        assert.equal(new Set(all().map((one) => read(one).serialNumber)).size, 3);
    });

    it("name every way to etcd's members and to the gateway, and nothing else", () => {
        const etcd = read(issued.etcd);
        for (const name of ["etcd-0.etcd.m3db", "etcd-2.etcd.m3db.svc.cluster.local", "etcd-client.m3db", "localhost"])
            assert.ok(etcd.checkHost(name), name);
        for (const name of ["etcd-3.etcd.m3db", "etcd-0.etcd.other", "m3gateway.m3db"])
            assert.equal(etcd.checkHost(name), undefined, name);
        assert.ok(etcd.checkIP("127.0.0.1"));
        const gateway = read(issued.gateway);
        for (const name of ["m3gateway", "m3gateway.m3db", "m3gateway.m3db.svc", "front-1.example"])
            assert.ok(gateway.checkHost(name), name);
        assert.ok(gateway.checkIP("10.90.0.14"));
        assert.equal(gateway.checkIP("10.90.0.15"), undefined);
        assert.equal(read(issued.client).subjectAltName, undefined);
    });

    it("are good for what they are for: members for both, M3 for asking, the gateway for answering", () => {
        assert.deepEqual(
            all().map((one) => read(one).keyUsage),
            [[serverAuth, clientAuth], [clientAuth], [serverAuth]],
        );
        assert.deepEqual(
            all().map((one) => read(one).subject),
            ["CN=etcd", "CN=m3", "CN=m3gateway"],
        );
    });

    it("hold from an hour ago for 400 days, their authority for 20 years", () => {
        for (const one of all()) {
            const { validFromDate, validToDate } = read(one);
            assert.deepEqual([validFromDate.getTime() - now, validToDate.getTime() - now], [-3_600_000, 400 * day]);
        }
        assert.equal(read(issued.authority).validToDate.getTime() - now, 7300 * day);
    });

    it("are made anew long before they end, and stay until then", () => {
        const at = (days: number) => renewalsOf({ issued: now }, now + days * day);
        assert.deepEqual([at(-1), at(0), at(269.9), at(270), at(539.9), at(540)], [0, 0, 0, 1, 1, 2]);
        assert.ok(lifetimes.certificate - lifetimes.renewal >= 90);
    });

    it("know members by their number, and nodes only where a NodePort leads there", () => {
        assert.ok(etcdCertificate("m3db", 5).names.includes("etcd-4.etcd.m3db"));
        assert.ok(!etcdCertificate("m3db", 3).names.some((name) => name.includes("*")));
        assert.deepEqual(gatewayCertificate("m3db", []).addresses, ["127.0.0.1"]);
        // The settings take a URL with either.
        const nodes = [
            { name: "node-1", address: "10.0.0.1" },
            { name: "node-2", address: "node-2" },
        ];
        const { names, addresses } = gatewayCertificate("m3db", nodes);
        assert.deepEqual(
            [names.slice(-2), addresses],
            [
                ["node-1", "node-2"],
                ["127.0.0.1", "10.0.0.1"],
            ],
        );
        assert.deepEqual(clientCertificate.names, []);
    });

    it("come from a command that tells nothing of what it read when it fails", async () => {
        const run = (what: string, input: string) =>
            exec(process.execPath, [join(projectRoot, "components/tls/issue.ts"), what], { input, timeout: 20 });
        const made = JSON.parse((await run("authority", JSON.stringify({ name: "m3perf x" }))).stdout);
        assert.match(made.certificate, /^-----BEGIN CERTIFICATE-----\n[\s\S]+-----END CERTIFICATE-----\n$/);
        const input = JSON.stringify({ authority: made, plan: clientCertificate, renewals: 0 });
        const { stdout } = await run("certificate", input);
        assert.ok(read(JSON.parse(stdout)).verify(read(made).publicKey));
        const failed = await run(
            "certificate",
            input.replace("PRIVATE KEY-----\\n", "PRIVATE KEY-----\\n!!!").slice(0, -3),
        );
        assert.equal(failed.code, 1);
        assert.deepEqual([failed.stdout, failed.stderr.trim()], ["", "no certificate could be made: SyntaxError"]);
    });
});
