/**
 * A sidecar of the lab's Prometheus: keeps the lists of its targets in a folder (file_sd), since Debian's build of Prometheus has
 * no Kubernetes discovery. Runs on a stock Node image from a ConfigMap; asks the API server as the pod's account.
 */
import { readFileSync, renameSync, writeFileSync } from "node:fs";
import { get } from "node:https";
import { setTimeout as sleep } from "node:timers/promises";
import { type Node, nodeTargets, type Pod, podTargets, type TargetGroup } from "./targets.ts";

const [folder = "/targets", namespace = "m3db"] = process.argv.slice(2);
const account = "/var/run/secrets/kubernetes.io/serviceaccount";
const { KUBERNETES_SERVICE_HOST: host = "", KUBERNETES_SERVICE_PORT: port = "443" } = process.env;
const seconds = 10;

function list<T>(path: string): Promise<T[]> {
    // The token is renewed in its file.
    const authorization = `Bearer ${readFileSync(`${account}/token`, "utf8")}`;
    const options = { ca: readFileSync(`${account}/ca.crt`), headers: { authorization }, timeout: 5000 };
    return new Promise((resolve, reject) => {
        const request = get(`https://${host}:${port}${path}`, options, (response) => {
            let body = "";
            response.setEncoding("utf8").on("data", (chunk: string) => {
                body += chunk;
            });
            response.on("end", () => {
                if (response.statusCode === 200) resolve((JSON.parse(body) as { items: T[] }).items);
                else reject(new Error(`${path}: status ${response.statusCode}`));
            });
        });
        request.on("timeout", () => request.destroy(new Error(`${path}: no answer within 5 s`)));
        request.on("error", reject);
    });
}

const written = new Map<string, string>();

function write(name: string, groups: TargetGroup[]): void {
    const text = JSON.stringify(groups);
    if (written.get(name) === text) return;
    writeFileSync(`${folder}/${name}.draft`, text);
    renameSync(`${folder}/${name}.draft`, `${folder}/${name}.json`);
    written.set(name, text);
}

process.on("SIGTERM", () => process.exit(0));
for (;;) {
    try {
        write("nodes", nodeTargets(await list<Node>("/api/v1/nodes")));
        write("m3", podTargets(await list<Pod>(`/api/v1/namespaces/${namespace}/pods`)));
    } catch (error) {
        console.error(error instanceof Error ? error.message : error);
    }
    await sleep(seconds * 1000);
}
