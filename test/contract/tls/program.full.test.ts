/** Certificates by the real engine against a real API server: where keys are, what stays, what is refused. Pods are played. */
import assert from "node:assert/strict";
import { X509Certificate } from "node:crypto";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Environment } from "../../../settings/environment.ts";
import type { ApiServer } from "../../support/apiserver.ts";
import { type PlayedSite, playSite } from "../../support/played-site.ts";

interface Secret {
    metadata: { name: string; uid: string };
    data: Record<string, string>;
}

const settings = {
    tls: { etcd: true, gateway: true },
    identities: [{ name: "eu-1", labels: { cluster: "eu-1" } }],
    gateway: { nodePort: 32600 },
    prometheus: { identity: "eu-1" },
};

describe("the program with certificates", function () {
    this.timeout(900_000);
    let played: PlayedSite;
    let api: ApiServer;

    const run = async (...args: string[]) => {
        const { code, stdout, stderr } = await played.stack.pulumi(args, 600);
        return { code, text: stdout + stderr };
    };
    const pulumi = async (...args: string[]) => {
        const { code, text } = await run(...args);
        assert.equal(code, 0, text.slice(-4000));
        return text;
    };
    const secrets = async () =>
        (await api.call<{ items: Secret[] }>("GET", "/api/v1/namespaces/m3db/secrets")).body.items;
    const secret = async (start: string) => {
        const found = (await secrets()).filter(({ metadata }) => metadata.name.startsWith(start));
        assert.equal(found.length, 1, start);
        return found[0] as Secret;
    };
    const text = ({ data }: Secret, key: string) => Buffer.from(data[key] ?? "", "base64").toString();
    const volumes = async (kind: string, name: string) => {
        const path = `/apis/apps/v1/namespaces/m3db/${kind}/${name}`;
        const { body } = await api.call<{
            spec: { template: { spec: { volumes: { secret?: { secretName: string } }[] } } };
        }>("GET", path);
        return body.spec.template.spec.volumes.flatMap(({ secret: mounted }) => mounted?.secretName ?? []);
    };

    let output: string;
    before(async () => {
        played = await playSite({ stack: "certified", settings });
        ({ api } = played);
        output = await pulumi("up", "--yes");
    });
    after(() => played?.stop());

    it("makes certificates of one authority, in Secrets that the pods mount", async () => {
        const [members, clients, gateway] = [
            await secret("tls-etcd"),
            await secret("tls-client"),
            await secret("tls-gateway"),
        ];
        const authority = text(members, "ca.crt");
        for (const one of [members, clients, gateway]) {
            const certificate = new X509Certificate(text(one, "tls.crt"));
            assert.ok(certificate.verify(new X509Certificate(authority).publicKey));
            assert.equal(text(one, "ca.crt"), authority);
        }
        assert.deepEqual(await volumes("statefulsets", "etcd"), [members.metadata.name]);
        for (const name of ["m3coordinator", "m3query"])
            assert.deepEqual(await volumes("deployments", name), [clients.metadata.name]);
        assert.deepEqual(await volumes("statefulsets", "m3aggregator"), [clients.metadata.name]);
        assert.ok((await volumes("deployments", "m3gateway")).includes(gateway.metadata.name));
        assert.equal(text(await secret("m3perf-etcd-client"), "tls.crt"), text(clients, "tls.crt"));
        assert.equal(text(await secret("m3gateway-eu-1"), "ca.crt"), authority);
    });

    it("tells operations what speaks TLS, and Prometheus where its authority is", async () => {
        const environment = JSON.parse(await pulumi("stack", "output", "environment", "--json")) as Environment;
        assert.deepEqual(environment.etcd.tls, { secret: "m3perf-etcd-client", metricsPort: 2381 });
        assert.equal(environment.gateway?.url, "https://m3gateway.m3db:7210");
        const { body } = await api.call<{ data: Record<string, string> }>(
            "GET",
            "/api/v1/namespaces/monitoring/configmaps/prometheus-server",
        );
        assert.match(
            body.data["prometheus.yml"] ?? "",
            /url: https:\/\/m3gateway[\s\S]*ca_file: \/etc\/m3perf\/remote-write\/ca\.crt/,
        );
    });

    it("shows no key: neither in what it prints, nor in the state, nor in previews", async () => {
        const keys = (await secrets()).flatMap((one) => (one.data["tls.key"] ? [text(one, "tls.key")] : []));
        assert.ok(keys.length >= 4);
        const words = keys.flatMap((key) =>
            key.split("\n").filter((line) => line.length > 30 && !line.startsWith("---")),
        );
        const shown = [
            output,
            await pulumi("stack", "export"),
            await pulumi("preview", "--diff"),
            files(played.stack.env),
        ];
        for (const one of shown) {
            assert.ok(!one.includes("PRIVATE KEY"));
            for (const word of words) assert.ok(!one.includes(word));
        }
    });

    it("has nothing to do a second time", async () => {
        await pulumi("preview", "--expect-no-changes");
        await pulumi("up", "--yes", "--skip-preview", "--expect-no-changes");
    });

    it("makes the gateway another certificate for another name of its, and leaves etcd's alone", async () => {
        const before = await secrets();
        played.stack.configure({ site: played.site, ...settings, gateway: {} });
        await pulumi("up", "--yes", "--skip-preview");
        const kept = (start: string) => before.find(({ metadata }) => metadata.name.startsWith(start))?.metadata.uid;
        assert.equal((await secret("tls-etcd")).metadata.uid, kept("tls-etcd"));
        assert.equal((await secret("tls-client")).metadata.uid, kept("tls-client"));
        const gateway = await secret("tls-gateway");
        assert.notEqual(gateway.metadata.uid, kept("tls-gateway"));
        assert.equal(new X509Certificate(text(gateway, "tls.crt")).checkIP("10.90.0.14"), undefined);
        assert.ok((await volumes("deployments", "m3gateway")).includes(gateway.metadata.name));
    });

    it("refuses to switch etcd's TLS off before anything changes, and the gateway's goes", async () => {
        played.stack.configure({ site: played.site, ...settings, tls: { etcd: false, gateway: true } });
        const before = (await secrets()).map(({ metadata }) => metadata.uid);
        for (const args of [["preview"], ["up", "--yes", "--skip-preview"]]) {
            const { code, text: told } = await run(...args);
            assert.notEqual(code, 0);
            assert.match(told, /etcd cannot go from TLS to plain text while it runs; nothing was changed/);
        }
        assert.deepEqual(
            (await secrets()).map(({ metadata }) => metadata.uid),
            before,
        );
        played.stack.configure({ site: played.site, ...settings, tls: { etcd: true, gateway: false } });
        await pulumi("up", "--yes", "--skip-preview");
        const environment = JSON.parse(await pulumi("stack", "output", "environment", "--json")) as Environment;
        assert.equal(environment.gateway?.url, "http://m3gateway.m3db:7210");
        assert.deepEqual(
            await volumes("deployments", "m3gateway").then((names) => names.filter((name) => name.startsWith("tls-"))),
            [],
        );
    });

    it("goes with everything else", async () => {
        await pulumi("destroy", "--yes", "--skip-preview");
        const { status } = await api.call("GET", "/api/v1/namespaces/m3db/secrets/m3perf-etcd-client");
        assert.equal(status, 404);
    });
});

/** The state as it lies on the disk, with its history. */
function files(env: NodeJS.ProcessEnv): string {
    const folder = (env.PULUMI_BACKEND_URL ?? "").replace("file://", "");
    return readdirSync(folder, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => readFileSync(join(entry.parentPath, entry.name), "latin1"))
        .join("\n");
}
