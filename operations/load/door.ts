/** Where writes and queries from outside of the cluster go to, and as whom: past a gateway nobody comes (docs/identities.md). */
import type { Environment } from "../../settings/environment.ts";
import { UserError } from "../../support/errors.ts";
import { hostOf } from "../access/host.ts";
import { type HttpCall, jsonOf } from "../access/http.ts";
import { gatewayAuthority, speaksTls } from "../access/secured.ts";
import { exitCodes } from "../cli/exit.ts";
import { loadTargets } from "./child.ts";
import { queryTargets } from "./reads-child.ts";

/** An identity with its token, a secret. */
export interface Sender {
    name: string;
    labels: Record<string, string>;
    token: string;
}

/** `senders`: who the load writes as, each a tenant of its own; none: there is no gateway. */
export interface WriteDoor {
    urls: string[];
    /** Certificate in PEM of the authority that https URLs' have to be from. Absent: plain http. */
    ca?: string;
    senders: Sender[];
}

/** `reader`: whose token queries carry, one that sees the series of all. */
export interface ReadDoor {
    urls: string[];
    reader?: Sender;
}

/** Throws UserError where there is no way. */
export async function writeDoor(environment: Environment, call: HttpCall): Promise<WriteDoor> {
    const urls = gatewayUrls(environment);
    if (!urls) return { urls: loadTargets(environment), senders: [] };
    const writers = identitiesOf(environment).filter(({ writes }) => writes);
    if (writers.length === 0) throw nobody(environment, "writes", "{name: load, labels: {cluster: load}}");
    const senders = await Promise.all(writers.map((one) => senderOf(one, environment, call)));
    return {
        urls: urls.map((url) => `${url}/api/v1/prom/remote/write`),
        senders,
        ...(await authorityOf(environment, call)),
    };
}

/** Throws UserError where there is no way. */
export async function readDoor(environment: Environment, call: HttpCall): Promise<ReadDoor> {
    const urls = gatewayUrls(environment);
    if (!urls) return { urls: queryTargets(environment) };
    const operator = identitiesOf(environment).find(({ reads }) => reads === "all");
    if (!operator) throw nobody(environment, "reads all", "{name: operator, reads: all, writes: false}");
    return { urls, reader: await senderOf(operator, environment, call) };
}

/** What a load sends with, tenant by tenant. */
export const tokensOf = ({ senders }: WriteDoor) => senders.map(({ token }) => token);

/** Every identity with its token, and what it may do. */
export const allSenders = (environment: Environment, call: HttpCall) =>
    Promise.all(
        identitiesOf(environment).map(async (one) => {
            const { reads, writes } = one;
            return { ...(await senderOf(one, environment, call)), reads, writes };
        }),
    );

const authorityOf = async (environment: Environment, call: HttpCall): Promise<{ ca?: string }> =>
    environment.gateway && speaksTls(environment.gateway) ? { ca: await gatewayAuthority(environment, call) } : {};

type Gateway = NonNullable<Environment["gateway"]>;
const identitiesOf = ({ gateway }: Environment): Gateway["identities"] => gateway?.identities ?? [];

/** Of the gateway's NodePort at each node that may carry it; undefined: loads go past it, or there is none. */
function gatewayUrls({ gateway, nodes, stack }: Environment): string[] | undefined {
    if (!gateway) return undefined;
    if (gateway.nodePort === undefined) {
        if (!gateway.exclusive) return undefined;
        throw new UserError(
            `the gateway of stack ${stack} has no NodePort`,
            {
                what: "it is the only way to M3, and from outside of the cluster there is none to it",
                next: "set m3perf:gateway.nodePort",
            },
            exitCodes.unavailable,
        );
    }
    return nodes
        .filter(({ roles }) => roles.includes("coordinator"))
        .map(({ address }) => `${new URL(gateway.url).protocol}//${hostOf(address)}:${gateway.nodePort}`);
}

async function senderOf(
    { name, labels, secret }: Gateway["identities"][number],
    { namespace }: Environment,
    call: HttpCall,
): Promise<Sender> {
    const path = `/api/v1/namespaces/${namespace}/secrets/${secret}`;
    const { data } = jsonOf<{ data?: { token?: string } }>(await call(path), `GET ${path}`);
    const token = Buffer.from(data?.token ?? "", "base64").toString();
    if (token !== "") return { name, labels, token };
    throw new UserError(`Secret ${secret} in ${namespace} holds no token`, {
        what: 'its key "token" is empty, or is not there',
        next: "m3perf up",
    });
}

const nobody = ({ stack }: Environment, what: string, example: string) =>
    new UserError(
        `no identity of stack ${stack} ${what}`,
        { what: "a load from outside of the cluster needs one", next: `add one to m3perf:identities: ${example}` },
        exitCodes.unavailable,
    );
