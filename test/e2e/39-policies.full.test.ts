import assert from "node:assert/strict";
import { addressPlan } from "../../lab/cluster/addresses.ts";
import { requireLab } from "../../lab/cluster/index.ts";
import { type Cluster, type NetworkPolicy, passage } from "../../operations/policy/network-policy.ts";
import { waitFor } from "../../support/wait.ts";
import { type Caller, call, type Door, dismiss, doorsOf, opened } from "./callers.ts";
import { type Enforcement, enforcePolicies } from "./enforcement.ts";
import { kubectl, kubectlJson, lab, m3perf, m3perfJson, settingsWith, standsOn, type UpJson } from "./environment.ts";

/** Nobody that a policy names: the first would be a coordinator, were it in M3's namespace. */
const callers: Caller[] = [
    { name: "stranger", namespace: "default", labels: { app: "m3coordinator" } },
    { name: "bystander", namespace: "m3db", labels: {} },
    { name: "visitor", namespace: "monitoring", labels: {} },
];
const image = "docker.io/library/busybox:1.35.0";
const text = ({ pod, port }: Door) => `${pod}:${port}`;
const isStorage = ({ pod }: Door) => /^(etcd|m3-cluster)-/.test(pod);

interface Named {
    items: { metadata: { name: string; labels?: Record<string, string> } }[];
}
interface Targets {
    data: {
        activeTargets: { labels: Record<string, string>; health: string; lastError: string; lastScrape: string }[];
    };
}

async function policies(): Promise<Cluster> {
    const { items } = await kubectlJson<Named>("get", "namespaces");
    return {
        policies: (await kubectlJson<{ items: NetworkPolicy[] }>("get", "networkpolicies", "--all-namespaces")).items,
        namespaces: Object.fromEntries(items.map(({ metadata }) => [metadata.name, metadata.labels ?? {}])),
    };
}

/** What each caller comes through is what the policies promise it, door by door; retried while a firewall takes them in. */
async function compare(doors: readonly Door[]): Promise<Map<string, Door[]>> {
    const cluster = await policies();
    const found = new Map<string, Door[]>();
    for (const caller of callers) {
        const promised = doors.filter(({ pod, namespace, labels, port }) => {
            return passage(cluster, { from: caller, to: { name: pod, namespace, labels }, port }).passes;
        });
        await waitFor({ what: `doors of ${caller.name} to be the promised ones`, timeout: 90, every: 1 }, async () => {
            const open = await opened(caller, doors);
            found.set(caller.name, open);
            assert.deepEqual(open.map(text), promised.map(text), caller.name);
            return true;
        });
    }
    return found;
}

/** Every target of M3's has been scraped since, and answered. */
async function scraped(since: Date): Promise<number> {
    const path = "/api/v1/namespaces/monitoring/services/prometheus-server:9090/proxy/api/v1/targets?state=active";
    return await waitFor({ what: "each target of M3 to be scraped again", timeout: 120, every: 3 }, async () => {
        const { data } = JSON.parse(await kubectl("get", "--raw", path)) as Targets;
        const ours = data.activeTargets.filter(({ labels }) => labels.namespace === "m3db");
        const bad = ours.filter(({ health, lastScrape }) => health !== "up" || new Date(lastScrape) <= since);
        assert.deepEqual(
            bad.map(({ labels, health, lastError }) => `${labels.pod ?? labels.instance} ${health} ${lastError}`),
            [],
        );
        return ours.length;
    });
}

/** A network that enforces policies, unlike the lab's own: kube-router's firewall on each host (enforcement.ts). */
describe("e2e: network policies, enforced", function () {
    this.timeout(20 * 60_000);
    let enforcement: Enforcement | undefined;
    // The lab's API server is on no node, and m3perf's own questions come to pods from there (docs/network.md).
    const enabled = () => ({ enabled: true, allowFrom: [`${addressPlan(requireLab(lab).index).controlPlane}/32`] });

    before(async () => {
        standsOn("up", "up");
        await call(callers, image);
    });

    it("without them any pod comes to every port", async () => {
        const doors = await doorsOf("m3db");
        assert.ok(doors.length > 20, doors.map(text).join(" "));
        for (const caller of callers)
            assert.deepEqual((await opened(caller, doors)).map(text), doors.map(text), caller.name);
        enforcement = await enforcePolicies(lab);
        for (const caller of callers)
            assert.deepEqual((await opened(caller, doors)).map(text), doors.map(text), `${caller.name}, no policies`);
    });

    it("`up` with them passes every check", async () => {
        const result = await m3perfJson<UpJson>([
            "up",
            "--settings",
            await settingsWith({ "m3perf:networkPolicies": enabled() }),
        ]);
        assert.equal(result.failed, 0);
        enforcement?.check();
    });

    it("whoever they do not name is kept out, and whoever they name comes in", async () => {
        const found = await compare(await doorsOf("m3db"));
        const open = (name: string) => found.get(name) ?? [];
        for (const name of ["stranger", "bystander"]) {
            assert.deepEqual(open(name).filter(isStorage).map(text), [], name);
            assert.ok(
                open(name).some(({ port }) => port === 7201),
                "the coordinator's NodePort is anybody's",
            );
        }
        // Prometheus' namespace: metrics, and etcd's port with them.
        const visited = [
            ...new Set(
                open("visitor")
                    .filter(isStorage)
                    .map(({ port }) => port),
            ),
        ].sort((a, b) => a - b);
        assert.deepEqual(visited, [2379, 7203, 9004]);
    });

    it("Prometheus scrapes every target", async () => {
        assert.ok((await scraped(new Date())) >= 8);
    });

    it("pods that are made again find their way: new connections of each, to each", async () => {
        const { items } = await kubectlJson<Named>("-n", "m3db", "get", "pods");
        // One of each workload; of the databases one replica's.
        const workload = (name: string) => name.replace(/(-rep\d+-\d+|-\d+|-[a-z0-9]+-[a-z0-9]{5})$/, "");
        const names = items.map(({ metadata: { name } }) => name).filter((name) => name !== "bystander");
        const again = [...new Map(names.map((name) => [workload(name), name])).values()];
        assert.ok(again.length >= 6, again.join(" "));
        await kubectl("-n", "m3db", "delete", "pod", "--timeout=120s", ...again);
        await waitFor({ what: "every check to pass", timeout: 300, every: 5 }, async () => {
            const { code, stdout } = await m3perf(["verify", "--json"]);
            assert.equal(code, 0, stdout.slice(-3000));
            return true;
        });
        await scraped(new Date());
    });

    it("behind an exclusive gateway the gateway alone is anybody's, by its own policy and by these", async () => {
        const gateway = {
            "m3perf:identities": [{ name: "eu-1", labels: { cluster: "eu-1" } }],
            "m3perf:prometheus": { identity: "eu-1" },
        };
        const { allowFrom } = enabled();
        const ways: Record<string, unknown>[] = [
            { ...gateway, "m3perf:gateway": { nodePort: 32600, allowFrom } },
            { ...gateway, "m3perf:gateway": { nodePort: 32600 }, "m3perf:networkPolicies": enabled() },
        ];
        for (const changes of ways) {
            const result = await m3perfJson<UpJson>(["up", "--settings", await settingsWith(changes)]);
            assert.equal(result.failed, 0);
            const stranger = (await compare(await doorsOf("m3db"))).get("stranger") ?? [];
            assert.deepEqual(stranger.filter(({ port }) => port === 7201).map(text), []);
            assert.ok(stranger.some(({ pod }) => pod.startsWith("m3gateway-")));
            await scraped(new Date());
        }
    });

    it("without them again, every door is open again", async () => {
        const result = await m3perfJson<UpJson>(["up"]);
        assert.equal(result.failed, 0);
        const doors = await doorsOf("m3db");
        await waitFor({ what: "every door to be open", timeout: 60, every: 1 }, async () => {
            for (const caller of callers)
                assert.deepEqual((await opened(caller, doors)).map(text), doors.map(text), caller.name);
            return true;
        });
    });

    after(async function () {
        this.timeout(10 * 60_000);
        await enforcement?.stop();
        await dismiss(callers);
        await m3perf(["up"]); // the stages after this one have the stack's own settings
    });
});
