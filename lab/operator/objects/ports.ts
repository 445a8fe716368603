import type { ClusterSpec, JsonObject } from "../types.ts";

interface Port {
    name: string;
    port: number;
}

const coordinatorPorts: Port[] = [
    { name: "coordinator", port: 7201 },
    { name: "coord-metrics", port: 7203 },
];
const nodePorts: Port[] = [
    { name: "client", port: 9000 },
    { name: "cluster", port: 9001 },
    { name: "http-node", port: 9002 },
    { name: "http-cluster", port: 9003 },
    { name: "debug", port: 9004 },
    ...coordinatorPorts,
];
const carbon: Port = { name: "coord-carbon", port: 7204 };

const withCarbon = (ports: Port[], spec: ClusterSpec): Port[] =>
    spec.enableCarbonIngester ? [...ports, carbon] : ports;
const servicePort = ({ name, port }: Port): JsonObject => ({ name, port, protocol: "TCP" });

export const nodeServicePorts = (spec: ClusterSpec): JsonObject[] => withCarbon(nodePorts, spec).map(servicePort);
export const coordinatorServicePorts = (spec: ClusterSpec): JsonObject[] =>
    withCarbon(coordinatorPorts, spec).map(servicePort);
export const containerPorts = (spec: ClusterSpec): JsonObject[] =>
    withCarbon(nodePorts, spec).map(({ name, port }) => ({ name, containerPort: port, protocol: "TCP" }));
