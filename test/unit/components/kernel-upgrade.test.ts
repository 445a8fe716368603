import assert from "node:assert/strict";
import type { Host } from "../../../settings/hosts.ts";
import type { KernelSettings } from "../../../settings/kernel.ts";
import { isSecret, runWithMocks } from "../../support/pulumi-mocks.ts";
import { settings } from "./kernel-host.ts";

const secret = "-----BEGIN OPENSSH PRIVATE KEY-----";
const host = (node: string, user = "root"): Host => ({
    node,
    ssh: { host: `${node}.test`, port: 22, user, privateKeyFile: null, hostKey: "ssh-ed25519 AAAA", jump: null },
});
const cluster = {
    namespace: "m3db",
    name: "m3-cluster",
    etcd: { statefulSet: "etcd", members: 3 },
    replicationFactor: 3,
};
const steps = ["release", "update", "fastestmirror", "key", "elrepo-release", "repolist", "kernel", "reboot", "uname"];

interface Parts {
    hosts?: Host[];
    kernel?: KernelSettings;
    key?: string | undefined;
    preview?: boolean;
}

/** The component's resources, what it logs and what it puts out. */
async function upgrade({ hosts = [host("a"), host("b")], kernel = settings(), key, preview = true }: Parts = {}) {
    const pulumi = await import("@pulumi/pulumi");
    const { KernelUpgrade } = await import("../../../components/nodes/KernelUpgrade.ts");
    const logged: string[] = [];
    const { info, warn } = pulumi.log;
    const keep = (text: string) => {
        logged.push(text);
        return Promise.resolve();
    };
    Object.assign(pulumi.log, { info: keep, warn: keep });
    try {
        const { resources, result } = await runWithMocks(
            {},
            async () => {
                const args = {
                    hosts,
                    kernel,
                    cluster,
                    kubeconfig: "kube",
                    ...(key === undefined ? {} : { sshPrivateKey: key }),
                };
                return await new Promise((resolve) => new KernelUpgrade("kernels", args).kernels.apply(resolve));
            },
            (name, inputs) => ({
                ...inputs,
                stdout: name.endsWith("uname") ? "Linux 6.12 x86_64\nboot id c0ffee" : "",
            }),
            preview,
        );
        return { resources, kernels: result, logged };
    } finally {
        Object.assign(pulumi.log, { info, warn });
    }
}

describe("KernelUpgrade", function () {
    this.timeout(60_000);
    it("is a chain: each step waits for the one before, each node for the proof of the one before", async () => {
        const { resources, kernels } = await upgrade({ key: secret });
        const names = ["a", "b"].flatMap((node) => steps.map((step) => `kernels-${node}-${step}`));
        assert.deepEqual(
            [...resources.keys()].filter((name) => name !== "kernels"),
            names,
        );
        for (const [index, name] of names.entries()) {
            const before = names[index - 1];
            assert.deepEqual(resources.get(name)?.dependsOn, before ? [before] : [], name);
            assert.equal(resources.get(name)?.parent, "kernels");
            assert.notEqual(resources.get(name)?.customTimeouts.create, "");
        }
        assert.deepEqual(kernels, { a: "Linux 6.12 x86_64", b: "Linux 6.12 x86_64" });
    });

    it("runs scripts from standard input as root, whatever the user, and leaves the update out when told", async () => {
        const { resources } = await upgrade({
            hosts: [host("a", "admin")],
            kernel: settings({ update: false }),
            key: secret,
        });
        assert.equal(resources.get("kernels-a-release")?.inputs.create, "sudo -n /bin/sh -s");
        assert.match(String(resources.get("kernels-a-kernel")?.inputs.stdin), /^# steps\/kernel\.sh for a,/);
        assert.ok(!resources.has("kernels-a-update"));
    });

    it("runs a changing step again for another version or script, not for another connection", async () => {
        const triggers = async (kernel: KernelSettings, name = "kernels-a-kernel") => {
            const { resources } = await upgrade({ hosts: [host("a")], kernel, key: secret });
            return JSON.stringify(resources.get(name)?.inputs.triggers);
        };
        const first = await triggers(settings());
        assert.equal(await triggers(settings()), first);
        assert.notEqual(await triggers(settings({ version: "6.13.1" })), first);
        assert.notEqual(await triggers(settings({ proxy: "http://proxy.test:3128" })), first);
        const { resources } = await upgrade({ hosts: [host("a")], key: secret });
        assert.match(String(resources.get("kernels-a-kernel")?.inputs.update), /nothing to do/);
        assert.equal(resources.get("kernels-a-uname")?.inputs.update, undefined, "what only looks may look again");
    });

    it("seals the key, and gives every connection the host's key and limits", async () => {
        const jump = { host: "jump.test", port: 22, user: "root", privateKeyFile: null, hostKey: "ssh-ed25519 BBBB" };
        const behind = { ...host("a"), ssh: { ...host("a").ssh, jump } };
        const { resources, logged } = await upgrade({ hosts: [behind], key: secret });
        // The SDK seals the whole connection.
        const connection = resources.get("kernels-a-key")?.inputs.connection as { value: Record<string, unknown> };
        assert.ok(isSecret(connection));
        assert.equal(connection.value.hostKey, "ssh-ed25519 AAAA");
        assert.equal(connection.value.dialErrorLimit, 3);
        assert.equal((connection.value.proxy as Record<string, unknown>).hostKey, "ssh-ed25519 BBBB");
        const environment = resources.get("kernels-a-reboot")?.inputs.environment as Record<string, unknown>;
        assert.ok(Object.values(environment).every(isSecret));
        assert.ok(!logged.join().includes(secret));
    });

    it("tells order and steps before anything happens", async () => {
        const { logged } = await upgrade({ key: secret });
        const plan = logged.find((text) => text.startsWith("kernel upgrade to kernel-ml 6.12.117, one node at a time"));
        assert.match(plan ?? "", /\n {2}1\. a \(a\.test\)\n {2}2\. b \(b\.test\)\n/);
        const lines = (plan ?? "").split("\n").filter((line) => line.startsWith("  - "));
        assert.deepEqual(
            lines.map((line) => line.slice(4).split(":")[0]),
            steps,
        );
        assert.match(
            plan ?? "",
            /reboot: when quorum holds without it; drained before, uncordoned after; .*falls back/,
        );
    });

    it("lets a preview go on without a key, with a warning, and stops an update", async () => {
        const missing = { ...host("a"), ssh: { ...host("a").ssh, privateKeyFile: "/none/of/this" } };
        const { resources, logged } = await upgrade({ hosts: [missing] });
        assert.ok(resources.has("kernels-a-uname"));
        assert.match(logged.join("\n"), /private key for root@a\.test:22 cannot be read[\s\S]*preview goes on/);
        await assert.rejects(
            upgrade({ hosts: [missing], preview: false }),
            /private key for root@a\.test:22 cannot be read/,
        );
    });
});
