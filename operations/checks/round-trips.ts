import type { EnvironmentService } from "../../settings/environment.ts";
import { jsonOf, shorten } from "../access/http.ts";
import { m3Ports, type QueryAnswer } from "../access/m3.ts";
import { untilNothing, valueAt } from "./again.ts";
import { askEach, type Check, type CheckContext, count, fail, pass } from "./check.ts";
import { podsOf } from "./services.ts";

const metric = "m3perf_verify_round_trip";
/** The same few series at each run: one for each place of a coordinator, not for each pod, whose names change. */
const tagsOf = (place: number) => ({ __name__: metric, coordinator: String(place) });

/** Of the points written (value by place), those that an answer of raw samples lacks or has otherwise. Pure. */
function missing(answer: QueryAnswer, time: number, written: Map<number, number>): string[] {
    const series = answer.data?.result ?? [];
    return [...written].flatMap(([place, value]) => {
        const samples = series.find((one) => one.metric.coordinator === String(place))?.values ?? [];
        const seen = samples.find(([at]) => at === time)?.[1];
        if (seen === undefined) return [`nothing at ${time} of coordinator ${place}`];
        return Number(seen) === value ? [] : [`${seen} instead of ${value} of coordinator ${place}`];
    });
}

async function write(
    { environment, kubernetes }: CheckContext,
    pod: string,
    place: number,
    time: number,
    value: number,
) {
    const body = { tags: tagsOf(place), timestamp: String(time), value };
    const path = "/api/v1/json/write";
    const request = { method: "POST", body } as const;
    const answer = await kubernetes.pod(environment.namespace, pod, m3Ports.coordinatorHttp, path, request);
    if (answer.status >= 300) throw new Error(`${path} answered ${answer.status}: ${shorten(answer.body)}`);
}

async function read({ environment, kubernetes }: CheckContext, pod: string, time: number): Promise<QueryAnswer> {
    const query = { query: `${metric}[30s]`, time: String(time) };
    const path = "/api/v1/query";
    const answer = await kubernetes.pod(environment.namespace, pod, m3Ports.coordinatorHttp, path, { query });
    return jsonOf<QueryAnswer>(answer, path);
}

export const roundTrips: Check = {
    id: "data.round_trips",
    system: "data",
    title: "a point written through each coordinator is read back exactly through each query process",
    source: "each pod by itself, through the API server: behind a Service, one bad process hides among the good",
    means: "One of the processes does not write or read though others do: a part of the senders loses samples, or a part of the readers sees gaps.",
    async run(context) {
        const { namespace, coordinator, query } = context.environment;
        const [writers, readers] = await Promise.all([podsOf(context, coordinator), podsOf(context, query)]);
        if (writers.length === 0 || readers.length === 0) {
            const absent = writers.length === 0 ? coordinator : query;
            return fail(
                `${told(absent)} has no pods`,
                "it was scaled to 0, or its pods cannot be created",
                `kubectl -n ${namespace} describe ${told(absent)}`,
            );
        }
        const time = Math.floor(context.now() / 1000);
        const sent = await askEach(writers, async (pod) => {
            const place = writers.indexOf(pod);
            await write(context, pod, place, time, valueAt(time, place));
            return place;
        });
        const written = new Map(sent.answers.map(({ answer: place }) => [place, valueAt(time, place)]));
        // M3 leaves out the sample at the very end of the range.
        const got = await askEach(readers, (pod) =>
            untilNothing(context, async () => missing(await read(context, pod, time + 1), time, written)),
        );
        const unread = [
            ...got.errors,
            ...got.answers.flatMap(({ name, answer }) => answer.map((one) => `${name}: ${one}`)),
        ];
        if (sent.errors.length === 0 && unread.length === 0) {
            return pass(
                `${count(writers.length, "coordinator")} × ${count(readers.length, "reader")}: ${[...written.values()].join(", ")} at ${time}`,
            );
        }
        const first = (sent.errors[0] ?? unread[0])?.split(":")[0];
        return fail(
            [
                ...sent.errors.map((error) => `written through ${error}`),
                ...unread.map((line) => `read through ${line}`),
            ],
            sent.errors.length > 0
                ? sent.errors.length === writers.length
                    ? "too few dbnodes take the write, or a namespace is not READY"
                    : "this coordinator alone does not write: it lost etcd or the dbnodes, or runs with another configuration"
                : got.errors.length + got.answers.filter(({ answer }) => answer.length > 0).length === readers.length
                  ? "no query process finds what was acknowledged: they read another cluster or namespace, or too few dbnodes answer"
                  : "this query process alone does not find it: it lost etcd or the dbnodes, or runs with another configuration",
            `kubectl -n ${namespace} logs ${first}`,
        );
    },
};

const told = ({ workload }: EnvironmentService) => `${workload.kind.toLowerCase()}/${workload.name}`;
