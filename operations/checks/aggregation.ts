import type { EnvironmentNamespace } from "../../settings/environment.ts";
import { nanosecondsOf, type Series } from "../access/m3.ts";
import { askEach, type Check, type CheckContext, count, fail, pass } from "./check.ts";
import { queryM3 } from "./data.ts";

/** A value of an aggregated namespace comes this much after its window, flush and late samples included; generous. */
const slack = 120;
/** A namespace with a longer resolution has its first value too late for a check of a new environment. */
const longest = 300;

/** Namespaces that get every sample soon: what Prometheus sends must show there. */
function checkable({ environment }: CheckContext): EnvironmentNamespace[] {
    return environment.cluster.namespaces.filter(
        ({ resolution, match, samples }) =>
            resolution !== undefined &&
            match === undefined &&
            samples === undefined &&
            secondsOf(resolution) <= longest,
    );
}

const secondsOf = (duration: string) => nanosecondsOf(duration) / 1e9;

/** The header's form of a namespace: "10s:48h" (metrics/policy). */
const policyOf = ({ resolution, retention }: EnvironmentNamespace) => `${resolution}:${retention}`;

/** Unix seconds of the newest value; undefined when there is none. Pure. */
function newest(series: Series[]): number | undefined {
    const times = series.flatMap(({ values = [] }) => values.map(([time]) => time));
    return times.length > 0 ? Math.max(...times) : undefined;
}

export const aggregatesArrive: Check = {
    id: "data.aggregated",
    system: "data",
    title: "what the aggregator makes of Prometheus' samples arrives in every aggregated namespace",
    source: "M3-Storage-Policy leads a query to one namespace (x/headers); facts.md 4: plain queries hide what is there alone",
    means: "Queries over long ranges have gaps: raw samples are there, aggregated ones are not.",
    async run(context) {
        const namespaces = new Map(checkable(context).map((namespace) => [namespace.name, namespace]));
        if (namespaces.size === 0) return pass("no aggregated namespace that gets every sample within 5 minutes");
        const now = Math.floor(context.now() / 1000);
        const { answers, errors } = await askEach([...namespaces.keys()], async (name) => {
            const namespace = namespaces.get(name) as EnvironmentNamespace;
            const range = 2 * secondsOf(namespace.resolution ?? "") + slack;
            const answer = await queryM3(context, `up[${range}s]`, now, {
                "M3-Metrics-Type": "aggregated",
                "M3-Storage-Policy": policyOf(namespace),
            });
            const at = newest(answer.data?.result ?? []);
            return at === undefined ? `nothing in the last ${range} s` : now - at;
        });
        const wrong = [...errors];
        for (const { name, answer } of answers) if (typeof answer === "string") wrong.push(`${name}: ${answer}`);
        if (wrong.length === 0) {
            return pass(
                `${count(answers.length, "namespace")}: ${answers.map(({ name, answer }) => `${name} ${answer} s ago`).join(", ")}`,
            );
        }
        return fail(
            wrong,
            "the aggregator does not flush or the coordinators do not take its values, Prometheus has not sent for a while, or it is too early: the first value comes after two resolutions, bufferPast and some seconds",
            `kubectl -n ${context.environment.namespace} logs statefulset/${context.environment.aggregator.workload.name}`,
        );
    },
};
