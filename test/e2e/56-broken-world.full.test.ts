/** What takes long: `up` while the world around it breaks. It may fail, with words for people; the next one has to converge. */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { projectRoot } from "../../support/paths.ts";
import { waitFor } from "../../support/wait.ts";
import { control, controlPlaneAgain, hold } from "./control-plane.ts";
import {
    kubectl,
    lab,
    m3perf,
    m3perfJson,
    settingsWith,
    standsOn,
    temporaryFolder,
    type UpJson,
} from "./environment.ts";

interface Running {
    /** Resources that the engine has finished with so far. */
    done(): number;
    told(): string;
    ended: Promise<number>;
    running(): boolean;
}

function start(words: string[]): Running {
    const child = spawn(join(projectRoot, "bin/m3perf"), [...words, "--lab", lab], {
        stdio: ["ignore", "ignore", "pipe"],
    });
    let told = "";
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
        told += text;
    });
    return {
        done: () => told.match(/^ {4}[+~-] /gm)?.length ?? 0,
        told: () => told,
        ended: once(child, "close").then(([code]) => code as number),
        running: () => child.exitCode === null && child.signalCode === null,
    };
}

/** Waits until `up` has done so many resources; at its end at the latest. */
const upHasDone = (up: Running, count: number) =>
    waitFor({ what: `up to have done ${count} resources`, timeout: 600, every: 0.2 }, () => {
        return up.done() >= count || !up.running();
    });

/** A failure is told in words: what, and nothing of our own insides. */
function failsInWords(text: string): void {
    assert.match(text, /pulumi up|m3perf/);
    assert.doesNotMatch(text, /^\s+at .+:\d+:\d+\)?$/m, "a stack trace");
    assert.doesNotMatch(text, /UnhandledPromiseRejection|TypeError|panic:/);
}

/** Well, or in words. */
async function endsInWords(up: Running): Promise<void> {
    const code = await up.ended;
    console.log(`      the disturbed up ended with ${code}`);
    if (code !== 0) failsInWords(up.told());
}

/** `up` brings all to what the settings say, whatever the one before came to; nothing is left to change. */
async function converges(words: string[] = []): Promise<void> {
    const { failed, checks } = await m3perfJson<UpJson>(["up", ...words]);
    assert.equal(failed, 0, JSON.stringify(checks.filter(({ ok }) => !ok)));
    const { unchanged, changes } = await m3perfJson<UpJson>(["preview", ...words]);
    assert.equal(unchanged, true, JSON.stringify(changes));
}

describe("e2e: up in a broken world", function () {
    this.timeout(40 * 60_000);
    let changed: string;
    before(async () => {
        standsOn("up", "up");
        // Rolls the query service.
        changed = await settingsWith({ "m3perf:query": { maxFetchedSeries: 60_000 } });
    });
    afterEach(async () => {
        await controlPlaneAgain();
    });

    /** Each lasts as long as it says, in ms: that is the disturbance, and no wait for something. */
    const troubles: [string, () => Promise<void>][] = [
        [
            "the API server hangs",
            async () => {
                hold("kube-apiserver", "SIGSTOP");
                await sleep(15_000);
                hold("kube-apiserver", "SIGCONT");
            },
        ],
        [
            "the API server is gone",
            async () => {
                await control("stop", "kube-apiserver");
                await sleep(10_000);
                await control("start", "kube-apiserver");
            },
        ],
        ["the API server's etcd is restarted", () => control("restart", "etcd")],
    ];
    for (const [trouble, make] of troubles) {
        it(`from nothing, while ${trouble}`, async () => {
            const { code, stderr } = await m3perf(["down", "--keep-lab"]);
            assert.equal(code, 0, stderr);
            const up = start(["up"]);
            await upHasDone(up, 12);
            assert.ok(up.running(), `it had ended before: ${up.told().slice(-2000)}`);
            await make();
            await controlPlaneAgain();
            await endsInWords(up);
            await converges();
        });
    }

    it("a webhook that does not answer rejects what is written: named, and nothing is left half done", async () => {
        const name = "m3perf-broken-world";
        const webhook = {
            apiVersion: "admissionregistration.k8s.io/v1",
            kind: "ValidatingWebhookConfiguration",
            metadata: { name },
            webhooks: [
                {
                    name: "refuses.example.com",
                    // The discard port of the API server's own machine: nobody listens there.
                    clientConfig: { url: "https://127.0.0.1:9/" },
                    rules: [
                        {
                            operations: ["*"],
                            apiGroups: ["", "apps"],
                            apiVersions: ["v1"],
                            resources: ["configmaps", "deployments"],
                        },
                    ],
                    namespaceSelector: { matchLabels: { "kubernetes.io/metadata.name": "m3db" } },
                    failurePolicy: "Fail",
                    sideEffects: "None",
                    timeoutSeconds: 2,
                    admissionReviewVersions: ["v1"],
                },
            ],
        };
        try {
            const file = join(await temporaryFolder(), "webhook.json");
            await writeFile(file, JSON.stringify(webhook));
            await kubectl("apply", "-f", file);
            const { code, stderr } = await m3perf(["up", "--settings", changed]);
            assert.equal(code, 1, stderr);
            failsInWords(stderr);
            assert.match(stderr, /refuses\.example\.com/);
        } finally {
            await kubectl("delete", "validatingwebhookconfiguration", name, "--ignore-not-found");
        }
        await converges(["--settings", changed]);
    });

    it("two at once: the second waits for the first, and both end well", async () => {
        const both = [start(["up"]), start(["up", "--settings", changed])];
        for (const { ended, told } of both) assert.equal(await ended, 0, told().slice(-3000));
        await converges();
    });

    it("a node is lost while its pods are rolled", async () => {
        const up = start(["up", "--settings", changed]);
        try {
            await upHasDone(up, 1);
            await lost("power-off");
            await sleep(30_000); // how long it is away
        } finally {
            await lost("power-on");
        }
        await endsInWords(up);
        await converges(["--settings", changed]);
    });

    it("DNS is gone while a service is rolled", async () => {
        const dns = (replicas: number) =>
            kubectl("-n", "kube-system", "scale", "deployment", "coredns", `--replicas=${replicas}`);
        let up: Running | undefined;
        try {
            await dns(0);
            up = start(["up"]);
            await upHasDone(up, 1);
            await sleep(20_000); // how long names cannot be looked up
        } finally {
            await dns(1);
        }
        await kubectl("-n", "kube-system", "rollout", "status", "deployment/coredns", "--timeout=120s");
        await endsInWords(up);
        await converges();
    });
});

async function lost(action: "power-off" | "power-on"): Promise<void> {
    const { code, stderr } = await m3perf(["lab", "node", action, "worker-5"]);
    assert.equal(code, 0, stderr);
}
