import assert from "node:assert/strict";
import { etcdSpread } from "../../../settings/rules/failure-domains.ts";
import { brokenRules } from "../../../settings/rules.ts";
import type { Site } from "../../../settings/site.ts";
import { memoryOf } from "../../../settings/sizing.ts";
import { failureDomains, rolesOf, withRole } from "../../../settings/topology.ts";
import { warningsOf } from "../../../settings/warnings.ts";
import { node, scenario, siteWith, smallSite } from "./sites.ts";

const problems = (site: Site, config: object = {}) =>
    brokenRules(site, scenario(config)).map(
        ({ path, value, reason }) => `${path} = ${JSON.stringify(value)} ${reason}`,
    );
const only = (lines: string[]) => {
    assert.equal(lines.length, 1, lines.join("\n"));
    return lines[0] ?? "";
};
const three = [undefined, undefined, undefined];

describe("settings: layouts that lose a quorum", () => {
    it("are refused with one etcd member, but for the colocated baseline", () => {
        assert.match(
            only(problems(siteWith(three), { etcd: { members: 1 } })),
            /^m3perf:etcd\.members = 1 loses the quorum with one node.* 3 or 5 \(1 only with m3perf:isolation = colocated\)/,
        );
        assert.deepEqual(problems(siteWith(three), { etcd: { members: 1 }, isolation: "colocated" }), []);
    });

    it("are refused with more members or replicas than nodes", () => {
        assert.match(only(problems(siteWith(three), { etcd: { members: 5 } })), /two members on one node/);
        const lines = problems(siteWith([undefined, undefined]));
        assert.match(lines[0] ?? "", /replicationFactor = 3 would put two replicas on one node/);
        assert.match(lines[1] ?? "", /etcd\.members = 3 is more than the 2 node\(s\)/);
    });
});

describe("settings: failure domains", () => {
    it("are no matter where none is named, and right where each group has its own", () => {
        assert.deepEqual(problems(siteWith(three)), []);
        assert.deepEqual(problems(siteWith(["a", "b", "c"])), []);
        assert.deepEqual(problems(siteWith(["a", "b", "c", "a2", "b", "c"]), { etcd: { members: 5 } }), []);
    });

    it("are missing when only some of M3DB's nodes have one", () => {
        assert.match(
            only(problems(siteWith(["a", "b", undefined]))),
            /nodes\[2\]\.failureDomain = undefined is missing/,
        );
    });

    it("must not hold two replicas, nor a quorum of etcd", () => {
        const lines = problems(siteWith(["a", "b", "a"]));
        assert.equal(lines.length, 2, lines.join("\n"));
        assert.match(
            lines[0] ?? "",
            /nodes\[2\]\.failureDomain = "a" holds the isolation groups rep0 and rep2 \(worker-1, worker-3\): .* lose 2 replicas/,
        );
        assert.match(
            lines[1] ?? "",
            /etcd\.members = 3 puts 2 of 3 into the failure domain a, .* at least 3 failure domains/,
        );
    });

    it("are names that a label can hold", () => {
        const line = only(problems(siteWith(["rack 1", "b", "c"])));
        assert.match(line, /nodes\[0\]\.failureDomain = "rack 1" must be what a label of Kubernetes can hold/);
    });

    it("take etcd's members as evenly as one on each node allows", () => {
        const spread = (names: string[], members: number) => [
            ...etcdSpread(members, failureDomains(withRole(siteWith(names), "m3db"))).values(),
        ];
        assert.deepEqual(spread(["a", "b", "c", "a", "b", "c"], 3), [1, 1, 1]);
        assert.deepEqual(spread(["a", "b", "c", "a", "b", "c"], 5), [2, 2, 1]);
        assert.deepEqual(spread(["a", "a", "a", "a", "b", "c"], 5), [3, 1, 1]);
    });
});

describe("settings: nodes of M3DB's own, and shared ones", () => {
    it("refuses another role beside M3DB unless they are colocated", () => {
        const lines = problems(smallSite());
        assert.equal(lines.length, 3, lines.join("\n"));
        assert.match(
            lines[0] ?? "",
            /nodes\[0\]\.roles = \["m3db","coordinator","aggregator"\] must not have coordinator and aggregator beside m3db.*isolation to colocated/,
        );
        assert.deepEqual(problems(smallSite(), { isolation: "colocated" }), []);
    });

    it("lets M3DB's nodes take the other services when colocated, and no others", () => {
        assert.deepEqual(rolesOf(node("a", ["m3db"]), "colocated"), ["m3db", "coordinator", "aggregator"]);
        assert.deepEqual(rolesOf(node("a", ["m3db"]), "dedicated"), ["m3db"]);
        assert.deepEqual(rolesOf(node("a", ["coordinator"]), "colocated"), ["coordinator"]);
        const replicas = { coordinator: { replicas: 5 } };
        assert.deepEqual(problems(siteWith(three), { ...replicas, isolation: "colocated" }), []);
        assert.match(only(problems(siteWith(three), replicas)), /more than the 2 node\(s\) with the role coordinator/);
    });

    it("shares one node's memory among all, so that it fits from 4 GiB on", () => {
        for (const size of ["4Gi", "8Gi", "64Gi"]) {
            assert.deepEqual(problems(smallSite(size), { isolation: "colocated" }), [], size);
        }
        const { m3db, coordinator, query, aggregator } = memoryOf(smallSite(), scenario());
        assert.deepEqual([m3db, coordinator, query, aggregator], [3264, 1392, 1056, 640]);
        assert.match(
            only(problems(smallSite("2Gi"), { isolation: "colocated" })),
            /m3db\.memory .* too much for node-0/,
        );
    });

    it("has the sum of a node checked, memory and CPU", () => {
        assert.match(
            only(problems(siteWith(three), { m3db: { cpu: "3.8" } })),
            /m3perf:m3db\.cpu = "3800m" is too much for worker-1 \(4 cores\): m3db 3800m \+ etcd 100m = 3900m, .* 3600m at most/,
        );
        assert.match(only(problems(siteWith(three), { etcd: { memory: "6Gi" } })), /m3perf:etcd\.memory = "6144Mi"/);
    });
});

describe("settings: the repository's folder", () => {
    const at = (directory: string, more: Partial<Site> = {}) =>
        siteWith(three, {
            repository: { size: "1Gi", source: { kind: "export", node: "front-1", directory } },
            ...more,
        });

    it("is plain, and none of the system's", () => {
        assert.deepEqual(problems(at("/srv/m3perf")), []);
        for (const folder of ["/", "/srv", "/home"]) assert.match(only(problems(at(folder))), /belongs to the system/);
        assert.match(only(problems(at("/srv/../etc/x"))), /written plainly: \/etc\/x$/);
        assert.match(only(problems(at("/srv/m3perf/"))), /written plainly: \/srv\/m3perf$/);
        assert.match(only(problems(at("/srv/'; reboot"))), /must be of letters/);
        const existing = { size: "1Gi", source: { kind: "existing" as const, server: "nas", path: "/" } };
        assert.deepEqual(problems(siteWith(three, { repository: existing })), [], "an export of others is theirs");
    });

    it("is exported to single hosts", () => {
        const site = at("/srv/m3perf");
        const nodes = site.nodes.map((node, index) => ({
            ...node,
            address: ["*", "10.0.0.0/8", "fd00::1"][index] ?? "a",
        }));
        const lines = problems({ ...site, nodes });
        assert.equal(lines.length, 2, lines.join("\n"));
        assert.match(lines[0] ?? "", /nodes\[0\]\.address = "\*" is no address of one host/);
    });

    it("is not on a node where the pods that use it may not run", () => {
        const repository = {
            size: "1Gi",
            source: { kind: "local" as const, node: "worker-1", directory: "/srv/m3perf" },
        };
        const site = siteWith(three, { repository });
        assert.match(only(problems(site)), /source\.node = "worker-1" is a node that M3DB has to itself/);
        assert.deepEqual(problems(site, { isolation: "colocated" }), []);
    });
});

describe("settings: warnings", () => {
    it("has none for the reference", () => assert.deepEqual(warningsOf(siteWith(three), scenario()), []));

    it("tells of a single coordinator, and of coordinators that fail together", () => {
        const one = { coordinator: { replicas: 1 } };
        assert.match(only(warningsOf(siteWith(three), scenario(one))), /there is one coordinator/);
        const site = siteWith(["a", "b", "c"]);
        const together = site.nodes.map((node) => ({ failureDomain: "d", ...node }));
        assert.match(
            only(warningsOf({ ...site, nodes: together }, scenario())),
            /every coordinator is in the failure domain d/,
        );
    });

    it("tells of little memory for M3DB", () => {
        const site = siteWith(three);
        assert.match(only(warningsOf(site, scenario({ m3db: { memory: "1680Mi" } }))), /m3db\.memory is 1680Mi/);
        assert.deepEqual(warningsOf(site, scenario({ m3db: { memory: "2Gi" } })), []);
    });

    it("tells of little memory for m3query, and leaves it to the planned queries where there are some", () => {
        const site = siteWith(three);
        const tight = { query: { memory: "1000Mi" } };
        assert.match(only(warningsOf(site, scenario(tight))), /query\.memory is 1000Mi: .*give it 1024Mi or more/);
        assert.deepEqual(warningsOf(site, scenario({ query: { memory: "1Gi" } })), []);
        const planned = {
            load: { series: 1000, scrapeInterval: "15s", queries: { perSecond: 1, series: 100, range: "1h" } },
        };
        assert.doesNotMatch(warningsOf(site, scenario({ ...tight, ...planned })).join("\n"), /query\.memory is/);
        const small = { ...site, nodes: site.nodes.map((node) => ({ ...node, memory: "3Gi" })) };
        assert.match(
            warningsOf(small, scenario()).join("\n"),
            /query\.memory is 768Mi, a quarter of the smallest node with the role coordinator/,
        );
    });

    it("tells of M3DB's data on the repository", () => {
        const site = siteWith(three, { storageClass: "m3perf-repository" });
        assert.match(
            only(warningsOf(site, scenario())),
            /storageClass = m3perf-repository.*NFS lose performance and durability/,
        );
    });
});
