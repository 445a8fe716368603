import { type HttpCall, jsonOf } from "../access/http.ts";
import { selectorText } from "../access/kubernetes.ts";
import type { Address } from "./addresses.ts";

interface Service {
    spec: { selector?: Record<string, string>; ports: { port: number; targetPort?: number | string }[] };
}

interface PodList {
    items: {
        metadata: { name: string; deletionTimestamp?: string };
        spec: { containers: { ports?: { name?: string; containerPort: number }[] }[] };
        status?: { conditions?: { type: string; status: string }[] };
    }[];
}

/** A ready pod behind a service, and the port there; asked anew for every connection, so that a new pod is found. */
export async function podBehind(
    call: HttpCall,
    { namespace, service, port }: Pick<Address, "namespace" | "service" | "port">,
) {
    const path = `/api/v1/namespaces/${namespace}`;
    const { spec } = jsonOf<Service>(await call(`${path}/services/${service}`), `Service ${service}`);
    if (!spec.selector) throw new Error(`the Service ${service} selects no pods`);
    const query = { labelSelector: selectorText(spec.selector) };
    const { items } = jsonOf<PodList>(await call(`${path}/pods`, { query }), `pods of ${service}`);
    const ready = items.filter(
        ({ metadata, status }) =>
            !metadata.deletionTimestamp &&
            status?.conditions?.some(({ type, status }) => type === "Ready" && status === "True"),
    );
    const pod = ready[0];
    if (!pod) throw new Error(`${service} has no pod that is ready`);
    const wanted = spec.ports.find((each) => each.port === port)?.targetPort ?? port;
    const named = pod.spec.containers.flatMap(({ ports = [] }) => ports).find(({ name }) => name === wanted);
    const target = typeof wanted === "number" ? wanted : named?.containerPort;
    if (target === undefined) throw new Error(`${pod.metadata.name} has no port "${wanted}"`);
    return { pod: pod.metadata.name, port: target };
}
