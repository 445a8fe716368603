import { jsonOf } from "../access/http.ts";
import { askEach, type Check, type CheckContext, count, fail, pass } from "./check.ts";

/** etcd's JSON gateway (etcd 3.4 and later) answers what etcdctl shows, with no shell in the image; int64 come as text. */
interface MemberList {
    members?: { ID: string; name?: string; peerURLs?: string[]; clientURLs?: string[]; isLearner?: boolean }[];
}
export interface Status {
    header: { cluster_id: string; member_id: string; revision?: string };
    version: string;
    dbSize?: string;
    dbSizeInUse?: string;
    /** etcd 3.6 and later. */
    dbSizeQuota?: string;
    leader?: string;
    raftTerm?: string;
    errors?: string[];
}

const clientPort = 2379;
/** Members are asked side by side while M3 goes on writing, so a small lag is no fault. */
const revisionLag = 200;

export function askEtcd<T>({ environment, kubernetes }: CheckContext, path: string, body: unknown) {
    const { namespace, etcd } = environment;
    return askEach(etcd.pods, async (pod) =>
        jsonOf<T>(await kubernetes.pod(namespace, pod, clientPort, path, { method: "POST", body }), `${pod} ${path}`),
    );
}

const podsNext = ({ environment: { namespace, etcd } }: CheckContext) =>
    `kubectl -n ${namespace} describe pod ${etcd.pods.join(" ")}`;

export const etcdMembers: Check = {
    id: "etcd.members",
    system: "etcd",
    title: "every etcd member knows the same members",
    source: "manual run: etcdctl member list",
    means: "The members do not agree on who they are: the next failure may cost the quorum.",
    async run(context) {
        const expected = [...context.environment.etcd.pods].sort();
        const { answers, errors } = await askEtcd<MemberList>(context, "/v3/cluster/member/list", {});
        const wrong = [...errors];
        for (const { name, answer } of answers) {
            const members = answer.members ?? [];
            const names = members.map((member) => member.name || `(not started: ${member.peerURLs?.join()})`).sort();
            if (names.join() !== expected.join()) wrong.push(`${name} lists ${names.join(", ") || "nobody"}`);
            for (const learner of members.filter((member) => member.isLearner)) {
                wrong.push(`${name} says that ${learner.name} is a learner, which does not vote`);
            }
        }
        if (wrong.length === 0) return pass(`${count(expected.length, "member")}: ${expected.join(", ")}`);
        return fail(
            wrong,
            "a member is down, or was replaced without being removed from the cluster",
            podsNext(context),
        );
    },
};

export const etcdHealth: Check = {
    id: "etcd.health",
    system: "etcd",
    title: "every etcd member is healthy",
    source: "facts.md 4: without quorum a restarted coordinator or query exits after 18 s",
    means: "With a majority left nothing stops; without one nothing can restart, elect or change, and database pods may be marked not ready.",
    async run(context) {
        const { namespace, etcd } = context.environment;
        const { answers, errors } = await askEach(etcd.pods, (pod) =>
            context.kubernetes.pod(namespace, pod, clientPort, "/health"),
        );
        const wrong = [...errors];
        for (const { name, answer } of answers) {
            if (answer.status !== 200 || !/"health"\s*:\s*"true"/.test(answer.body)) {
                wrong.push(`${name}: /health answered ${answer.status} ${answer.body.trim()}`);
            }
        }
        if (wrong.length === 0) return pass(`${etcd.pods.length} of ${etcd.pods.length} healthy`);
        const left = etcd.pods.length - wrong.length;
        const majority = Math.floor(etcd.pods.length / 2) + 1;
        const cause =
            left >= majority
                ? `${count(wrong.length, "member")} down; quorum is kept by ${left}`
                : `quorum is lost (${left} of ${etcd.pods.length} healthy, ${majority} needed): the data path goes on, but nothing restarts`;
        return fail(wrong, cause, podsNext(context));
    },
};

export const etcdLeader: Check = {
    id: "etcd.leader",
    system: "etcd",
    title: "etcd has one leader, and all members are at the same revision",
    source: "manual run: etcdctl endpoint status",
    means: "Placements, topics and namespaces may be read old or not be written.",
    async run(context) {
        const { answers, errors } = await askEtcd<Status>(context, "/v3/maintenance/status", {});
        const wrong = [...errors];
        const distinct = (pick: (status: Status) => string | undefined) =>
            new Set(answers.map(({ answer }) => pick(answer) ?? "none"));
        const told = (pick: (status: Status) => string | undefined) =>
            answers.map(({ name, answer }) => `${name}: ${pick(answer) ?? "none"}`).join(", ");
        const leaders = distinct((status) => status.leader);
        if (leaders.size > 1 || leaders.has("none") || leaders.has("0")) {
            wrong.push(`leaders seen: ${told((status) => status.leader)}`);
        }
        if (distinct((status) => status.header.cluster_id).size > 1) {
            wrong.push(`more than one cluster: ${told((status) => status.header.cluster_id)}`);
        }
        const revisions = answers.map(({ answer }) => Number(answer.header.revision ?? 0));
        if (Math.max(...revisions) - Math.min(...revisions) > revisionLag) {
            wrong.push(`revisions apart: ${told((status) => status.header.revision)}`);
        }
        for (const { name, answer } of answers) {
            for (const error of answer.errors ?? []) wrong.push(`${name}: ${error}`);
        }
        if (wrong.length > 0) {
            return fail(wrong, "the members do not see each other, or one lags behind its peers", podsNext(context));
        }
        const leader = answers.find(({ answer }) => answer.header.member_id === answer.leader)?.name ?? "a member";
        return pass(`${leader} leads, revision ${Math.max(...revisions)}, etcd ${answers[0]?.answer.version}`);
    },
};

export const etcdAlarms: Check = {
    id: "etcd.alarms",
    system: "etcd",
    title: "etcd has no alarm (no space, corrupt)",
    source: "etcd's operations guide: an alarm makes etcd refuse writes, so placements and namespaces cannot change",
    means: "etcd refuses writes until the alarm is disarmed: nothing of M3's set-up can change.",
    async run(context) {
        const path = "/v3/maintenance/alarm";
        const { answers, errors } = await askEtcd<{ alarms?: { memberID: string; alarm: string }[] }>(context, path, {
            action: "GET",
        });
        const alarms = new Set(answers.flatMap(({ answer }) => answer.alarms ?? []).map(({ alarm }) => alarm));
        if (errors.length === 0 && alarms.size === 0) return pass("none");
        return fail(
            [...errors, ...[...alarms].map((alarm) => `alarm ${alarm}`)],
            alarms.size > 0
                ? "etcd's database reached its quota, or a member's data is corrupt"
                : "a member did not answer",
            `kubectl -n ${context.environment.namespace} exec ${context.environment.etcd.pods[0]} -- env ETCDCTL_API=3 etcdctl alarm list`,
        );
    },
};
