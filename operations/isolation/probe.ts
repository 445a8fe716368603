/** Whether identities are told apart (docs/identities.md): what each sees of the others' series, and what it can write as them. */
import { firstSlotOf } from "../../agent/load/series.ts";
import type { LoadPlan } from "../../agent/load/types.ts";
import { remoteWriteBody, remoteWriteHeaders } from "../../agent/remote-write.ts";
import { UserError } from "../../support/errors.ts";
import { waitFor } from "../../support/wait.ts";
import { type HttpRequest, type HttpResponse, jsonOf } from "../access/http.ts";
import type { QueryAnswer } from "../access/m3.ts";
import type { Sender } from "../load/door.ts";

/** Seconds until what was written is to be seen. */
const seenWithin = 30;
const posing = "m3perf_posing";

/** What was seen of one load by those that may read, and of samples that were sent with another's labels. Part of run.json. */
export interface Isolation {
    at: number;
    readers: {
        identity: string;
        /** all: it is an operator, to whom nothing is foreign. */
        reads: "own" | "all";
        /** Series of the load that are its own to see, and how many of them it saw. */
        own: number;
        ownSeen: number;
        foreignSeen: number;
    }[];
    posers: {
        identity: string;
        /** Whose labels it sent. */
        as: string;
        /** How it was answered, and under whose name the sample is; null: under nobody's, or nowhere. */
        status: number;
        under: string | null;
    }[];
}

export interface Probe {
    /** Who may read and write, with tokens. */
    identities: (Sender & { reads: "own" | "all"; writes: boolean })[];
    /** The load that goes on, whose tenants are the identities that write, in their order. */
    plan: LoadPlan;
    call(path: string, request: HttpRequest): Promise<HttpResponse>;
    now(): number;
}

/** Throws UserError where nobody can look: somebody has to see all. */
export async function probeIsolation({ identities, plan, call, now }: Probe): Promise<Isolation> {
    const writers = identities.filter(({ writes }) => writes);
    const operator = identities.find(({ reads }) => reads === "all");
    if (!operator || writers.length < 2) {
        throw new UserError("whether clusters are told apart cannot be seen here", {
            what: `${writers.length} identities write, and ${operator ? "one" : "none"} reads all`,
            next: "two that write and one that reads all in m3perf:identities",
        });
    }
    const ask = async (as: Sender, query: string) => {
        const headers = { Authorization: `Bearer ${as.token}` };
        const answer = jsonOf<QueryAnswer>(await call("/api/v1/query", { query: { query }, headers }), "m3gateway");
        return answer.data?.result ?? [];
    };
    const run = `run=${JSON.stringify(plan.run)}`;
    const readers = await Promise.all(
        identities.map(async (identity) => {
            const counted = await ask(identity, `count by (tenant) ({${run},slot=~".+"})`);
            const seen = new Map(counted.map(({ metric, value }) => [metric.tenant ?? "", Number(value?.[1] ?? 0)]));
            return { identity: identity.name, reads: identity.reads, ...split(identity, writers, plan, seen) };
        }),
    );
    const pairs = writers.flatMap((by) => writers.filter((as) => as !== by).map((as) => ({ by, as })));
    const sent = await Promise.all(
        pairs.map(async ({ by, as }) => {
            const labels = { ...as.labels, __name__: posing, run: plan.run, by: by.name, posing_as: as.name };
            const body = remoteWriteBody([{ labels, samples: [{ value: 1, time: now() }] }]);
            const headers = { ...remoteWriteHeaders, Authorization: `Bearer ${by.token}` };
            const answer = await call("/api/v1/prom/remote/write", { method: "POST", headers, body });
            return { by, as, status: answer.status };
        }),
    );
    const taken = sent.filter(({ status }) => status < 300).length;
    const found = await waitFor(
        { what: `${taken} samples with another's labels`, timeout: seenWithin, every: 1 },
        async () => {
            const series = await ask(operator, `${posing}{${run}}`);
            return series.length >= taken && series;
        },
    );
    const posers = sent.map(({ by, as, status }) => {
        const one = found.find(({ metric }) => metric.by === by.name && metric.posing_as === as.name);
        const under = one && writers.find(({ labels }) => within(labels, one.metric));
        return { identity: by.name, as: as.name, status, under: under?.name ?? null };
    });
    return { at: now(), readers, posers };
}

/** Of the series that somebody saw, by tenant: its own and others'. For one that reads all, all are its own. */
function split(
    { name, reads }: Probe["identities"][number],
    writers: Sender[],
    plan: LoadPlan,
    seen: Map<string, number>,
): { own: number; ownSeen: number; foreignSeen: number } {
    const mine = writers.map((writer, tenant) => ({ tenant, own: reads === "all" || writer.name === name }));
    const sum = (numbers: number[]) => numbers.reduce((total, one) => total + one, 0);
    const ofTenant = ({ tenant }: { tenant: number }) =>
        (firstSlotOf(plan, tenant + 1) - firstSlotOf(plan, tenant)) * plan.replicas;
    const ownSeen = sum(mine.filter(({ own }) => own).map(({ tenant }) => seen.get(`tenant-${tenant}`) ?? 0));
    return {
        own: sum(mine.filter(({ own }) => own).map(ofTenant)),
        ownSeen,
        foreignSeen: sum([...seen.values()]) - ownSeen,
    };
}

const within = (labels: Record<string, string>, metric: Record<string, string>) =>
    Object.entries(labels).every(([name, value]) => metric[name] === value);
