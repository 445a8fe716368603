/** Two Prometheus servers that send and read through the gateway, and a pod that measures what the gateway costs. */
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { stringify } from "yaml";
import { images } from "../../../settings/images.ts";
import { projectRoot } from "../../../support/paths.ts";

export const namespace = "m3perf-identities";
const gatewayUrl = "http://m3gateway.m3db:7210";
const prometheusImage = "quay.io/prometheus/prometheus:v2.42.0";

const nobody = { runAsNonRoot: true, runAsUser: 65534, runAsGroup: 65534, fsGroup: 65534 };
const named = (name: string) => ({ name, namespace, labels: { app: name } });

/** A server that scrapes itself; `origin` is in its own samples, so that it shows who sent them whatever their labels. */
function prometheus(origin: string, cluster: string, token: string): object[] {
    const name = `prometheus-${origin}`;
    const authorization = { credentials_file: "/etc/m3perf/token" };
    const config = {
        global: { scrape_interval: "5s", external_labels: { cluster } },
        scrape_configs: [{ job_name: "self", static_configs: [{ targets: ["localhost:9090"], labels: { origin } }] }],
        remote_write: [{ url: `${gatewayUrl}/api/v1/prom/remote/write`, authorization }],
        remote_read: [{ url: `${gatewayUrl}/api/v1/prom/remote/read`, read_recent: true, authorization }],
    };
    const data = { "prometheus.yml": stringify(config) };
    return [
        { apiVersion: "v1", kind: "ConfigMap", metadata: named(name), data },
        { apiVersion: "v1", kind: "Secret", metadata: named(name), stringData: { token } },
        {
            apiVersion: "v1",
            kind: "Service",
            metadata: named(name),
            spec: { selector: { app: name }, ports: [{ port: 9090 }] },
        },
        {
            apiVersion: "apps/v1",
            kind: "Deployment",
            metadata: named(name),
            spec: {
                replicas: 1,
                selector: { matchLabels: { app: name } },
                template: {
                    metadata: { labels: { app: name } },
                    spec: {
                        securityContext: nobody,
                        containers: [
                            {
                                name: "prometheus",
                                image: prometheusImage,
                                args: ["--config.file=/etc/config/prometheus.yml", "--storage.tsdb.path=/prometheus"],
                                readinessProbe: { httpGet: { path: "/-/ready", port: 9090 }, periodSeconds: 2 },
                                resources: { requests: { cpu: "20m", memory: "64Mi" }, limits: { memory: "256Mi" } },
                                volumeMounts: [
                                    { name: "config", mountPath: "/etc/config" },
                                    { name: "token", mountPath: "/etc/m3perf" },
                                    { name: "data", mountPath: "/prometheus" },
                                ],
                            },
                        ],
                        volumes: [
                            { name: "config", configMap: { name } },
                            { name: "token", secret: { secretName: name } },
                            { name: "data", emptyDir: {} },
                        ],
                    },
                },
            },
        },
    ];
}

/** measure.ts on a stock Node image. */
function measuring(token: string): object[] {
    const text = (path: string) => readFileSync(join(projectRoot, path), "utf8");
    const files = {
        "package.json": '{"type": "module"}',
        "measure.ts": text("test/e2e/identities/measure.ts").replace("../../../agent/", "./"),
        "remote-write.ts": text("agent/remote-write.ts"),
    };
    const name = "measure";
    return [
        { apiVersion: "v1", kind: "ConfigMap", metadata: named(name), data: files },
        { apiVersion: "v1", kind: "Secret", metadata: named(name), stringData: { token } },
        {
            apiVersion: "v1",
            kind: "Pod",
            metadata: named(name),
            spec: {
                restartPolicy: "Never",
                securityContext: nobody,
                containers: [
                    {
                        name,
                        image: images.node,
                        command: ["node", "/measure/measure.ts"],
                        env: [
                            { name: "DIRECT", value: "http://m3coordinator.m3db:7201" },
                            { name: "GATEWAY", value: gatewayUrl },
                            { name: "TOKEN", valueFrom: { secretKeyRef: { name, key: "token" } } },
                        ],
                        resources: { requests: { cpu: "50m", memory: "64Mi" }, limits: { memory: "192Mi" } },
                        volumeMounts: [{ name: "program", mountPath: "/measure" }],
                    },
                ],
                volumes: [{ name: "program", configMap: { name } }],
            },
        },
    ];
}

const list = (items: object[]) => JSON.stringify({ apiVersion: "v1", kind: "List", items });

export const servers = (tokens: { eu: string; us: string }) =>
    list([
        { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
        ...prometheus("eu", "eu-1", tokens.eu),
        ...prometheus("us", "us-1", tokens.us),
    ]);

export const measurement = (token: string) => list(measuring(token));
