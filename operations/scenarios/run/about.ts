import { readFileSync } from "node:fs";
import { cpus, release, totalmem } from "node:os";
import { parse } from "yaml";
import type { Environment } from "../../../settings/environment.ts";
import { locateSite, readSite } from "../../../settings/locate.ts";
import { exec } from "../../../support/exec.ts";
import { labDir, projectRoot } from "../../../support/paths.ts";
import type { HttpCall } from "../../access/http.ts";
import { kubernetesOver } from "../../access/kubernetes.ts";
import type { Values } from "../../cli/verbs.ts";
import { sourceOf } from "../../doctor/settings.ts";
import { target } from "../../stack/session.ts";
import type { RunRecord } from "../types.ts";

/** What a reader of the report has to know to have the same again. */
export async function aboutRun(
    values: Values,
    environment: Environment,
    call: HttpCall,
): Promise<Pick<RunRecord, "settings" | "versions" | "machine">> {
    const { file, site, lab } = target(values);
    const written = readSite(site, locateSite(site, lab === null ? undefined : labDir(lab, "site.yaml")));
    const note = "content" in written ? (written.content as { note?: unknown } | null)?.note : undefined;
    return {
        settings: settingsOf(file.text),
        versions: { ...(await ownVersions()), ...(await clusterVersions(environment, call)) },
        machine: {
            cores: cpus().length,
            memoryBytes: totalmem(),
            kernel: release(),
            note: typeof note === "string" ? note : lab === null ? "where m3perf and the load generator ran" : "",
        },
    };
}

/** The settings as they are written, without what is secret. Pure. */
export function settingsOf(text: string): Record<string, unknown> {
    const { "m3perf:sshPrivateKey": _, ...config } = sourceOf(text).config;
    return Object.fromEntries(
        Object.entries(config).map(([key, value]) => [key, /^[[{]/.test(value) ? (parse(value) as unknown) : value]),
    );
}

async function ownVersions(): Promise<Record<string, string>> {
    const { version } = JSON.parse(readFileSync(new URL("../../../package.json", import.meta.url), "utf8")) as {
        version: string;
    };
    const git = (...words: string[]) =>
        exec("git", ["-C", projectRoot, ...words], { timeout: 10 }).catch(() => undefined);
    const [commit, changes] = [await git("rev-parse", "--short=12", "HEAD"), await git("status", "--porcelain")];
    const at = commit?.code === 0 ? ` (${commit.stdout.trim()}${changes?.stdout.trim() ? ", with changes" : ""})` : "";
    return { m3perf: `${version}${at}`, Node: process.version };
}

/** What the cluster's pods really run; what does not answer is left out. */
async function clusterVersions(environment: Environment, call: HttpCall): Promise<Record<string, string>> {
    const { namespace, etcd, operator, cluster, coordinator, query, aggregator, prometheus } = environment;
    const kubernetes = kubernetesOver(call);
    const images = async (where: string, selector: Record<string, string>) => {
        const pods = await kubernetes.pods(where, selector).catch(() => []);
        return [...new Set(pods.flatMap(({ spec }) => spec.containers?.[0]?.image ?? []))].join(", ");
    };
    const told = await Promise.all([
        call("/version").then(
            ({ body }) => (JSON.parse(body) as { gitVersion?: string }).gitVersion ?? "",
            () => "",
        ),
        images(namespace, etcd.selector),
        images(namespace, operator.selector),
        images(namespace, cluster.selector),
        images(namespace, coordinator.workload.selector),
        images(namespace, query.workload.selector),
        images(namespace, aggregator.workload.selector),
        prometheusVersion(prometheus, kubernetes),
    ]);
    const names = ["Kubernetes", "etcd", "operator", "M3DB", "coordinator", "query", "aggregator", "Prometheus"];
    return Object.fromEntries(names.flatMap((name, index) => (told[index] ? [[name, told[index]]] : [])));
}

async function prometheusVersion(
    { namespace, service, port }: Environment["prometheus"],
    kubernetes: ReturnType<typeof kubernetesOver>,
): Promise<string> {
    try {
        const { body } = await kubernetes.service(namespace, service, port, "/api/v1/status/buildinfo");
        return (JSON.parse(body) as { data?: { version?: string } }).data?.version ?? "";
    } catch {
        return "";
    }
}
