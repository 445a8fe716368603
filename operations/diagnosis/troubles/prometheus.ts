import type { Seen } from "../seen.ts";
import { run, type Trouble, told } from "../trouble.ts";

const elsewhere = /^Prometheus writes to (.*), not to /;

/** Remote write that goes to the query service, by its host. */
function toQuery(seen: Seen) {
    const { query } = seen.environment;
    return seen.find("prometheus.remote_write", elsewhere).filter(({ about }) =>
        about.split(", ").some((url) => {
            const host = URL.canParse(url) ? new URL(url).hostname : "";
            return host === query.service || host.startsWith(`${query.service}.`);
        }),
    );
}

export const remoteWriteToQuery: Trouble = {
    id: "remote-write-to-query",
    title: "Remote write is aimed at m3query",
    looks: [
        "nothing new arrives in M3; M3's own query process would answer 200 and drop each write without a word",
        "here a front in m3query's pod refuses writes with 403, so Prometheus logs m3query only answers queries and drops the samples",
    ],
    cause: "the address of the query service stands in remote_write: the two services look alike",
    tells: {
        "prometheus.remote_write": "Prometheus writes to http://m3query.m3db:7201/…, not to http://m3coordinator…",
    },
    wake: ["prometheus.settings", "prometheus.series", "data.aggregated"],
    brings: () => [
        "prometheus-changed",
        "series-missing",
        "aggregates-missing",
        "remote-write-refused",
        "remote-write-backlog",
    ],
    fix: ({ inspect }) => [
        ...inspect.map((command) => run(command)),
        run("m3perf up --refresh", "sets remote write again; or put the coordinators' address there yourself"),
    ],
    prevention: "let m3perf up write remote_write: the settings refuse this address",
    docs: "docs/prometheus.md",
    recognise: (seen) => told(toQuery(seen)),
};

export const prometheusChanged: Trouble = {
    id: "prometheus-changed",
    title: "Prometheus' configuration is not what the stack sets",
    looks: [
        "samples stop to arrive, or arrive under other labels, after somebody edited prometheus.yml or upgraded a chart",
    ],
    cause: "the configuration was changed by other hands, or Prometheus has not loaded it",
    tells: {
        "prometheus.settings":
            "no remote write to …; external label cluster is x, not y; queue_config.max_shards is 10, not 50",
        "prometheus.remote_write": "Prometheus writes to nowhere, not to …",
        "prometheus.remote_read": "Prometheus reads from nowhere, not from …",
    },
    wake: ["prometheus.series", "data.aggregated"],
    brings: () => ["series-missing", "aggregates-missing", "remote-read-fails", "remote-write-backlog"],
    fix: ({ inspect }) => [
        ...inspect.map((command) => run(command)),
        run("m3perf up --refresh", "sets it again, and leaves the owner's own parts as they are"),
    ],
    prevention:
        "change these parts in the stack's settings alone; with Helm, give the chart what m3perf helm-values prints",
    docs: "docs/prometheus.md",
    recognise: (seen) =>
        told([
            ...seen.find("prometheus.settings", /^(no remote write|queue_config\.\w+|external label \S+|it runs as)/),
            ...seen.find("prometheus.remote_write", elsewhere),
            ...seen.find("prometheus.remote_read", /^Prometheus reads from (.*), not from /),
        ]),
};

const told60 = /([\d.]+) s behind/;

export const remoteWriteBacklog: Trouble = {
    id: "remote-write-backlog",
    title: "Prometheus' remote write falls behind",
    looks: [
        "the newest samples in M3 are minutes old; prometheus_remote_storage_samples_pending grows, shards are at their maximum",
        "Prometheus keeps what it has not sent for about two hours of its write-ahead log; later it is lost",
    ],
    cause: "the coordinators do not answer Prometheus (network, Service, firewall) or take less than it sends",
    tells: { "prometheus.remote_write": "… pending, 95.0 s behind" },
    wake: ["prometheus.series", "data.aggregated", "prometheus.settings"],
    brings: () => ["series-missing", "aggregates-missing"],
    fix: ({ namespace, monitoring }) => [
        run(`kubectl -n ${namespace} get service,endpoints m3coordinator`),
        run(
            `kubectl -n ${namespace} top pods -l app=m3coordinator; kubectl -n ${namespace} logs deployment/m3coordinator --tail=30`,
        ),
        run(`kubectl -n ${monitoring} get pods`, "what does Prometheus log of remote write?"),
        "too slow: more coordinators or more cpu (m3perf size), or more shards (m3perf:prometheus.remoteWrite.queue)",
    ],
    prevention: "plan with m3perf size; alert on the lag of remote write",
    docs: "docs/prometheus.md",
    recognise: (seen) =>
        told(
            seen
                .find("prometheus.remote_write", told60)
                .filter(({ about, line }) => Number(about) > 60 || line.startsWith("0 samples sent"))
                .map(({ line }) => ({ line, about: "remote write" })),
        ),
};

export const remoteWriteRefused: Trouble = {
    id: "remote-write-refused",
    title: "M3 refuses samples of Prometheus",
    looks: ["gaps in series; Prometheus logs non-recoverable error with the coordinators' words"],
    cause: "samples too old (bufferPast) or too far ahead (bufferFuture), a limit of new series, or a wrong token at the gateway",
    tells: { "prometheus.remote_write": "1200 samples sent, 340 refused, 0 pending, 2.0 s behind" },
    wake: ["prometheus.series"],
    brings: () => ["series-missing"],
    fix: ({ namespace, monitoring }) => [
        run(`kubectl -n ${monitoring} get pods`, "what does Prometheus log of remote write?"),
        run(`kubectl -n ${namespace} logs deployment/m3coordinator --tail=50`),
    ],
    prevention: "clocks kept by NTP (m3perf doctor); limits planned for the peak of new series",
    docs: "docs/prometheus.md",
    recognise: (seen) =>
        told(
            seen.find("prometheus.remote_write", /^\d+ samples sent, (\d+) refused/).filter(({ about, line }) => {
                const behind = Number(told60.exec(line)?.[1] ?? 0);
                return Number(about) > 0 && behind <= 60;
            }),
        ),
};

export const prometheusNotAnswering: Trouble = {
    id: "prometheus-not-answering",
    title: "Prometheus does not answer",
    looks: ["its page cannot be reached; nothing is scraped, so nothing new arrives in M3"],
    cause: "its pod is down, starts (it reads its write-ahead log first), or its Service leads nowhere",
    tells: {
        "prometheus.remote_write": "Prometheus /metrics answered 503: no endpoints available",
        "prometheus.settings": "the same",
    },
    wake: ["prometheus.series", "prometheus.remote_read", "data.aggregated"],
    brings: () => ["series-missing", "aggregates-missing", "remote-read-fails"],
    fix: ({ monitoring }) => [
        run(`kubectl -n ${monitoring} get pods,endpoints -o wide`),
        run(`kubectl -n ${monitoring} get events --sort-by=.lastTimestamp`),
    ],
    prevention: "memory with room to spare; alert on Prometheus from outside (a dead man's switch)",
    docs: "docs/prometheus.md",
    recognise(seen) {
        const lines = seen.find(
            ["prometheus.remote_write", "prometheus.settings"],
            /^(Prometheus) \/\S+ answered|ECONNREFUSED|no result within/,
        );
        return seen.failed("prometheus.remote_write") && seen.failed("prometheus.settings") && lines.length > 1
            ? told(lines)
            : undefined;
    },
};

export const seriesMissing: Trouble = {
    id: "series-missing",
    title: "What Prometheus scrapes does not arrive in M3",
    looks: ["a job's series are in Prometheus and not in M3, or end some minutes ago"],
    cause: "remote write drops it (write_relabel_configs), does not keep up, or goes to another M3 than m3query reads",
    tells: { "prometheus.series": "job node: nothing in M3; job m3: newest sample in M3 is 240 s old" },
    wake: [],
    brings: () => ["aggregates-missing"],
    fix: ({ inspect }) => inspect.map((command) => run(command)),
    prevention: "run m3perf verify after each change of Prometheus",
    docs: "docs/prometheus.md",
    recognise: (seen) => told(seen.find("prometheus.series", /^job (\S+): /), { sure: "likely" }),
};

export const remoteReadFails: Trouble = {
    id: "remote-read-fails",
    title: "Prometheus does not read from M3",
    looks: ["queries in Prometheus end where its own storage does; older samples are in M3 only"],
    cause: "m3query does not answer Prometheus, reads another cluster, or external labels differ from those written",
    tells: { "prometheus.remote_read": "marker … was written to M3; Prometheus answers nothing" },
    wake: [],
    brings: () => [],
    fix: ({ namespace, inspect }) => [
        run(`kubectl -n ${namespace} get service,endpoints m3query`),
        ...inspect.map((command) => run(command)),
    ],
    prevention: "run m3perf verify after each change of Prometheus",
    docs: "docs/prometheus.md",
    recognise(seen) {
        const lines = seen.lines("prometheus.remote_read").filter((line) => !/^Prometheus reads from /.test(line));
        return told(
            lines.map((line) => ({ line, about: "remote read" })),
            { sure: "likely" },
        );
    },
};
