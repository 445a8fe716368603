import { run, type Trouble, told } from "../trouble.ts";

export const roundTripFails: Trouble = {
    id: "round-trip-fails",
    title: "What is written is not read back",
    looks: ["writes are refused, or queries lack samples that were acknowledged"],
    cause: "coordinators and queries look at different clusters or namespaces, or something between them and the dbnodes fails",
    tells: {
        "data.third_avenue": "checkout 1: nothing at …; or /api/v1/json/write answered 500",
        "data.round_trips": "written through POD: /api/v1/json/write answered 500; read through POD: nothing at …",
    },
    wake: ["prometheus.remote_read", "prometheus.series", "data.replicas", "data.holes"],
    brings: () => ["remote-read-fails", "series-missing", "replica-misses-writes"],
    fix: ({ namespace }) => [
        run(`kubectl -n ${namespace} logs deployment/m3coordinator --tail=30`),
        run(`kubectl -n ${namespace} logs deployment/m3query --tail=30`),
    ],
    prevention: "run m3perf verify after each change",
    docs: "docs/services.md",
    recognise(seen) {
        const replica = `${seen.environment.cluster.name}-rep`;
        const lines = [
            ...seen.lines("data.third_avenue"),
            ...seen.lines("data.round_trips"),
            // What it says of one replica is that replica's trouble.
            ...seen.lines("data.replicas").filter((line) => !line.startsWith(replica)),
        ];
        return told(
            lines.map((line) => ({ line, about: "writes and reads" })),
            { sure: "likely" },
        );
    },
};

export const aggregatesMissing: Trouble = {
    id: "aggregates-missing",
    title: "Aggregated series do not arrive",
    looks: ["dashboards over long ranges end some minutes ago, those of raw samples go on"],
    cause:
        "the aggregator does not flush, or the coordinators do not take its values; or its clock was ahead: it then says nothing for as " +
        "long as it had been ahead; or the environment is only minutes old",
    tells: { "data.aggregated": "metrics-10s_2d: nothing in the last 140 s" },
    wake: [],
    brings: () => [],
    fix: ({ namespace }) => [
        run(`kubectl -n ${namespace} logs statefulset/m3aggregator --tail=50`),
        run(`kubectl -n ${namespace} logs deployment/m3coordinator --tail=50 | grep -i m3msg`),
        run(
            `kubectl -n ${namespace} rollout restart statefulset/m3aggregator`,
            "where its clock was ahead: ends its silence; the aggregates since are lost, which waiting would have brought",
        ),
    ],
    prevention: "alert on the age of the newest aggregated sample",
    docs: "docs/services.md",
    recognise: (seen) => told(seen.find("data.aggregated", /^(\S+): /), { sure: "likely" }),
};
