import { NoAnswer } from "../../support/errors.ts";
import type { CheckContext } from "../checks/check.ts";
import { type HttpRequest, jsonOf } from "./http.ts";

/** Ports of M3's processes (facts.md 4). */
export const m3Ports = {
    dbnodeHttp: 9002,
    dbnodeDebug: 9004,
    coordinatorHttp: 7201,
    aggregatorHttp: 6001,
    aggregatorMetrics: 6002,
} as const;

export interface PlacementInstance {
    id: string;
    isolationGroup?: string;
    endpoint: string;
    shards?: { id: number; state: string }[];
}

/** GET /api/v1/services/<service>/placement. proto3 JSON leaves zero values out. */
export interface Placement {
    placement: {
        instances?: Record<string, PlacementInstance>;
        replicaFactor?: number;
        numShards?: number;
        isSharded?: boolean;
    };
    version?: number;
}

export interface Topic {
    topic: {
        name: string;
        numberOfShards?: number;
        consumerServices?: {
            serviceId: { name: string; environment: string; zone: string };
            consumptionType?: string;
        }[];
    };
}

/** GET /api/v1/services/m3db/namespace. */
export interface Namespaces {
    registry: {
        namespaces?: Record<
            string,
            {
                retentionOptions?: { retentionPeriodNanos?: string; blockSizeNanos?: string; bufferPastNanos?: string };
                indexOptions?: { blockSizeNanos?: string };
                stagingState?: { status?: string };
                repairEnabled?: boolean;
                aggregationOptions?: {
                    aggregations?: { aggregated?: boolean; attributes?: { resolutionNanos?: string } | null }[];
                };
            }
        >;
    };
}

/** The namespace that holds every sample as it came. */
export const unaggregatedOf = ({ cluster }: CheckContext["environment"]): string =>
    cluster.namespaces.find(({ resolution }) => resolution === undefined)?.name ?? "default";

/** An administrative question to M3; see callM3. */
export const askM3 = <T>(
    context: Pick<CheckContext, "environment" | "kubernetes">,
    path: string,
    headers: Record<string, string> = {},
): Promise<T> => callM3<T>(context, path, { headers });

/**
 * An administrative call to M3. The coordinators inside the dbnodes answer it (as in the manual run), in turn until one does:
 * they do not depend on the dedicated coordinators, which have checks of their own. `without`: a pod that is not asked.
 */
export async function callM3<T>(
    { environment, kubernetes }: Pick<CheckContext, "environment" | "kubernetes">,
    path: string,
    request: HttpRequest,
    without?: string,
): Promise<T> {
    const { namespace, cluster } = environment;
    const headers = { "Cluster-Environment-Name": cluster.m3Environment, ...request.headers };
    let last: Error = new NoAnswer("the cluster has no pods");
    for (const pod of cluster.pods.filter((one) => one !== without)) {
        try {
            const response = await kubernetes.pod(namespace, pod, m3Ports.coordinatorHttp, path, {
                ...request,
                headers,
            });
            return jsonOf<T>(response, `${pod} ${path}`);
        } catch (error) {
            last = error instanceof Error ? error : new Error(String(error));
        }
    }
    throw last;
}

/** Nanoseconds of a Go duration such as "48h", "48h0m0s" or "1m30s". */
export function nanosecondsOf(duration: string): number {
    const units: Record<string, number> = { h: 3600e9, m: 60e9, s: 1e9, ms: 1e6 };
    let total = 0;
    for (const [, amount, unit] of duration.matchAll(/(\d+(?:\.\d+)?)(ms|h|m|s)/g)) {
        total += Number(amount) * (units[unit ?? ""] ?? 0);
    }
    return total;
}

/** One series of a Prometheus-style answer: [unix seconds, value as text]. */
export interface Series {
    metric: Record<string, string>;
    values?: [number, string][];
    value?: [number, string];
}

export interface QueryAnswer {
    status: string;
    error?: string;
    data?: { resultType: string; result: Series[] };
}
