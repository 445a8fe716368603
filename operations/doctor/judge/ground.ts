import { mebibytesOf } from "../../../settings/units.ts";
import type { Examined, Finding } from "../finding.ts";
import type { Ground, Untold } from "../ground/facts.ts";
import { rightText } from "../ground/rights.ts";

/** What the cluster is, before anything is put on it. */
export function ground(examined: Examined): Finding[] {
    const { ground: there } = examined;
    if (!there) return [];
    if ("why" in there) return untold(there, examined);
    return [
        ...version(there),
        ...rights(there),
        ...namespace(there, examined),
        ...limits(there, examined),
        ...storage(there, examined),
        ...definitions(there, examined),
        ...metrics(there),
        ...clock(there),
    ];
}

const asked = { fact: "cluster" } as const;

/** Of a cluster that does not answer at all is told elsewhere. */
function untold({ why }: Untold, { cluster }: Examined): Finding[] {
    if (!cluster.answers) return [];
    const wanted = "an answer, to judge version, rights, limits and storage by: they were not looked at";
    const next = "m3perf doctor, once kubectl get --raw /readyz says ok";
    return [{ level: "warning", ...asked, what: "Kubernetes", found: `answers in part: ${why}`, wanted, next }];
}

/** The pods' preStop sleep is on by default from here on (PodLifecycleSleepAction). */
const oldest = 30;

function version({ version: text }: Ground): Finding[] {
    const minor = Number(/^v1\.(\d+)/.exec(text)?.[1] ?? Number.NaN);
    if (Number.isNaN(minor) || minor >= oldest) return [];
    const wanted = `v1.${oldest} or later: the pods' preStop sleep is refused before`;
    return [
        { level: "failure", ...asked, what: "Kubernetes version", found: text, wanted, next: "upgrade the cluster" },
    ];
}

function rights({ denied }: Ground): Finding[] {
    const byNeed = Map.groupBy(denied, ({ needs }) => needs);
    return [...byNeed].map(([needs, list]) => ({
        ...({ level: "failure", ...asked, what: "rights of the kubeconfig" } as const),
        found: `may not ${list.map(rightText).join(", ")}`,
        wanted: `it, for ${needs}`,
        next: "a kubeconfig of an administrator (cluster-admin), or a ClusterRole with these; kubectl auth can-i --list shows what there is",
    }));
}

/** The label of what is part of m3perf (components/manifests.ts). */
const isOurs = (labels: Record<string, string>) => labels["app.kubernetes.io/part-of"] === "m3perf";

function namespace({ namespace: there }: Ground, { scenario }: Examined): Finding[] {
    if (!there) return [];
    const findings: Finding[] = [];
    if (!isOurs(there.labels)) {
        const found = `${scenario.namespace} is there already, and not of m3perf`;
        const wanted = "a namespace of its own: m3perf down deletes it with all that is in it";
        findings.push({
            level: "warning",
            ...asked,
            what: "namespace",
            found,
            wanted,
            next: "m3perf:namespace: another name",
        });
    }
    const level = there.labels["pod-security.kubernetes.io/enforce"];
    if (level !== undefined && !["privileged", "baseline", "restricted"].includes(level)) {
        const wanted = "privileged, baseline or restricted: m3perf's pods keep to the strictest";
        findings.push({
            level: "failure",
            ...asked,
            what: "Pod Security of the namespace",
            found: level,
            wanted,
            next: "correct the label pod-security.kubernetes.io/enforce",
        });
    }
    return findings;
}

function limits({ limits: ranges, quotas }: Ground, { scenario }: Examined): Finding[] {
    const memory = scenario.m3db.memory === undefined ? undefined : mebibytesOf(scenario.m3db.memory);
    const fromRanges = ranges.flatMap(({ metadata, spec }) =>
        spec.limits.flatMap(({ type, max }): Finding[] => {
            if (!max?.memory || (type !== "Container" && type !== "Pod")) return [];
            const what = `LimitRange ${metadata.name}`;
            const found = `at most ${max.memory} of memory for a ${type.toLowerCase()}`;
            const tooLittle = memory !== undefined && mebibytesOf(max.memory) < memory;
            const wanted =
                memory === undefined
                    ? "more than the largest of M3's pods takes"
                    : `${scenario.m3db.memory} for a dbnode`;
            return [
                {
                    level: tooLittle ? "failure" : "warning",
                    ...asked,
                    what,
                    found,
                    wanted,
                    next: `raise it, or delete it from ${scenario.namespace}`,
                },
            ];
        }),
    );
    const fromQuotas = quotas.map(({ metadata, status }): Finding => {
        const hard = Object.entries(status?.hard ?? {}).map(
            ([key, most]) => `${key} ${status?.used?.[key] ?? 0} of ${most}`,
        );
        const wanted =
            "none, or one that the whole topology fits into: pods over it are not created, and nobody says so but their workload's events";
        return {
            level: "warning",
            ...asked,
            what: `ResourceQuota ${metadata.name}`,
            found: hard.join(", ") || "empty",
            wanted,
        };
    });
    return [...fromRanges, ...fromQuotas];
}

function storage({ storageClasses }: Ground, { site }: Examined): Finding[] {
    const own = storageClasses.find(({ metadata }) => metadata.name === site.storageClass);
    const what = "StorageClass";
    if (!own) {
        const there = storageClasses.map(({ metadata }) => metadata.name).join(", ") || "none";
        const next = `set storageClass in site ${site.name} to one that there is`;
        return [
            {
                level: "failure",
                ...asked,
                what,
                found: `${site.storageClass} is not there (there are: ${there})`,
                wanted: "the site's, for M3DB and etcd",
                next,
            },
        ];
    }
    if (own.volumeBindingMode === "WaitForFirstConsumer") return [];
    const found = `${site.storageClass} binds volumes at once (${own.volumeBindingMode ?? "Immediate"})`;
    const wanted =
        "WaitForFirstConsumer: a local volume that is made before its pod has a node may be on another one, and the pod waits for ever";
    return [
        {
            level: "warning",
            ...asked,
            what,
            found,
            wanted,
            next: "a class with volumeBindingMode: WaitForFirstConsumer",
        },
    ];
}

function definitions({ m3dbClusters, prometheuses, namespace: home }: Ground, { site }: Examined): Finding[] {
    const findings: Finding[] = [];
    const what = "M3DBCluster (CRD)";
    if (m3dbClusters && !m3dbClusters.served.includes("v1alpha1")) {
        const found = `versions ${m3dbClusters.served.join(", ") || "none"}`;
        findings.push({
            level: "failure",
            ...asked,
            what,
            found,
            wanted: "v1alpha1, of m3db-operator 0.14",
            next: "remove the other operator with its CRD",
        });
    }
    // Where an environment of m3perf is up, it is its own: the official definition has no label to tell by.
    if (m3dbClusters && !(home && isOurs(home.labels))) {
        const found =
            "is there already, without an environment of m3perf: another m3db-operator may look at every namespace";
        findings.push({
            level: "warning",
            ...asked,
            what,
            found,
            wanted: "one operator",
            next: "kubectl get statefulsets,deployments -A | grep m3db-operator",
        });
    }
    if (site.prometheus.kind === "operator" && !prometheuses) {
        const found = "the cluster does not know Prometheus custom resources (prometheuses.monitoring.coreos.com)";
        findings.push({
            level: "failure",
            ...asked,
            what: "Prometheus",
            found,
            wanted: `${site.prometheus.name}, as the site says`,
            next: "install prometheus-operator, or correct the site's prometheus",
        });
    }
    return findings;
}

function metrics({ metricsServer }: Ground): Finding[] {
    if (metricsServer) return [];
    const found = "does not answer (metrics.k8s.io)";
    return [
        {
            level: "warning",
            ...asked,
            what: "metrics-server",
            found,
            wanted: "it, for kubectl top; m3perf asks the kubelets where it is not there",
        },
    ];
}

/** Seconds. Leases are renewed every ten, so an older heartbeat is late, and one of the future is a clock's. */
const [ahead, behind] = [1, 40];

function clock({ heartbeat }: Ground): Finding[] {
    if (heartbeat === undefined || (heartbeat <= ahead && heartbeat >= -behind)) return [];
    const found = `the newest heartbeat of a node is ${Math.abs(heartbeat).toFixed(0)} s ${heartbeat > 0 ? "in the future" : "old"}, by this machine's clock`;
    const wanted = "within seconds: times that m3perf writes and reads are this machine's";
    return [
        {
            level: "warning",
            ...asked,
            what: "clock",
            found,
            wanted,
            next: "set this machine's clock (timedatectl), or look whether any kubelet is alive",
        },
    ];
}
