/** Pods that try doors: who gets in where, as a connection tells. */
import assert from "node:assert/strict";
import { exec } from "../../support/exec.ts";
import { listening } from "../support/proc-net.ts";
import { kubectl, kubectlApply, kubectlJson, labVariables, socketsOf } from "./environment.ts";

export interface Door {
    /** Name of the pod. */
    pod: string;
    namespace: string;
    labels: Record<string, string>;
    address: string;
    port: number;
}

interface Pods {
    items: {
        metadata: { name: string; namespace: string; labels?: Record<string, string>; deletionTimestamp?: string };
        status: { phase: string; podIP?: string };
    }[];
}

/** Every port on which somebody listens in the pods of a namespace, past the loopback. */
export async function doorsOf(namespace: string): Promise<Door[]> {
    const { items } = await kubectlJson<Pods>("-n", namespace, "get", "pods");
    const doors: Door[] = [];
    for (const { metadata, status } of items) {
        if (status.phase !== "Running" || metadata.deletionTimestamp || !status.podIP) continue;
        for (const port of listening(await socketsOf(namespace, metadata.name)))
            doors.push({ pod: metadata.name, namespace, labels: metadata.labels ?? {}, address: status.podIP, port });
    }
    return doors;
}

export interface Caller {
    name: string;
    namespace: string;
    labels: Record<string, string>;
}

/** Makes the callers, and waits until they are Ready; gone with `dismiss`. */
export async function call(callers: readonly Caller[], image: string): Promise<void> {
    const items = callers.map(({ name, namespace, labels }) => ({
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name, namespace, labels: { ...labels, caller: name } },
        spec: {
            terminationGracePeriodSeconds: 0,
            containers: [{ name: "caller", image, command: ["sleep", "3600"] }],
        },
    }));
    await kubectlApply(JSON.stringify({ apiVersion: "v1", kind: "List", items }));
    for (const { name, namespace } of callers)
        await kubectl("-n", namespace, "wait", "--for=condition=Ready", `pod/${name}`, "--timeout=60s");
}

export async function dismiss(callers: readonly Caller[]): Promise<void> {
    for (const { name, namespace } of callers)
        await kubectl("-n", namespace, "delete", "pod", name, "--ignore-not-found", "--timeout=60s");
}

/** One line for each door that opens. All at once: a firewall that says nothing would take the whole limit for each. */
const tryAll = `
while read -r address port; do
    { timeout 5 nc -w 3 "$address" "$port" -e true 2>/dev/null && echo "$address $port"; } &
done
wait
`;

/** The doors through which the caller comes. */
export async function opened({ name, namespace }: Caller, doors: readonly Door[]): Promise<Door[]> {
    const { code, stdout, stderr } = await exec(
        "kubectl",
        ["-n", namespace, "exec", "-i", name, "--", "sh", "-c", tryAll],
        {
            env: await labVariables(),
            input: doors.map(({ address, port }) => `${address} ${port}\n`).join(""),
            timeout: 60,
        },
    );
    assert.equal(code, 0, stderr);
    const lines = new Set(stdout.trim().split("\n"));
    return doors.filter(({ address, port }) => lines.has(`${address} ${port}`));
}
