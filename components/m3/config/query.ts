import type { Scenario } from "../../../settings/index.ts";
import { type M3Identity, ports } from "../identity.ts";
import { api, noWrites } from "./common.ts";
import { overridden } from "./file.ts";

type Query = Scenario["query"];

/**
 * m3query. It listens to its own pod alone: in front of it, agent/query-front.ts refuses writes, which m3query would answer with 200
 * and drop (facts.md 4); the filter stays, as a second lock. The prefix makes its series the ones that the manual run asks for
 * ("query_fetch_success").
 */
export function queryConfig(identity: M3Identity, query: Query, tags: Scenario["coordinator"]["tags"]) {
    const config = {
        ...api(identity, {
            prefix: "query",
            listen: `127.0.0.1:${ports.queryBehindFront}`,
            metricsPort: ports.metrics,
            tags,
            // Never used, but M3 wants one.
            writeConsistency: "majority",
            readConsistency: query.readConsistency,
            writeBatch: noWrites,
        }),
        filter: { write: "allow_none" },
        ...answering(query),
    };
    return overridden(config, query.config);
}

/** What a process has that answers queries: m3query, or an integrated coordinator. */
export function answering(query: Query) {
    const { maxFetchedSeries, maxFetchedDocs, maxFetchedRange, instanceMultiple, requireExhaustive } = query;
    return {
        limits: {
            perQuery: {
                maxFetchedSeries,
                ...(maxFetchedDocs === undefined ? {} : { maxFetchedDocs }),
                ...(maxFetchedRange === undefined ? {} : { maxFetchedRange }),
                ...(instanceMultiple === undefined ? {} : { instanceMultiple }),
                requireExhaustive,
            },
        },
        query: {
            timeout: query.timeout,
            ...(query.maxSamples === undefined ? {} : { prometheus: { maxSamplesPerQuery: query.maxSamples } }),
        },
        lookbackDuration: query.lookback,
        ...otherZones(query),
    };
}

/** Reads over several zones: M3 asks each and merges the series; writes stay at home (query/server/query.go, newStorages). */
function otherZones({ remotes, serveRemotes }: Query) {
    if (remotes.length === 0 && !serveRemotes) return {};
    return {
        rpc: {
            enabled: true,
            ...(serveRemotes ? { listenAddress: `0.0.0.0:${ports.rpc}` } : {}),
            ...(remotes.length === 0
                ? {}
                : {
                      remotes: remotes.map(({ name, addresses, errorBehavior }) => ({
                          name,
                          remoteListenAddresses: addresses,
                          errorBehavior,
                      })),
                  }),
        },
    };
}

export const needsOtherZones = ({ remotes }: Query) => remotes.some(({ errorBehavior }) => errorBehavior === "fail");
