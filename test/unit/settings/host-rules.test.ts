import assert from "node:assert/strict";
import { brokenHostRules, rolledNodes } from "../../../settings/host-rules.ts";
import type { Host } from "../../../settings/hosts.ts";
import { scenarioSchema } from "../../../settings/scenario.ts";
import type { Site } from "../../../settings/site.ts";

const node = (name: string, ...roles: Site["nodes"][number]["roles"]) => ({
    name,
    roles,
    address: `192.0.2.${name.length}`,
    cpu: 4,
    memory: "8Gi",
});
const site = (more: Partial<Site> = {}): Site => ({
    name: "here",
    nodes: [node("worker", "m3db"), node("repository", "repository")],
    storageClass: "local-path",
    prometheus: { namespace: "m", deployment: "p", configMap: "p", configKey: "k", service: "p", port: 80 },
    ...more,
});
const access = { host: "h", port: 22, user: "root", privateKeyFile: "/k", hostKey: "ssh-ed25519 AAAA", jump: null };
const hosts = (...names: string[]): Host[] => names.map((name) => ({ node: name, ssh: access }));
const problems = (config: object, where: Site, reachable: Host[]) =>
    brokenHostRules(where, scenarioSchema.parse(config), reachable).map(({ path, reason }) => `${path} ${reason}`);

describe("settings: what happens on hosts", () => {
    it("needs nothing by default", () => {
        assert.deepEqual(problems({}, site(), []), []);
    });

    it("a kernel of its own", () => {
        const shared = site({
            sharedKernel: true,
            repository: { size: "1Gi", source: { kind: "export", node: "repository", directory: "/srv" } },
        });
        const lines = problems(
            { kernel: { version: "latest" }, hosts: { tuning: true } },
            shared,
            hosts("worker", "repository"),
        );
        assert.equal(lines.length, 3);
        assert.match(lines[0] ?? "", /^m3perf:kernel\.version needs nodes with a kernel of their own/);
        assert.match(lines[1] ?? "", /^m3perf:hosts\.tuning needs/);
        assert.match(lines[2] ?? "", /^site here: repository\.source\.kind .*use local/);
    });

    it("nodes that exist, once each, with SSH", () => {
        const lines = problems(
            { kernel: { version: "6.1", nodes: ["worker", "worker", "wroker", "repository"] } },
            site(),
            hosts("worker"),
        );
        assert.equal(lines.length, 3);
        assert.match(lines[0] ?? "", /^m3perf:kernel\.nodes\[1\] is there twice/);
        assert.match(lines[1] ?? "", /nodes\[2\] is no node of site here: worker, repository/);
        assert.match(lines[2] ?? "", /nodes\[3\] has no SSH settings/);
    });

    it("somebody who answers SSH at all", () => {
        assert.equal(problems({ kernel: { version: "latest" }, roll: { id: "a" } }, site(), []).length, 2);
        assert.match(
            problems({ hosts: { tuning: true } }, site(), [])[0] ?? "",
            /^m3perf:hosts\.tuning no node of site here/,
        );
        assert.match(
            problems({ hosts: { tuning: true } }, site(), hosts("repository"))[0] ?? "",
            /^site here: nodes\[0\]\.ssh is missing/,
        );
    });

    it("an etcd that does without a member, where a node that may hold one is restarted", () => {
        const etcd = { members: 1 };
        const both = hosts("worker", "repository");
        const line = "m3perf:etcd.members does not go with m3perf:";
        for (const [name, asked] of Object.entries({ kernel: { version: "latest" }, roll: { id: "a" } })) {
            const [problem = "", ...more] = problems({ etcd, [name]: asked }, site(), both);
            assert.deepEqual(more, []);
            assert.ok(problem.startsWith(`${line}${name}: a node is restarted only while etcd has a quorum`), problem);
            assert.deepEqual(problems({ [name]: asked }, site(), both), []);
            assert.deepEqual(problems({ etcd, [name]: { ...asked, nodes: ["repository"] } }, site(), both), []);
        }
        const two = problems({ etcd, kernel: { version: "latest" }, roll: { id: "a" } }, site(), both);
        assert.equal(two.length, 1);
        assert.ok(two[0]?.startsWith(`${line}kernel and m3perf:roll: `), two[0]);
    });

    it("a repository on a node that is there and can be reached", () => {
        const at = (where: string) =>
            site({ repository: { size: "1Gi", source: { kind: "export", node: where, directory: "/srv" } } });
        assert.deepEqual(problems({}, at("repository"), hosts("repository")), []);
        assert.match(problems({}, at("repo"), [])[0] ?? "", /repository\.source\.node is no node/);
        assert.match(problems({}, at("repository"), [])[0] ?? "", /has no SSH settings/);
    });

    it("takes every host with SSH where none is named", () => {
        assert.deepEqual(rolledNodes(hosts("a", "b"), undefined), ["a", "b"]);
        assert.deepEqual(rolledNodes(hosts("a", "b"), ["b"]), ["b"]);
    });
});
