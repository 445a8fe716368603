import assert from "node:assert/strict";
import { waitFor } from "../../../support/wait.ts";
import { failureOf, type Harness, useHarness, widgets, workload } from "./harness.ts";

describe("kubernetes plugin: awaiting readiness", function () {
    this.timeout(60_000);
    const harness = useHarness();
    let h: Harness;
    before(async () => {
        h = harness();
        await h.withKubelets();
    });

    it("a Deployment is ready when its pods are, tells until then what is missing, and its outputs say so", async () => {
        // Its pods stay silent until the wait has been seen, so that no fast machine is ready before the first look.
        const pending = h.create("apps/v1:Deployment", "web", { spec: { replicas: 2, ...workload("web", "silent") } });
        const release = async () => {
            await waitFor({ what: "the plugin to tell what it waits for", timeout: 20 }, () =>
                h.plugin.log.some(({ ephemeral, message }) => ephemeral && /0 of 2 pods available/.test(message)),
            );
            await h.behave("web", "ready");
        };
        const [{ outputs }] = await Promise.all([pending, release()]);
        assert.equal((outputs.status as { availableReplicas: number }).availableReplicas, 2);
    });

    it("a StatefulSet and a DaemonSet are ready when their pods are, and gone when deleted", async () => {
        const names = [
            ["apps/v1:StatefulSet", "set", { serviceName: "set", replicas: 2 }],
            ["apps/v1:DaemonSet", "daemon", {}],
        ] as const;
        for (const [type, name, more] of names) {
            const made = await h.create(type, name, { spec: { ...more, ...workload(name) } });
            await h.delete(made);
            assert.equal((await h.plugin.read(made.urn, made.id, made.outputs, made.inputs)).id, "");
        }
    });

    it("a time-out names the pod, the container and the reason, and keeps the object in the state", async () => {
        const failure = await failureOf(
            h.create("apps/v1:Deployment", "pull", { spec: { replicas: 1, ...workload("pull", "image-pull") } }, 3),
        );
        const reasons = failure.partial?.reasons.join("\n") ?? "";
        assert.match(reasons, /not ready within 3 s: 0 of 1 pods available/);
        assert.match(reasons, /pod pull-\S+ container c: ImagePullBackOff: Back-off pulling image "no\/such"/);
        assert.match(failure.partial?.id ?? "", new RegExp(`^${h.namespace}/pull-`));
        assert.ok(failure.partial?.outputs.__inputs);
    });

    it("a crash tells how the last one ended", async () => {
        const failure = await failureOf(
            h.create(
                "apps/v1:StatefulSet",
                "crash",
                { spec: { serviceName: "crash", ...workload("crash", "crash") } },
                3,
            ),
        );
        assert.match(failure.partial?.reasons.join("\n") ?? "", /CrashLoopBackOff.*last: OOMKilled, exit code 137/);
    });

    it("an unschedulable pod tells what the scheduler said", async () => {
        const spec = { containers: [{ name: "c", image: "registry.k8s.io/pause:3.10" }] };
        const metadata = {
            annotations: { "m3perf.test/behaviour": "unschedulable", "pulumi.com/timeoutSeconds": "2" },
        };
        const failure = await failureOf(h.create("core/v1:Pod", "alone", { metadata, spec }, 0));
        assert.match(
            failure.partial?.reasons.join("\n") ?? "",
            /within 2 s.*cannot be scheduled: Unschedulable: 0\/1 nodes/s,
        );
    });

    it("a Job is awaited to its end; one that fails, fails at once", async () => {
        const podSpec = (behaviour: string) => {
            const { template } = workload("job", behaviour);
            return { ...template, spec: { ...(template.spec as object), restartPolicy: "Never" } };
        };
        const done = await h.create("batch/v1:Job", "done", { spec: { template: podSpec("succeed") } });
        assert.equal((done.outputs.status as { succeeded: number }).succeeded, 1);
        const failure = await failureOf(
            h.create("batch/v1:Job", "broken", { spec: { backoffLimit: 0, template: podSpec("fail") } }, 30),
        );
        assert.match(failure.partial?.reasons.join("\n") ?? "", /the job failed: BackoffLimitExceeded/);
        assert.match(failure.partial?.reasons.join("\n") ?? "", /container c: Error, exit code 3: no such file/);
    });

    it("a claim waits for its volume, but not for its first consumer", async () => {
        const request = { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Gi" } } };
        await h.create("storage.k8s.io/v1:StorageClass", "later", {
            metadata: { name: `later-${h.namespace}` },
            provisioner: "kubernetes.io/no-provisioner",
            volumeBindingMode: "WaitForFirstConsumer",
        });
        await h.create("core/v1:PersistentVolumeClaim", "later", {
            spec: { ...request, storageClassName: `later-${h.namespace}` },
        });
        const failure = await failureOf(
            h.create("core/v1:PersistentVolumeClaim", "never", { spec: { ...request, storageClassName: "" } }, 2),
        );
        assert.match(failure.partial?.reasons.join("\n") ?? "", /the claim is Pending, not Bound/);
    });

    it("a Service waits for an endpoint; headless, without selector and ExternalName do not", async () => {
        const ports = [{ port: 80 }];
        await h.create("apps/v1:Deployment", "backend", { spec: workload("backend") });
        await h.create("core/v1:Service", "backend", { spec: { selector: { app: "backend" }, ports } });
        await h.create("core/v1:Service", "headless", {
            spec: { clusterIP: "None", selector: { app: "none" }, ports },
        });
        await h.create("core/v1:Service", "bare", { spec: { ports } });
        await h.create("core/v1:Service", "name", { spec: { type: "ExternalName", externalName: "example.com" } });
        const failure = await failureOf(
            h.create("core/v1:Service", "nobody", { spec: { selector: { app: "nobody" }, ports } }, 2),
        );
        assert.match(failure.partial?.reasons.join("\n") ?? "", /no pod has the labels app=nobody/);
    });

    it("skipAwait returns at once", async () => {
        const metadata = { annotations: { "pulumi.com/skipAwait": "true" } };
        const made = await h.create("apps/v1:Deployment", "skipped", {
            metadata,
            spec: workload("skipped", "image-pull"),
        });
        assert.ok(made.id);
    });

    it("a custom resource is awaited as pulumi.com/waitFor says, and at once ready without", async () => {
        await h.create("apiextensions.k8s.io/v1:CustomResourceDefinition", "crd", widgets(h.namespace));
        const type = `${h.namespace}.example.com/v1:Widget`;
        const widget = (waitFor?: string) => ({
            apiVersion: `${h.namespace}.example.com/v1`,
            kind: "Widget",
            metadata: { annotations: waitFor ? { "pulumi.com/waitFor": waitFor } : {} },
            spec: { size: 1 },
        });
        await h.create(type, "plain", widget());
        const expressions = JSON.stringify(["jsonpath={.status.phase}=Running", "condition=Ready"]);
        const failure = await failureOf(h.create(type, "stuck", widget(expressions), 2));
        assert.match(
            failure.partial?.reasons[0] ?? "",
            /\{\.status\.phase\} to be Running \(now absent\); condition Ready/,
        );
        const pending = h.create(type, "served", {
            ...widget(expressions),
            metadata: { name: "served", ...widget(expressions).metadata },
        });
        const path = `/apis/${h.namespace}.example.com/v1/namespaces/${h.namespace}/widgets/served`;
        const status = { phase: "Running", conditions: [{ type: "Ready", status: "True" }] };
        await waitFor({ what: "the custom resource", timeout: 20 }, async () => {
            return (await h.api.call("PATCH", `${path}/status`, { status }, merge)).status === 200;
        });
        assert.deepEqual((await pending).outputs.status, status);
        const refused = await failureOf(h.create(type, "unclear", widget("phase=Running")));
        assert.match(refused.message, /pulumi.com\/waitFor cannot be understood/);
        assert.equal(refused.partial, undefined);
    });

    it("cancel in the middle of a wait keeps the object and says what was awaited", async () => {
        const pending = failureOf(
            h.create("core/v1:Service", "cancelled", { spec: { selector: { app: "no" }, ports: [{ port: 1 }] } }, 60),
        );
        await waitFor({ what: "the wait for endpoints", timeout: 20 }, () =>
            h.plugin.log.some(({ urn, message }) => urn.endsWith("::cancelled") && message.includes("endpoints")),
        );
        await h.plugin.cancel();
        const failure = await pending;
        assert.match(failure.partial?.reasons[0] ?? "", /cancelled while waiting: none of its 0 endpoints/);
    });
});

const merge = "application/merge-patch+json";
