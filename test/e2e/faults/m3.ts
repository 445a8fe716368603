/** M3's and etcd's own administration, as the faults use it: through pods, by the API server. */
import assert from "node:assert/strict";
import type { M3 } from "../../../agent/m3.ts";
import { M3Error } from "../../../agent/m3.ts";
import type { SetupPlan } from "../../../agent/setup-plan.ts";
import { makePlacementsAndTopics } from "../../../agent/setup-steps.ts";
import type { HttpRequest, HttpResponse } from "../../../operations/access/http.ts";
import { m3Ports } from "../../../operations/access/m3.ts";
import type { Hand } from "./fault.ts";

/** Asks a coordinator inside a dbnode. */
export function admin(
    { environment, kubernetes }: Hand,
    path: string,
    request: HttpRequest = {},
): Promise<HttpResponse> {
    const { namespace, cluster } = environment;
    const headers = { "Cluster-Environment-Name": cluster.m3Environment, ...request.headers };
    return kubernetes.pod(namespace, cluster.pods[0] ?? "", m3Ports.coordinatorHttp, path, { ...request, headers });
}

export async function remove(hand: Hand, path: string, headers: Record<string, string> = {}): Promise<void> {
    const { status, body } = await admin(hand, path, { method: "DELETE", headers });
    assert.ok(status < 300, `DELETE ${path}: ${status} ${body}`);
}

/** Has the set-up's own steps make what is missing, with the plan of the set-up job. */
export async function setUpAgain(hand: Hand): Promise<void> {
    const { namespace } = hand.environment;
    const text = await hand.kubectl("-n", namespace, "get", "jobs", "-l", "app=m3-setup", "-o", "json");
    const { items } = JSON.parse(text) as { items: SetupJob[] };
    const plan = items[0]?.spec.template.spec.containers[0]?.env.find(({ name }) => name === "M3PERF_SETUP")?.value;
    assert.ok(plan, "there is no set-up job");
    const call = async <T>(path: string, request: HttpRequest): Promise<T> => {
        const { status, body } = await admin(hand, path, request);
        if (status >= 300) throw new M3Error(status, `${path}: ${status} ${body}`);
        return (body === "" ? {} : JSON.parse(body)) as T;
    };
    const m3: M3 = {
        get: (path, headers = {}) => call(path, { headers }),
        post: (path, body, headers = {}) => call(path, { method: "POST", body, headers }),
        find: <T>(path: string, headers = {}) =>
            call<T>(path, { headers }).catch((error) => {
                if (error instanceof M3Error && error.status === 404) return undefined;
                throw error;
            }),
    };
    await makePlacementsAndTopics(JSON.parse(plan) as SetupPlan, m3, () => {});
}

interface SetupJob {
    spec: { template: { spec: { containers: { env: { name: string; value?: string }[] }[] } } };
}

/** etcd's JSON gateway of one member. */
export async function etcd<T>({ environment, kubernetes }: Hand, path: string, body: unknown): Promise<T> {
    const pod = environment.etcd.pods[0] ?? "";
    const answer = await kubernetes.pod(environment.namespace, pod, 2379, path, { method: "POST", body });
    assert.equal(answer.status, 200, `${path}: ${answer.body}`);
    return JSON.parse(answer.body) as T;
}

/** A frozen M3DBCluster: the operator repairs nothing meanwhile. */
export async function freeze({ environment, kubectl }: Hand, frozen: boolean): Promise<void> {
    const { namespace, cluster } = environment;
    const patch = JSON.stringify({ spec: { frozen: frozen ? true : null } });
    await kubectl("-n", namespace, "patch", "m3dbcluster", cluster.name, "--type", "merge", "-p", patch);
}
