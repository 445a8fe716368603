/**
 * What goes into an existing Prometheus, given to a real one (Debian's 2.42): what it makes of it, what it sends, and what it does
 * without its tsdb arguments and as an agent. The other end of remote write is played: it notes each request's headers.
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer, type IncomingHttpHeaders, type Server } from "node:http";
import { type AddressInfo, createServer as createSocket } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parse } from "yaml";
import { changePod } from "../../../components/prometheus/pod.ts";
import { withRemotes } from "../../../components/prometheus/remote-config.ts";
import { settingsApart } from "../../../operations/checks/prometheus-settings.ts";
import type { EnvironmentPrometheus } from "../../../settings/environment.ts";
import { remoteConfig } from "../../../settings/prometheus/entries.ts";
import { prometheusSchema } from "../../../settings/schema/prometheus.ts";
import { exec } from "../../../support/exec.ts";
import { waitFor } from "../../../support/wait.ts";
import { binary } from "../../support/binaries.ts";
import { bound } from "../../support/bound.ts";
import { goModule, prometheusSource } from "../../support/go-module.ts";

const image = "quay.io/prometheus/prometheus:v2.42.0";

async function listen(server: Server | ReturnType<typeof createSocket>): Promise<number> {
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
}

describe("a real Prometheus 2.42", function () {
    this.timeout(240_000);
    let folder: string;
    let receiver: Server;
    let receiverPort: number;
    let port: number;
    let child: ChildProcess | undefined;
    let log = "";
    const requests: IncomingHttpHeaders[] = [];

    const settingsWith = (more: Record<string, unknown> = {}) =>
        prometheusSchema.parse({
            remoteWrite: {
                url: `http://127.0.0.1:${receiverPort}/api/v1/prom/remote/write`,
                queue: { maxShards: 7, batchSendDeadline: "60s", minBackoff: "50ms", maxSamplesPerSend: 50 },
                headers: { "M3-Map-Tags-JSON": '{"tagMappers":[]}' },
                writeRelabelConfigs: [{ sourceLabels: ["__name__"], regex: "go_.*", action: "drop" }],
                credentials: { kind: "basic", secretName: "m3" },
            },
            externalLabels: { cluster: "a" },
            ...more,
        });
    const owned = () =>
        `global: {scrape_interval: 1s}\nscrape_configs:\n  - job_name: self\n    static_configs: [{targets: ["127.0.0.1:${port}"]}]\n`;
    /** prometheus.yml as attach.ts writes it: the user name resolved, the mounted files where this test has them. */
    const textOf = (settings: ReturnType<typeof settingsWith>, own = owned()) => {
        const config = remoteConfig(settings);
        if (config.remote_write.basic_auth) {
            const { password_file } = config.remote_write.basic_auth as { password_file: string };
            config.remote_write.basic_auth = { username: "writer", password_file };
        }
        return withRemotes(own, config).replaceAll("/etc/m3perf", join(folder, "etc"));
    };
    /** The arguments that changePod makes of an owner's. */
    const argsOf = (localStorage: "keep" | "minimal" | "agent") => {
        const args = [
            `--config.file=${join(folder, "prometheus.yml")}`,
            `--storage.tsdb.path=${join(folder, "own")}`,
            "--query.timeout=1m",
        ];
        return changePod({ image, args, volumes: [], mounts: [], claims: [] }, { localStorage, secrets: [] }).parts
            .args;
    };
    const start = (args: string[], text: string) => {
        writeFileSync(join(folder, "prometheus.yml"), text);
        log = "";
        const words = [...args, `--web.listen-address=127.0.0.1:${port}`];
        child = spawn(...bound(binary("prometheus"), words), { cwd: folder, stdio: ["ignore", "ignore", "pipe"] });
        child.stderr?.on("data", (chunk) => {
            log += chunk;
        });
        return child;
    };
    const ask = async <T>(path: string): Promise<T> => {
        const answer = await fetch(`http://127.0.0.1:${port}${path}`);
        if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
        return ((await answer.json()) as { data: T }).data;
    };
    const ready = () =>
        waitFor({ what: "Prometheus to be ready", timeout: 60 }, async () => {
            if (child?.exitCode !== null) throw new Error(log.slice(-500));
            return (await fetch(`http://127.0.0.1:${port}/-/ready`)).ok;
        });
    const sent = () => waitFor({ what: "samples to be sent", timeout: 60 }, () => requests.length > 0 && requests[0]);
    const runs = async () => {
        const { yaml } = await ask<{ yaml: string }>("/api/v1/status/config");
        return { config: parse(yaml), yaml, flags: await ask<Record<string, string>>("/api/v1/status/flags") };
    };
    const environment = (settings: ReturnType<typeof settingsWith>): EnvironmentPrometheus => ({
        namespace: "monitoring",
        service: "p",
        port,
        remoteWriteUrl: settings.remoteWrite.url,
        remoteReadUrl: settings.remoteRead.url,
        agent: settings.localStorage === "agent",
        externalLabels: settings.externalLabels,
        queue: remoteConfig(settings).remote_write.queue_config as Record<string, unknown>,
    });

    before(async () => {
        folder = mkdtempSync(join(tmpdir(), "m3perf-prometheus-"));
        mkdirSync(join(folder, "etc/remote-write"), { recursive: true });
        writeFileSync(join(folder, "etc/remote-write/password"), "hunter2");
        receiver = createServer((request, response) => {
            requests.push(request.headers);
            request.resume().on("end", () => response.writeHead(204).end());
        });
        receiverPort = await listen(receiver);
        const free = createSocket();
        port = await listen(free);
        free.close();
    });
    afterEach(async () => {
        requests.length = 0;
        if (child?.exitCode === null && child.kill("SIGKILL")) await once(child, "exit");
        child = undefined;
    });
    after(() => {
        receiver?.close();
        receiver?.closeAllConnections();
        if (folder) rmSync(folder, { recursive: true, force: true });
    });

    it("runs with the queue and the labels, sends with credentials, and shows no password", async () => {
        const settings = settingsWith();
        start(argsOf("keep"), textOf(settings));
        await ready();
        const { config, yaml, flags } = await runs();
        assert.deepEqual(settingsApart(environment(settings), config, flags), []);
        const apart = settingsApart(
            { ...environment(settings), externalLabels: { cluster: "b" }, agent: true },
            config,
            flags,
        );
        assert.deepEqual(apart, ["external label cluster is a, not b", "it runs as no agent"]);
        assert.equal(config.remote_read[0].read_recent, true);
        assert.ok(!yaml.includes("hunter2"));
        const headers = await sent();
        assert.equal(headers.authorization, `Basic ${Buffer.from("writer:hunter2").toString("base64")}`);
        // It takes `headers` and leaves them out of its requests: so does Debian's build alone (docs/prometheus.md). When this fails, that
        // has changed, and the lab can show headers.
        assert.equal(headers["m3-map-tags-json"], undefined);
    });

    it("minimal: stores all the same, in data/ of its working folder, for 15 d", async () => {
        // Upstream's default path, said to Debian's build, which has another (as the lab's image does: lab/images/catalog.ts).
        assert.ok(!argsOf("minimal").some((arg) => arg.startsWith("--storage.tsdb.")));
        start([...argsOf("minimal"), "--storage.tsdb.path=data/"], textOf(settingsWith({ localStorage: "minimal" })));
        await ready();
        assert.match(log, /default time retention.*duration=15d/);
        await waitFor({ what: "series in its own storage", timeout: 60 }, async () => {
            const { headStats } = await ask<{ headStats: { numSeries: number } }>("/api/v1/status/tsdb");
            return headStats.numSeries > 100;
        });
        assert.ok(existsSync(join(folder, "data/wal")));
        assert.ok(!existsSync(join(folder, "data-agent")));
    });

    it("upstream's default path is data/ (source of 0.42.0)", async () => {
        const source = readFileSync(join(await goModule(prometheusSource), "cmd/prometheus/main.go"), "utf8");
        assert.match(source, /"storage\.tsdb\.path", "[^"]*"\)\.\s*Default\("data\/"\)/);
        assert.match(source, /"storage\.agent\.path", "[^"]*"\)\.\s*Default\("data-agent\/"\)/);
    });

    it("agent: sends, has no database, answers no query", async () => {
        rmSync(join(folder, "data"), { recursive: true, force: true });
        const settings = settingsWith({ localStorage: "agent" });
        start(argsOf("agent"), textOf(settings));
        await ready();
        const { config, flags } = await runs();
        assert.deepEqual(settingsApart(environment(settings), config, flags), []);
        await sent();
        assert.ok(existsSync(join(folder, "own/agent/wal")), "its log is where the database was");
        assert.ok(!existsSync(join(folder, "data")));
        await assert.rejects(ask("/api/v1/query?query=up"), /answered/);
    });

    it("agent: does not start with what we take away or refuse", async () => {
        const agent = settingsWith({ localStorage: "agent" });
        const ends = async (args: string[], text: string) => {
            const [code] = await once(start(args, text), "exit");
            assert.notEqual(code, 0);
            return log;
        };
        assert.match(
            await ends([...argsOf("keep"), "--enable-feature=agent"], textOf(agent)),
            /can not be used in agent mode/,
        );
        for (const [own, field] of [
            ["rule_files: [rules.yml]\n", "rule_files"],
            ["alerting: {alertmanagers: [{static_configs: [{targets: ['x:1']}]}]}\n", "alerting"],
            ["remote_read: [{url: 'http://x/read'}]\n", "remote_read"],
        ] as const) {
            const said = await ends(argsOf("agent"), textOf(agent, owned() + own));
            assert.match(said, new RegExp(`field ${field} is not allowed in agent mode`));
        }
    });

    it("does not know sample_age_limit or username_file, which is why neither is given to it", async () => {
        const file = join(folder, "check.yml");
        const check = async (text: string) => {
            writeFileSync(file, text);
            const { code, stdout, stderr } = await exec(binary("promtool"), ["check", "config", file]);
            return code === 0 ? "" : stdout + stderr;
        };
        const { remoteWrite } = settingsWith();
        assert.equal(await check(textOf(settingsWith())), "");
        const queue = { ...remoteWrite.queue, sampleAgeLimit: "1h" };
        assert.match(
            await check(textOf(settingsWith({ remoteWrite: { ...remoteWrite, queue } }))),
            /sample_age_limit not found/,
        );
        const unresolved = withRemotes(owned(), remoteConfig(settingsWith()));
        assert.match(await check(unresolved), /username_file not found/);
    });
});
