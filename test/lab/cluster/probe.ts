/** Something small to run on a lab: a web server on every node, a client, a volume. */
export const namespace = "probe";
const image = "docker.io/library/busybox:1.35.0";

const everywhere = [{ operator: "Exists" }];

function busybox(name: string, script: string, volumeMounts: object[] = []): object {
    return {
        name,
        image,
        command: ["sh", "-c", script],
        env: [{ name: "NODE", valueFrom: { fieldRef: { fieldPath: "spec.nodeName" } } }],
        volumeMounts,
    };
}

export function objects(nodePort: number): object[] {
    const labels = { app: "web" };
    return [
        { apiVersion: "v1", kind: "Namespace", metadata: { name: namespace } },
        {
            apiVersion: "apps/v1",
            kind: "DaemonSet",
            metadata: { name: "web", namespace },
            spec: {
                selector: { matchLabels: labels },
                template: {
                    metadata: { labels },
                    spec: {
                        tolerations: everywhere,
                        terminationGracePeriodSeconds: 0,
                        containers: [
                            busybox(
                                "web",
                                'mkdir /www && echo "$NODE" >/www/index.html && exec httpd -f -p 8080 -h /www',
                            ),
                        ],
                    },
                },
            },
        },
        {
            apiVersion: "v1",
            kind: "Service",
            metadata: { name: "web", namespace },
            spec: { type: "NodePort", selector: labels, ports: [{ port: 80, targetPort: 8080, nodePort }] },
        },
        {
            apiVersion: "v1",
            kind: "PersistentVolumeClaim",
            metadata: { name: "data", namespace },
            spec: { accessModes: ["ReadWriteOnce"], resources: { requests: { storage: "1Mi" } } },
        },
        writer(),
    ];
}

/** A pod on worker-5 that adds a line to its volume and stays. */
export function writer(): object {
    return {
        apiVersion: "v1",
        kind: "Pod",
        metadata: { name: "writer", namespace },
        spec: {
            nodeSelector: { "kubernetes.io/hostname": "worker-5" },
            terminationGracePeriodSeconds: 0,
            containers: [
                busybox("writer", "echo written >>/data/file && exec sleep 100000", [
                    { name: "data", mountPath: "/data" },
                ]),
            ],
            volumes: [{ name: "data", persistentVolumeClaim: { claimName: "data" } }],
        },
    };
}
