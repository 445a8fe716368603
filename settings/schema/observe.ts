import * as z from "zod";
import { count, dnsLabel, duration, must } from "./fields.ts";

const labelName = z
    .string()
    .regex(
        /^[a-zA-Z_][a-zA-Z0-9_]*$/,
        must("a label name of Prometheus: letters, digits and underscores, no digit first"),
    );
const percent = z
    .number(must("a percentage above 0, at most 100"))
    .positive(must("a percentage above 0, at most 100"))
    .max(100, must("a percentage above 0, at most 100"));

const dashboards = z
    .strictObject({
        enabled: z
            .boolean()
            .default(true)
            .describe(
                "Grafana dashboards as ConfigMaps, for the sidecar that loads them into a Grafana that is there.",
            ),
        namespace: dnsLabel
            .optional()
            .describe("Where the ConfigMaps go: a namespace that Grafana's sidecar watches. Prometheus' unless told."),
        folder: z
            .string()
            .regex(/^[^/\\]{1,80}$/, must("1 to 80 characters, no slash"))
            .default("M3")
            .describe("Folder in Grafana, as the annotation grafana_folder."),
        labels: z
            .record(z.string(), z.string())
            .default({ grafana_dashboard: "1" })
            .describe("Labels of the ConfigMaps, by which the sidecar finds them; the charts' default unless told."),
    })
    .prefault({})
    .describe("Grafana dashboards of the environment.");

const rules = z
    .strictObject({
        enabled: z
            .boolean()
            .default(true)
            .describe(
                "Alert and recording rules in Prometheus. No effect on one in agent mode, which evaluates none: the preview says so.",
            ),
        resourceLabels: z
            .record(z.string(), z.string())
            .default({})
            .describe(
                "Site with an operator: labels of the PrometheusRule and the PodMonitor beside those that the Prometheus resource selects by, which are read from it.",
            ),
        alertLabels: z
            .record(labelName, z.string())
            .default({})
            .describe("Labels that every alert gets, to route it by: team, environment."),
    })
    .prefault({})
    .describe("Alert and recording rules of the environment.");

const labels = z
    .strictObject({
        namespace: labelName.default("namespace").describe("Label with the Kubernetes namespace of a scraped pod."),
        pod: labelName.default("pod").describe("Label with the name of a scraped pod."),
        container: labelName.default("container").describe("Label of the kubelets' series with the container."),
        node: labelName.default("node").describe("Label with the node of what a kubelet, a pod or node-exporter says."),
        m3Namespace: labelName
            .default("exported_namespace")
            .describe(
                "Label with M3's own namespace on M3DB's series: it is called namespace there, too, and Prometheus renames it; `namespace` where it scrapes with honor_labels.",
            ),
    })
    .prefault({})
    .describe(
        "How this site's Prometheus names what it scraped; the defaults are those of the operator and the charts.",
    );

const thresholds = z
    .strictObject({
        remoteWriteLag: duration
            .default("2m")
            .describe("How far what Prometheus has sent to M3 may be behind what it has scraped."),
        lastSample: duration.default("5m").describe("Time since Prometheus last brought a sample into M3."),
        ingestLatency: duration
            .default("30s")
            .describe("Mean age of samples when a coordinator has written them to M3DB."),
        writeErrorPercent: percent
            .default(1)
            .describe("Share of write requests that coordinators may answer with an error of theirs (5xx)."),
        memoryPercent: percent.default(92).describe("Memory of a container, of its limit, before it is killed for it."),
        nodeMemoryPercent: percent.default(90).describe("Memory of a node that is in use."),
        diskPercent: percent.default(85).describe("Use of a file system: a node's, or a volume of M3DB or etcd."),
        etcdSizePercent: percent.default(80).describe("Size of etcd's database, of its quota."),
        restarts: count.default(1).describe("Restarts of a container within 15 minutes that are too many."),
    })
    .prefault({})
    .describe("When an alert fires.");

export const observeSchema = z
    .strictObject({
        dashboards,
        rules,
        scrape: z
            .boolean()
            .default(true)
            .describe(
                "Site with an operator: a PodMonitor that has Prometheus scrape M3 and etcd. helm: the same among the values. An existing server is not told what to scrape: docs/observe.md has the lines.",
            ),
        labels,
        thresholds,
    })
    .prefault({})
    .describe("How the environment is watched: dashboards, alerts, recorded series.");

export type ObserveSettings = z.infer<typeof observeSchema>;
