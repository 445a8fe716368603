import { gatewayPort } from "../../settings/prometheus/identity.ts";
import { isLive } from "../access/kubernetes.ts";
import { type Check, count, fail, pass } from "./check.ts";

/** What nobody without a token may get, and what nobody may reach at all. */
const closed = [
    { method: "POST", path: "/api/v1/prom/remote/write", status: 401 },
    { method: "POST", path: "/api/v1/prom/remote/read", status: 401 },
    { method: "GET", path: "/api/v1/query", status: 401 },
    { method: "GET", path: "/api/v1/labels", status: 401 },
    { method: "GET", path: "/api/v1/services/m3db/placement", status: 404 },
    { method: "GET", path: "/api/v1/json/write", status: 404 },
] as const;

/** The API server takes its callers' credentials off what its proxy passes on: these calls have no token. */
export const gatewayGuards: Check = {
    id: "gateway.guards",
    system: "gateway",
    title: "the gateway lets nobody in without a token, and nobody to M3's administration",
    source: "components/m3/gateway-config.ts; test/contract/gateway has the rest",
    means: "Anybody may write under another's labels, read what is not theirs, or change M3's administration.",
    async run({ environment, kubernetes }) {
        const { gateway, namespace } = environment;
        if (!gateway) return pass("no identities are set, so there is no gateway");
        const pods = await kubernetes.pods(namespace, gateway.workload.selector);
        const names = pods.filter(isLive).map(({ metadata }) => metadata.name);
        const logs = `kubectl -n ${namespace} logs deployment/${gateway.workload.name}`;
        if (names.length === 0)
            return fail("it has no pods", "it was scaled to 0, or its pods cannot be created", logs);
        const asked = names.flatMap((name) => closed.map((call) => ({ name, ...call })));
        const wrong = await Promise.all(
            asked.map(async ({ name, method, path, status }) => {
                const call = `${name}: ${method} ${path}`;
                try {
                    const answer = await kubernetes.pod(namespace, name, gatewayPort, path, { method });
                    return answer.status === status ? [] : [`${call} answers ${answer.status} instead of ${status}`];
                } catch (error) {
                    return [`${call}: ${error instanceof Error ? error.message : String(error)}`];
                }
            }),
        );
        if (wrong.flat().length > 0) {
            return fail(wrong.flat(), "its configuration was changed by other hands, or it does not run", logs);
        }
        const known = gateway.identities.map(({ name }) => name).join(", ");
        return pass(`${count(names.length, "pod")}; identities: ${known}`);
    },
};
