import type { types } from "@pulumi/kubernetes";
import type { StatefulSetArgs } from "@pulumi/kubernetes/apps/v1/statefulSet.js";
import type { ServiceArgs } from "@pulumi/kubernetes/core/v1/service.js";
import type { Input } from "@pulumi/pulumi";
import { generatorTexts } from "../../settings/generator.ts";
import type { GeneratorSettings } from "../../settings/schema/generator.ts";
import { mebibytesOf, secondsOf } from "../../settings/units.ts";
import { agentTree } from "../agent-files.ts";
import { httpGet, label, named, partOf, resources, unprivilegedContainer, unprivilegedPod } from "../manifests.ts";

/** Of its StatefulSet, Service and pods. The variables that Kubernetes makes of such a Service's name are known to the program. */
export const generatorName = "m3perf-load";
export const generatorMetricsPort = 9464;

export interface GeneratorPlan extends GeneratorSettings {
    namespace: string;
    /** Node. */
    image: string;
    /** Remote write of the coordinators. */
    url: string;
}

export const generatorProgram = () => agentTree("load/main.ts");

export const generatorMetadata = ({ namespace }: Pick<GeneratorPlan, "namespace">) => ({
    namespace,
    labels: { app: generatorName, ...partOf },
});

function command(plan: GeneratorPlan): string[] {
    const texts = { ...generatorTexts(plan, plan.url), "metrics-port": String(generatorMetricsPort) };
    return ["node", "/agent/load/main.ts", ...Object.entries(texts).flatMap(([name, value]) => [`--${name}`, value])];
}

/** Which nodes: those with the role, without M3DB's, where they have both (colocated sites). */
function onNodes({ role }: GeneratorPlan): types.input.core.v1.NodeAffinity {
    const matchExpressions = [
        { key: label.role(role), operator: "In", values: ["true"] },
        { key: label.role("m3db"), operator: "DoesNotExist" },
    ];
    return { requiredDuringSchedulingIgnoredDuringExecution: { nodeSelectorTerms: [{ matchExpressions }] } };
}

/** A StatefulSet, since a pod's number says which part of the series is its own. `program`: the ConfigMap of its files. */
export function generatorStatefulSet(plan: GeneratorPlan, program: Input<string>) {
    const memoryMi = mebibytesOf(plan.memory);
    const selector = { matchLabels: { app: generatorName } };
    return {
        metadata: named(generatorName, plan.namespace),
        spec: {
            serviceName: generatorName,
            replicas: plan.workers,
            // All at once: another number of workers gives each another part of the series.
            podManagementPolicy: "Parallel",
            updateStrategy: { type: "RollingUpdate" },
            selector,
            template: {
                metadata: { labels: { app: generatorName, ...partOf } },
                spec: {
                    affinity: { nodeAffinity: onNodes(plan) },
                    topologySpreadConstraints: [
                        {
                            maxSkew: 1,
                            topologyKey: "kubernetes.io/hostname",
                            whenUnsatisfiable: "ScheduleAnyway",
                            labelSelector: selector,
                        },
                    ],
                    automountServiceAccountToken: false,
                    enableServiceLinks: false,
                    securityContext: unprivilegedPod,
                    // It awaits the requests in hand, to their time-out at most, and ends.
                    terminationGracePeriodSeconds: Math.ceil(secondsOf(plan.timeout) ?? 0) + 20,
                    containers: [
                        {
                            name: "generator",
                            image: plan.image,
                            command: command(plan),
                            // Half of it for the heap: encoded labels and requests are buffers beside it.
                            env: [{ name: "NODE_OPTIONS", value: `--max-old-space-size=${Math.floor(memoryMi / 2)}` }],
                            ports: [{ name: "metrics", containerPort: generatorMetricsPort }],
                            // Wrong options end it with the reason: it becomes the pod's message.
                            terminationMessagePolicy: "FallbackToLogsOnError",
                            readinessProbe: {
                                ...httpGet("/health", generatorMetricsPort),
                                periodSeconds: 5,
                                timeoutSeconds: 5,
                                failureThreshold: 2,
                            },
                            resources: resources(memoryMi, plan.cpu),
                            securityContext: { ...unprivilegedContainer, readOnlyRootFilesystem: true },
                            volumeMounts: [{ name: "program", mountPath: "/agent", readOnly: true }],
                        },
                    ],
                    volumes: [{ name: "program", configMap: { name: program, items: generatorProgram().items } }],
                },
            },
        },
    } satisfies StatefulSetArgs;
}

/** Names of its pods; a StatefulSet asks for one. */
export function generatorService({ namespace }: Pick<GeneratorPlan, "namespace">) {
    return {
        metadata: named(generatorName, namespace),
        spec: {
            clusterIP: "None",
            publishNotReadyAddresses: true,
            selector: { app: generatorName },
            ports: [{ name: "metrics", port: generatorMetricsPort, targetPort: generatorMetricsPort }],
        },
    } satisfies ServiceArgs;
}
