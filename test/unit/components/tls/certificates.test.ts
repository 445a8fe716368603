import assert from "node:assert/strict";
import { Certificates, type CertificatesArgs } from "../../../../components/tls/Certificates.ts";
import type { CertificateInput } from "../../../../components/tls/issue.ts";
import { lifetimes } from "../../../../components/tls/plan.ts";
import { type Issued, issueAll } from "../../../support/certificates.ts";
import { isSecret, runWithMocks } from "../../../support/pulumi-mocks.ts";

const args: CertificatesArgs = {
    namespace: "m3db",
    settings: { etcd: true, gateway: true },
    etcdMembers: 3,
    gatewayNodes: [{ address: "10.90.0.14" }],
};

describe("the component of certificates", () => {
    let issued: Issued;
    before(async () => {
        issued = await issueAll();
    });

    /** Commands that print what the real ones would. */
    function run(changes: Partial<CertificatesArgs> = {}, issuedAt = Date.now()) {
        const state = (name: string, inputs: Record<string, unknown>) => {
            const part = name.replace("tls-", "") as "authority" | "etcd" | "client" | "gateway";
            const made = part === "authority" ? { ...issued.authority, issued: issuedAt } : issued[part];
            return {
                ...inputs,
                stdout: JSON.stringify(made ?? null),
                metadata: { name: `${name}-0a1b2c3d`, ...((inputs.metadata ?? {}) as object) },
            };
        };
        return runWithMocks({}, async () => new Certificates("tls", { ...args, ...changes }), state, false);
    }

    it("makes an authority, and a certificate and its Secrets for each that is asked for", async () => {
        const names = async (settings: CertificatesArgs["settings"]) =>
            [...(await run({ settings })).resources.keys()].filter((name) => name !== "tls").sort();
        const etcd = ["tls-client", "tls-client-secret", "tls-etcd", "tls-etcd-secret", "tls-hand-secret"];
        assert.deepEqual(await names({ etcd: true, gateway: false }), ["tls-authority", ...etcd]);
        const gateway = ["tls-authority", "tls-gateway", "tls-gateway-secret"];
        assert.deepEqual(await names({ etcd: false, gateway: true }), gateway);
    });

    it("keeps keys secret on every way, and out of arguments and logs", async () => {
        const { resources } = await run();
        for (const { name, inputs } of resources.values()) {
            const shown = JSON.stringify(inputs, (_, value) => (isSecret(value) ? "secret" : value)) ?? "";
            assert.ok(!shown.includes("PRIVATE KEY"), name);
            if (!("interpreter" in inputs)) continue;
            assert.equal(inputs.logging, "none", name);
            assert.equal(inputs.addPreviousOutputInEnv, false, name);
            assert.ok(isSecret(inputs.stdin), name);
            assert.deepEqual(inputs.interpreter, ["node", "components/tls/issue.ts"]);
            assert.match(String(inputs.create), /^(authority|certificate)$/);
        }
    });

    it("gives pods Secrets under names of Pulumi's, and people one that stays", async () => {
        const { resources } = await run();
        const metadata = (name: string) => resources.get(name)?.inputs.metadata as { name?: string };
        for (const part of ["etcd", "client", "gateway"]) assert.equal(metadata(`tls-${part}-secret`).name, undefined);
        assert.equal(metadata("tls-hand-secret").name, "m3perf-etcd-client");
        for (const { type, inputs } of resources.values())
            if (type.endsWith(":Secret")) assert.equal(inputs.type, "kubernetes.io/tls");
    });

    it("asks for another certificate when names change or a renewal is due, and for the same one until then", async () => {
        const asked = async (changes: Partial<CertificatesArgs> = {}, issuedAt?: number) => {
            const { resources } = await run(changes, issuedAt);
            const inputOf = (name: string) => {
                const sealed = resources.get(name)?.inputs.stdin as { value: string };
                const { authority: _, ...rest } = JSON.parse(sealed.value) as CertificateInput;
                return rest;
            };
            return [inputOf("tls-etcd"), inputOf("tls-client"), inputOf("tls-gateway")];
        };
        const now = await asked();
        assert.deepEqual(await asked(), now);
        const grown = await asked({ etcdMembers: 5 });
        assert.notDeepEqual(grown[0], now[0]);
        assert.deepEqual(grown.slice(1), now.slice(1));
        assert.notDeepEqual((await asked({ gatewayNodes: [] }))[2], now[2]);
        const later = await asked({}, Date.now() - (lifetimes.renewal + 1) * 86_400_000);
        assert.deepEqual(
            later.map(({ renewals }) => renewals),
            [1, 1, 1],
        );
    });
});
