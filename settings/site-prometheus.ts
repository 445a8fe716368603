import * as z from "zod";

/** The `prometheus` section of a site file (SitePrometheus in site.ts): which Prometheus there is, and how it is configured. */

const filled = z.string().regex(/\S/, { error: "must not be empty" });
const port = z
    .int({ error: "must be a port" })
    .min(1, { error: "must be a port" })
    .max(65535, { error: "must be a port" });
const namespace = filled.describe("Kubernetes namespace of Prometheus.");
const servicePort = port.describe("Port of that Service.");

const existing = z.strictObject({
    kind: z
        .literal("existing")
        .optional()
        .describe("A server that is there: its ConfigMap and its workload are changed."),
    namespace,
    deployment: filled.optional().describe("Deployment whose pods run Prometheus."),
    statefulSet: filled.optional().describe("StatefulSet whose pods run Prometheus, where it is no Deployment."),
    container: filled.optional().describe("Container that is Prometheus; the one with --config.file unless told."),
    configMap: filled.describe("ConfigMap that holds prometheus.yml."),
    configKey: filled.describe("Key of that ConfigMap."),
    service: filled.describe("Service through which Prometheus answers, for verify."),
    port: servicePort,
});

const operator = z.strictObject({
    kind: z.literal("operator").describe("A Prometheus custom resource of the prometheus-operator."),
    namespace,
    name: filled.describe("Name of the Prometheus custom resource."),
    service: filled
        .default("prometheus-operated")
        .describe("Service through which Prometheus answers; the operator's own unless told."),
    port: servicePort.default(9090),
});

/**
 * Where the Prometheus of a chart answers. prometheus-operator makes prometheus-operated in every namespace with a Prometheus, whatever the
 * release is called; the other chart's Service has this name in a release called `prometheus`.
 */
const chartServices = {
    prometheus: { service: "prometheus-server", port: 80 },
    "kube-prometheus-stack": { service: "prometheus-operated", port: 9090 },
} as const;

const helm = z
    .strictObject({
        kind: z.literal("helm").describe("A Helm release: nothing is touched, `m3perf helm-values` prints its values."),
        namespace,
        chart: z
            .enum(["prometheus", "kube-prometheus-stack"], { error: "must be prometheus or kube-prometheus-stack" })
            .default("prometheus")
            .describe("Chart of github.com/prometheus-community/helm-charts."),
        service: filled
            .optional()
            .describe(
                "Service through which Prometheus answers, for verify; by default prometheus-server, with kube-prometheus-stack prometheus-operated.",
            ),
        port: port.optional().describe("Port of that Service; by default 80, with kube-prometheus-stack 9090."),
    })
    .transform(({ service, port, ...release }) => ({
        ...release,
        service: service ?? chartServices[release.chart].service,
        port: port ?? chartServices[release.chart].port,
    }));

export const sitePrometheus = z
    .discriminatedUnion("kind", [existing, operator, helm], {
        // What is no map at all is told as for every other section.
        error: ({ input }) =>
            typeof input !== "object"
                ? undefined
                : "must be of a kind: existing (a server that is there; the default), operator (a Prometheus custom resource) or helm (values are printed)",
    })
    .superRefine((prometheus, context) => {
        if (prometheus.kind === "operator" || prometheus.kind === "helm") return;
        if ((prometheus.deployment === undefined) === (prometheus.statefulSet === undefined)) {
            const message = "must be given, or else statefulSet: one of the two runs Prometheus";
            context.addIssue({ code: "custom", path: ["deployment"], message });
        }
    })
    .describe("The Prometheus whose long-term store M3 becomes.");
