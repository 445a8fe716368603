import type { CheckContext } from "../checks/check.ts";
import { jsonOf } from "./http.ts";
import { m3Ports } from "./m3.ts";

/**
 * The HTTP API of one database node (M3 1.5.0: dbnode/network/server/httpjson/node; each method of rpc.thrift's service Node is a
 * path). It answers from this node's own copy and merges nothing, which is what coordinator and m3query hide.
 */
async function ask<T>(
    { environment, kubernetes }: CheckContext,
    pod: string,
    method: string,
    body: object,
): Promise<T> {
    const { namespace } = environment;
    const answer = await kubernetes.pod(namespace, pod, m3Ports.dbnodeHttp, `/${method}`, { method: "POST", body });
    return jsonOf<T>(answer, `${pod} /${method}`);
}

/** Unix seconds; the end is not part of it. */
export interface Range {
    start: number;
    end: number;
}

/** Of rpc.thrift's Query: a tag has this value, or all there is. */
export type NodeQuery = { term: { field: string; term: string } } | { all: object };

export interface NodeSeries {
    id: string;
    datapoints?: NodeDatapoint[];
}
export interface NodeDatapoint {
    timestamp: number;
    value: number;
}

/** Series of one node's index, at most `limit`; with their samples where `data` is wanted (times in ms). */
export async function findSeries(
    context: CheckContext,
    pod: string,
    query: { namespace: string; query: NodeQuery; range: Range; limit: number; data: boolean },
): Promise<NodeSeries[]> {
    const { results } = await ask<{ results: NodeSeries[] | null }>(context, pod, "query", {
        query: query.query,
        nameSpace: query.namespace,
        rangeStart: query.range.start,
        rangeEnd: query.range.end,
        limit: query.limit,
        noData: !query.data,
        resultTimeType: "UNIX_MILLISECONDS",
    });
    return results ?? [];
}

/** One series' samples on one node (times in ms); none where it does not know the series. */
export async function fetchSeries(
    context: CheckContext,
    pod: string,
    { namespace, id, range }: { namespace: string; id: string; range: Range },
): Promise<NodeDatapoint[]> {
    const { datapoints } = await ask<{ datapoints: NodeDatapoint[] | null }>(context, pod, "fetch", {
        nameSpace: namespace,
        id,
        rangeStart: range.start,
        rangeEnd: range.end,
        resultTimeType: "UNIX_MILLISECONDS",
    });
    return datapoints ?? [];
}

/** Whether a node reads these ids: for each, what it says against it. An id that nobody has written is read, too, as nothing. */
export async function readErrors(
    context: CheckContext,
    pod: string,
    { namespace, ids, range }: { namespace: string; ids: string[]; range: Range },
): Promise<(string | undefined)[]> {
    const base64 = (text: string) => Buffer.from(text).toString("base64");
    const { elements } = await ask<{ elements: { err?: { message: string } | null }[] }>(
        context,
        pod,
        "fetchbatchraw",
        {
            nameSpace: base64(namespace),
            ids: ids.map(base64),
            rangeStart: range.start,
            rangeEnd: range.end,
        },
    );
    return elements.map(({ err }) => err?.message);
}
