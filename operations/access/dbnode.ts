import type { CheckContext } from "../checks/check.ts";
import { type HttpRequest, type HttpResponse, jsonOf } from "./http.ts";
import { m3Ports } from "./m3.ts";

/**
 * The HTTP API of one database node (M3 1.5.0: dbnode/network/server/httpjson/node; each method of rpc.thrift's service Node is a
 * path). It answers from this node's own copy and merges nothing, which is what coordinator and m3query hide. Only methods that
 * take ids are of use: /query and /aggregate panic there (x/context.StartSampledTraceSpan gets no Go context), and the connection ends.
 */
async function ask(context: CheckContext, pod: string, method: string, body: object): Promise<HttpResponse> {
    return await unbroken(context, pod, m3Ports.dbnodeHttp, `/${method}`, { method: "POST", body });
}

/** The page of this process's own metrics, some 550 KB. 9004 is its debug port; 7203 has those of the coordinator inside it. */
export async function dbnodeMetrics(context: CheckContext, pod: string): Promise<string> {
    const { status, body } = await unbroken(context, pod, m3Ports.dbnodeDebug, "/metrics", {});
    if (status !== 200) throw new Error(`${pod} /metrics answered ${status}`);
    return body;
}

async function unbroken(
    { environment, kubernetes }: CheckContext,
    pod: string,
    port: number,
    path: string,
    request: HttpRequest,
): Promise<HttpResponse> {
    for (let tries = 1; ; tries += 1) {
        try {
            return await kubernetes.pod(environment.namespace, pod, port, path, request);
        } catch (error) {
            if (tries === triesOfBrokenOff || !brokeOff(error)) throw error;
        }
    }
}

/**
 * A busy API server breaks about 1 in 200 of these answers off after 4 KiB (seen with Kubernetes 1.35; "Timeout or abort while handling"
 * in its log), which straight to the pod none does. All methods that we use only read, so they are asked again.
 */
const triesOfBrokenOff = 4;
const brokeOff = (error: unknown) => (error as NodeJS.ErrnoException).code === "ECONNRESET";

/** A node that has not answered many requests yet ends the connection of who asks for samples that are on its disk (access/in-memory.ts). */
export class EndedByM3 extends Error {
    constructor(pod: string, cause?: unknown) {
        const why = "the connection ended: M3 1.5.0 does so where the samples are on disk (docs/read-back.md)";
        super(`${pod} /fetch: ${why}`, cause === undefined ? {} : { cause });
    }
}

/** Unix seconds; the end is not part of it. M3 is asked for the whole seconds around it. */
export interface Range {
    start: number;
    end: number;
}

/** M3 refuses fractions with 400: rpc.thrift has integers. */
const wholeSeconds = ({ start, end }: Range) => ({ rangeStart: Math.floor(start), rangeEnd: Math.ceil(end) });

export interface NodeDatapoint {
    /** ms since 1970 */
    timestamp: number;
    value: number;
}

/**
 * One series' samples on one node; none where it does not know the series.
 * - "stale": one of them is no number, so that JSON cannot say it: Prometheus' marker that a target went away.
 * - "elsewhere": the node names another shard than `shard` for this id, which it has not: M3 hashes with another seed than we do.
 */
export async function fetchSeries(
    context: CheckContext,
    pod: string,
    { namespace, id, shard, range }: { namespace: string; id: string; shard: number; range: Range },
): Promise<NodeDatapoint[] | "stale" | "elsewhere"> {
    const answer = await ask(context, pod, "fetch", {
        nameSpace: namespace,
        id,
        ...wholeSeconds(range),
        resultTimeType: "UNIX_MILLISECONDS",
    }).catch((error: unknown) => {
        throw brokeOff(error) ? new EndedByM3(pod, error) : error;
    });
    // The API server's word for it (apimachinery, util/proxy/transport.go).
    if (answer.status === 503 && /\bEOF\b/.test(answer.body)) throw new EndedByM3(pod);
    if (answer.status === 500) {
        if (answer.body.includes("unsupported value: NaN")) return "stale";
        const named = shardRefused(answer.body);
        if (named !== undefined && named !== shard) return "elsewhere";
    }
    return jsonOf<{ datapoints: NodeDatapoint[] | null }>(answer, `${pod} /fetch`).datapoints ?? [];
}

/** Whether a node reads these ids: for each, what it says against it. An id that nobody has written is read, too, as nothing. */
export async function readErrors(
    context: CheckContext,
    pod: string,
    { namespace, ids, range }: { namespace: string; ids: string[]; range: Range },
): Promise<(string | undefined)[]> {
    const base64 = (text: string) => Buffer.from(text).toString("base64");
    const answer = await ask(context, pod, "fetchbatchraw", {
        nameSpace: base64(namespace),
        ids: ids.map(base64),
        ...wholeSeconds(range),
    });
    const { elements } = jsonOf<{ elements: { err?: { message: string } | null }[] }>(answer, `${pod} /fetchbatchraw`);
    return elements.map(({ err }) => err?.message);
}

/** The shard of which a node says that it has it not; undefined: it says no such thing. */
export function shardRefused(text: string): number | undefined {
    const named = /not responsible for shard (\d+)/.exec(text)?.[1];
    return named === undefined ? undefined : Number(named);
}
