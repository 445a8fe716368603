import { fixedSize } from "../../settings/sizing.ts";
import { resources, unprivilegedContainer } from "../manifests.ts";
import { ports } from "./identity.ts";
import { leavesLate } from "./service-manifests.ts";

export const queryFrontProgram = "query-front.ts";

/** The container before m3query (agent/query-front.ts, which its ConfigMap carries beside m3.yml). `writeUrl`: where writes belong. */
export function queryFrontContainer(image: string, writeUrl: string) {
    return {
        name: "front",
        image,
        command: [
            "node",
            `/etc/m3/${queryFrontProgram}`,
            ...[ports.api, ports.queryBehindFront, ports.metrics].map(String),
            writeUrl,
        ],
        // Small buffers: answers are passed on as they come.
        env: [{ name: "NODE_OPTIONS", value: "--max-old-space-size=64" }],
        ports: [{ name: "http", containerPort: ports.api }],
        readinessProbe: {
            tcpSocket: { port: ports.api },
            initialDelaySeconds: 1,
            periodSeconds: 2,
            failureThreshold: 5,
        },
        resources: resources(fixedSize.queryFront.memoryMi, fixedSize.queryFront.cpu),
        securityContext: { ...unprivilegedContainer, readOnlyRootFilesystem: true },
        volumeMounts: [{ name: "config", mountPath: "/etc/m3", readOnly: true }],
        lifecycle: leavesLate,
    };
}
