import assert from "node:assert/strict";
import { brokenRules } from "../../../settings/rules.ts";
import { openFilesOf } from "../../../settings/size/open-files.ts";
import { warningsOf } from "../../../settings/warnings.ts";
import { scenario, siteWith } from "./sites.ts";

const domains = (count: number) => Array.from({ length: count }, () => undefined);
const problems = (nodes: number, config: object) => brokenRules(siteWith(domains(nodes)), scenario(config));

describe("settings: shards against instances", () => {
    it("are refused where a node of a group would hold none", () => {
        const [problem, ...more] = problems(9, { m3db: { numberOfShards: 2 } });
        assert.deepEqual(more, []);
        assert.equal(problem?.path, "m3perf:m3db.numberOfShards");
        assert.match(problem?.reason ?? "", /less than the 3 database nodes of an isolation group/);
        assert.deepEqual(problems(9, { m3db: { numberOfShards: 3 } }), []);
        assert.deepEqual(problems(3, { m3db: { numberOfShards: 1 } }), []);
    });

    it("are warned of where a node holds few", () => {
        const warnings = (nodes: number, numberOfShards: number) =>
            warningsOf(siteWith(domains(nodes)), scenario({ m3db: { numberOfShards } }));
        assert.deepEqual([...warnings(3, 64), ...warnings(6, 64), ...warnings(12, 64)], []);
        assert.match(warnings(3, 8).join(), /numberOfShards = 8 gives a database node 8 shard\(s\)/);
        assert.match(warnings(15, 64).join(), /a database node 12 shard\(s\)/);
    });
});

describe("settings: blocks against retention", () => {
    const of = (retention: string, blockSize: string) =>
        warningsOf(
            siteWith(domains(3)),
            scenario({ m3db: { namespaces: [{ name: "default", retention, blockSize }] } }),
        );

    it("are warned of where they are many more than M3 itself would make", () => {
        assert.match(of("960h", "2h").join(), /default: 960h in blocks of 2h are 480 blocks, .* blocks of 24h/);
        assert.match(of("192h", "2h").join(), /96 blocks, .* blocks of 12h/);
        for (const [retention, block] of [
            ["48h", "2h"],
            ["960h", "24h"],
            ["960h", "12h"],
            ["6h", "30m"],
        ] as const)
            assert.deepEqual(of(retention, block), []);
    });
});

describe("settings: the files of a database node", () => {
    const of = (nodes: number, numberOfShards: number) => {
        const namespaces = [{ name: "default", retention: "6000h", blockSize: "24h" }];
        return warningsOf(siteWith(domains(nodes)), scenario({ m3db: { numberOfShards, namespaces } })).join();
    };

    it("are warned of where it may not open them all unless told", () => {
        // 2 × 250 blocks × 1,024 shards, and 5 × 250 of the index.
        assert.match(of(6, 2048), /keeps 513250 files open, .* its 1024 shards; .* may open 524288/);
        assert.equal(of(6, 1024), "");
    });

    it("are as many as M3DB had open in the lab", () => {
        const [retention, blockSize] = [48 * 3600, 2 * 3600];
        const kept = { retention, blockSize, indexBlockSize: blockSize };
        // Of 1,963, 6,575 and 12,714 open files, some 190 are connections, commit logs and the like.
        assert.deepEqual(
            [16, 64, 128].map((shards) => openFilesOf(shards, [kept, kept])),
            [1776, 6384, 12_528],
        );
    });
});

describe("settings: memory that is promised twice", () => {
    const of = (memoryRequest?: string) =>
        warningsOf(
            siteWith(domains(3)),
            scenario({ m3db: { memory: "4Gi", ...(memoryRequest ? { memoryRequest } : {}) } }),
        );

    it("is warned of, and nothing is said where all of it is reserved", () => {
        assert.match(of("1Gi").join(), /memoryRequest reserves 1Gi of the 4096Mi that a database pod may use/);
        assert.deepEqual([...of("4Gi"), ...of()], []);
    });
});

describe("settings: URLs that lead to the right service", () => {
    const refused = (use: "remoteWrite" | "remoteRead", url: string) =>
        problems(3, {
            prometheus: { [use]: { url: `${url}/api/v1/prom/remote/${use === "remoteWrite" ? "write" : "read"}` } },
        });

    it("are taken: by name in any length, by NodePort, from the coordinator as well, and outside the cluster", () => {
        for (const host of [
            "m3coordinator.m3db:7201",
            "m3coordinator.m3db.svc:7201",
            "m3coordinator.m3db.svc.cluster.local:7201",
        ])
            assert.deepEqual(
                [...refused("remoteWrite", `http://${host}`), ...refused("remoteRead", `http://${host}`)],
                [],
            );
        for (const host of ["addr-of-worker-1:32555", "worker-1:32555", "lb.example.com", "10.9.9.9:80"])
            assert.deepEqual(refused("remoteWrite", `http://${host}`), [], host);
        assert.deepEqual(refused("remoteRead", "http://addr-of-worker-1:32558"), []);
        assert.deepEqual(refused("remoteWrite", "https://m3coordinator.example.com"), []);
    });

    it("go by the NodePorts that are set", () => {
        const url = "http://worker-1:32555/api/v1/prom/remote/write";
        const config = { coordinator: { nodePort: 30001 }, prometheus: { remoteWrite: { url } } };
        assert.match(
            problems(3, config)[0]?.reason ?? "",
            /port 32555 of a node, and remote write is answered on 30001/,
        );
    });

    it("need no namespace where Prometheus is in M3's own", () => {
        const site = siteWith(domains(3));
        const home = { ...site, prometheus: { ...site.prometheus, namespace: "m3db" } };
        const config = { prometheus: { remoteWrite: { url: "http://m3coordinator:7201/api/v1/prom/remote/write" } } };
        assert.deepEqual(brokenRules(home, scenario(config)), []);
    });
});
