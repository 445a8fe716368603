import { keys } from "../../components/tls/files.ts";
import type { Environment } from "../../settings/environment.ts";
import { gatewayPort } from "../../settings/prometheus/identity.ts";
import { UserError } from "../../support/errors.ts";
import { exitCodes } from "../cli/exit.ts";
import { clientPort } from "../etcd/client.ts";
import { podBehind } from "../open/target.ts";
import { type HttpCall, jsonOf } from "./http.ts";
import type { Connection } from "./kubernetes.ts";
import { type Forwarder, sendOverTls, streamOverTls, type TlsFiles, type TlsTarget } from "./tls-forward.ts";

/**
 * The ways to a cluster, where what is asked of etcd's members and of the gateway goes by TLS if they speak nothing else (m3perf:tls):
 * then the API server's proxy, which every other call to a pod goes by, does not reach them.
 */
export function secured(
    connection: Connection,
    environment: Environment,
    forwarder: () => Promise<Forwarder> = once(() => forwarderOf(connection)),
): Connection {
    const doors = doorsOf(environment, connection.call);
    if (doors.length === 0) return connection;
    const targetOf = async (path: string): Promise<{ target: TlsTarget; rest: string } | undefined> => {
        const { namespace, kind, name, port, rest } = proxied(path) ?? {};
        const door = doors.find((one) => one.port === port && name !== undefined && one.has(name));
        if (!door || name === undefined || rest === undefined || namespace !== environment.namespace) return undefined;
        const { port: number } = door;
        const pod =
            kind === "pods" ? name : (await podBehind(connection.call, { namespace, service: name, port: number })).pod;
        const target = { namespace, pod, port: number, servername: door.servername(pod), files: await door.files() };
        return { target, rest };
    };
    return {
        ...connection,
        async call(path, request = {}) {
            const found = await targetOf(path);
            if (!found) return connection.call(path, request);
            return sendOverTls(await forwarder(), found.target, found.rest, request);
        },
        async stream(path, request) {
            const found = await targetOf(path);
            if (!found) return connection.stream(path, request);
            return streamOverTls(await forwarder(), found.target, found.rest, request);
        },
    };
}

interface Door {
    port: number;
    has(name: string): boolean;
    servername(pod: string): string;
    files(): Promise<TlsFiles>;
}

function doorsOf(environment: Environment, call: HttpCall): Door[] {
    const { namespace, etcd, gateway } = environment;
    const doors: Door[] = [];
    if (etcd.tls) {
        const { secret } = etcd.tls;
        doors.push({
            port: clientPort,
            has: (name) => etcd.pods.includes(name),
            servername: (pod) => `${pod}.${etcd.statefulSet}.${namespace}`,
            files: once(() => filesOf(call, namespace, secret)),
        });
    }
    if (gateway && speaksTls(gateway)) {
        doors.push({
            port: gatewayPort,
            has: (name) => name === gateway.service || name.startsWith(`${gateway.workload.name}-`),
            servername: () => `${gateway.service}.${namespace}`,
            files: once(async () => ({ ca: await gatewayAuthority(environment, call) })),
        });
    }
    return doors;
}

export const speaksTls = ({ url }: { url: string }) => url.startsWith("https:");

/** Certificate of the authority that the gateway's is from, out of the first token's Secret. */
export async function gatewayAuthority({ namespace, gateway }: Environment, call: HttpCall): Promise<string> {
    const secret = gateway?.identities[0]?.secret ?? "";
    return (await filesOf(call, namespace, secret, [keys.authority])).ca;
}

/** Certificates out of a Secret. Throws UserError where one is missing. */
export async function filesOf(
    call: HttpCall,
    namespace: string,
    secret: string,
    wanted: string[] = Object.values(keys),
): Promise<TlsFiles> {
    const path = `/api/v1/namespaces/${namespace}/secrets/${secret}`;
    const { data = {} } = jsonOf<{ data?: Record<string, string> }>(await call(path), `GET ${path}`);
    const missing = wanted.filter((key) => !data[key]);
    if (missing.length > 0) {
        throw new UserError(
            `Secret ${secret} in ${namespace} holds no ${missing.join(", ")}`,
            { what: "what speaks TLS cannot be asked without", next: "m3perf up, which makes it anew" },
            exitCodes.unavailable,
        );
    }
    const text = (key: string) => Buffer.from(data[key] ?? "", "base64").toString();
    const own = wanted.includes(keys.key) ? { cert: text(keys.certificate), key: text(keys.key) } : {};
    return { ca: text(keys.authority), ...own };
}

/** Of a path of the API server's proxy: where it leads, and the path there. Pure. */
function proxied(path: string) {
    const [, namespace, kind, name, port, rest] =
        /^\/api\/v1\/namespaces\/([^/]+)\/(pods|services)\/([^/:]+):(\d+)\/proxy(\/.*)$/.exec(path) ?? [];
    return namespace === undefined ? undefined : { namespace, kind, name, port: Number(port), rest };
}

/** A failure is not kept. */
function once<T>(make: () => Promise<T>): () => Promise<T> {
    let made: Promise<T> | undefined;
    return () => {
        made ??= make().catch((error: unknown) => {
            made = undefined;
            throw error;
        });
        return made;
    };
}

async function forwarderOf({ config }: Connection): Promise<Forwarder> {
    const { PortForward } = await import("../../support/kubernetes-client.ts");
    return new PortForward(config, false);
}
