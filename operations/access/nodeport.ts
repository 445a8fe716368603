import type { EnvironmentService } from "../../settings/environment.ts";
import type { CheckContext } from "../checks/check.ts";
import type { HttpRequest, HttpResponse } from "./http.ts";

/**
 * Calls a service as its users outside the cluster do, by NodePort: the nodes that run it first, then the others, until one answers,
 * so that one node that is down does not look like a failed service. A service without a NodePort is reached through
 * the API server.
 */
export async function callService(
    { environment, kubernetes, nodePort }: CheckContext,
    service: EnvironmentService,
    path: string,
    request: HttpRequest = {},
): Promise<HttpResponse> {
    if (service.nodePort === undefined) {
        const port = Number(new URL(service.url).port || 80);
        return kubernetes.service(environment.namespace, service.service, port, path, request);
    }
    const first = environment.nodes.filter(({ roles }) => roles.includes("coordinator"));
    const others = environment.nodes.filter(({ roles }) => !roles.includes("coordinator"));
    const errors: string[] = [];
    for (const { name, address } of [...first, ...others]) {
        try {
            return await nodePort(address, service.nodePort, path, request);
        } catch (error) {
            errors.push(`${name}: ${error instanceof Error ? error.message : String(error)}`);
        }
        if (errors.length === 2) break;
    }
    throw new Error(`NodePort ${service.nodePort} of ${service.service} answers at no node: ${errors.join("; ")}`);
}
