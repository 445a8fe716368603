import type { JobArgs } from "@pulumi/kubernetes/batch/v1/job.js";
import type { Input } from "@pulumi/pulumi";
import type { SetupPlan } from "../../agent/setup-plan.ts";
import { fixedSize } from "../../settings/sizing.ts";
import { agentFiles } from "../agent-files.ts";
import { partOf, resources, unprivilegedContainer, unprivilegedPod } from "../manifests.ts";
import { adminUrl, type M3Identity, ports, topicEnvironment, topics } from "./identity.ts";

export interface SetupArgs {
    identity: M3Identity;
    /** Node. */
    image: string;
    /** M3DB instances. */
    instances: number;
    /** Names of the M3 namespaces. */
    namespaces: string[];
    /** Admin calls go to the admin-only coordinator, and the namespaces are made ready by the job. */
    externalCoordinator?: boolean;
    /** Shards of topics and of the aggregator's placement, and its instances. */
    aggregator: { shards: number; replicas: number };
}

export const setupName = "m3-setup";
const name = setupName;

/** Seconds that each wait may take; the job ends by itself, with the cause, before Pulumi's own limit. */
const limits = { api: 240, placement: 240, namespaces: 120 };

export function setupPlan(args: SetupArgs): SetupPlan {
    const { identity } = args;
    return {
        url: adminUrl(identity, args.externalCoordinator),
        environment: identity.environment,
        zone: identity.zone,
        instances: args.instances,
        namespaces: args.namespaces,
        // With an external coordinator the operator returns before this call (facts.md 4, cause 3).
        ...(args.externalCoordinator ? { makeReady: true } : {}),
        aggregator: {
            shards: args.aggregator.shards,
            instances: Array.from({ length: args.aggregator.replicas }, (_, index) => ({
                id: `m3aggregator-${index}`,
                endpoint: `m3aggregator-${index}.m3aggregator:${ports.aggregatorM3msg}`,
            })),
        },
        // One instance, the Service: M3 sends to any coordinator behind it (facts.md 4).
        coordinator: { id: "m3coordinator", endpoint: `m3coordinator:${ports.coordinatorM3msg}` },
        topics: [topics.ingest, topics.aggregated].map((topic) => ({
            ...topic,
            shards: args.aggregator.shards,
            environment: topicEnvironment,
        })),
        limits,
    };
}

/** The job's program, file by file. */
export const setupProgram = () =>
    agentFiles("setup.ts", "setup-plan.ts", "setup-steps.ts", "setup-placements.ts", "waiting.ts", "m3.ts");

export const setupProgramMetadata = (namespace: string) => ({ namespace, labels: { app: name, ...partOf } });

/** What a job does: "start" makes what coordinators and aggregator need, "shards" waits until every replica is AVAILABLE. */
export type SetupStep = "start" | "shards";

export function setupJob(args: SetupArgs, program: Input<string>, step: SetupStep) {
    return {
        metadata: {
            ...setupProgramMetadata(args.identity.namespace),
            // A Job that failed stays failed: without this, the next update only looks at it again and fails, too.
            annotations: { "pulumi.com/replaceUnready": "true" },
        },
        spec: {
            // It waits by itself; a second try only helps when its pod or node is lost.
            backoffLimit: 2,
            activeDeadlineSeconds: 900,
            template: {
                metadata: { labels: { app: name, ...partOf } },
                spec: {
                    restartPolicy: "Never",
                    automountServiceAccountToken: false,
                    securityContext: unprivilegedPod,
                    containers: [
                        {
                            name,
                            image: args.image,
                            command: ["node", "/agent/setup.ts", step],
                            env: [{ name: "M3PERF_SETUP", value: JSON.stringify(setupPlan(args)) }],
                            // The end of its log becomes the pod's message: the cause is seen where the failure is.
                            terminationMessagePolicy: "FallbackToLogsOnError",
                            resources: resources(fixedSize.setup.memoryMi, fixedSize.setup.cpu),
                            securityContext: { ...unprivilegedContainer, readOnlyRootFilesystem: true },
                            volumeMounts: [{ name: "program", mountPath: "/agent", readOnly: true }],
                        },
                    ],
                    volumes: [{ name: "program", configMap: { name: program } }],
                },
            },
        },
    } satisfies JobArgs;
}
