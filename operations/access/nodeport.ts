import type { Environment, EnvironmentService } from "../../settings/environment.ts";
import { NoAnswer } from "../../support/errors.ts";
import type { CheckContext } from "../checks/check.ts";
import { hostOf } from "./host.ts";
import { type HttpCall, type HttpRequest, type HttpResponse, send } from "./http.ts";
import { gatewayAuthority, speaksTls } from "./secured.ts";

/** HTTP to a NodePort; to the gateway's by TLS where it speaks nothing else, with the authority of its Secret (`call`). */
export function nodePortCall(environment: Environment, call: HttpCall): CheckContext["nodePort"] {
    const { gateway } = environment;
    return async (address, port, path, request = {}) => {
        const at = `${hostOf(address)}:${port}${path}`;
        if (!gateway || port !== gateway.nodePort || !speaksTls(gateway)) return send(new URL(`http://${at}`), request);
        return send(new URL(`https://${at}`), request, {
            ca: await gatewayAuthority(environment, call),
        });
    };
}

/**
 * Calls a service as its users outside the cluster do, by NodePort: the nodes that run it first, then the others, until one answers,
 * so that one node that is down does not look like a failed service. A service without a NodePort is reached through
 * the API server. Rejects with NoAnswer.
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
    throw new NoAnswer(`NodePort ${service.nodePort} of ${service.service} answers at no node: ${errors.join("; ")}`);
}
