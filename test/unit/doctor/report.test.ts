import assert from "node:assert/strict";
import { stripVTControlCharacters } from "node:util";
import { judge, reportJson } from "../../../operations/doctor/doctor.ts";
import { renderReport } from "../../../operations/doctor/report.ts";
import type { StackSettings } from "../../../operations/doctor/settings.ts";
import { siteWith } from "../settings/sites.ts";
import { type Changes, examined } from "./fixtures.ts";

const render = (changes: Changes, color = false, width = 120) => {
    const all = examined(changes);
    return renderReport(all, judge(all), [], { width, color });
};

describe("doctor: report", () => {
    it("is a table with a line for each node", () => {
        const lines = render({}).split("\n");
        assert.match(
            lines[0] ?? "",
            /^node +SSH +sudo +system +kernel +cores +memory Gi +for pods +free Gi +clock +kubelet +NTP +tuning$/,
        );
        assert.match(
            lines[1] ?? "",
            /^worker-1 +ok +root +Rocky 8\.9 +4\.18\.0-513\.5\.1\.el8_9 +4 +7\.8 of 8 +8 +50 +\+3 ms +active +yes +ok$/,
        );
        assert.match(lines[4] ?? "", /^front-1 .* active +yes +-$/);
        assert.match(lines.at(-2) ?? "", /^site here: 5 of 5 hosts answered, Kubernetes answers; everything fits$/);
    });

    it("tells what does not fit also where nothing of the site could be looked at", () => {
        const away = { state: "failed", fault: "unreachable", what: "w", why: "w" } as const;
        const nodes = ["worker-1", "worker-2", "worker-3", "front-1", "front-2"];
        const text = render({
            hosts: Object.fromEntries(nodes.map((name) => [name, away])),
            cluster: { answers: false, why: "w" },
        });
        assert.match(
            text,
            /^site here: 0 of 5 hosts answered, .*; nothing of the site could be looked at, \d+ things? do/m,
        );
    });

    it("marks what does not fit, and says it in a line each, the same on several nodes once", () => {
        const off = { sysctls: { "vm.max_map_count": 65530 } };
        const text = render({
            hosts: {
                "worker-1": off,
                "worker-2": off,
                "worker-3": { cores: 1, clock: { offset: -75, error: 0.01 } },
                "front-1": { state: "failed", fault: "hostKey", what: "root@a:22 shows another host key", why: "w" },
                "front-2": { state: "no-ssh" },
            },
        });
        const row = (node: string) => text.split("\n").find((line) => line.startsWith(`${node} `)) ?? "";
        assert.match(row("worker-1"), / 1 off~$/);
        assert.match(row("worker-3"), / 1 of 4! .* -75\.0 s! /);
        assert.match(row("front-1"), /^front-1 +host key! +- +- /);
        assert.match(row("front-2"), /^front-2 +none~ +-/);
        assert.match(text, /\nFAIL front-1: SSH: root@a:22 shows another host key: w\n/);
        assert.match(text, /\nFAIL worker-3: cores: 1; wanted: 4, as the site file says; to do: give it more/);
        assert.match(text, /\nwarn worker-1, worker-2: vm\.max_map_count: 65530; wanted: at least 3000000; to do: /);
        assert.match(text, /\nsite here: 3 of 5 hosts .*; 3 things do not fit, 2 warnings\n$/);
        assert.ok(!text.includes("\x1b"));
    });

    it("stays within 120 characters, however long a kernel's name is; colours only where it may", () => {
        const kernel = "5.15.0-1053-very-long-name-of-a-kernel-that-somebody-made-himself.x86_64";
        const changes: Changes = { hosts: { "worker-1": { kernel, cores: 1, root: { ok: false, why: "sudo no" } } } };
        const lines = render(changes).split("\n");
        assert.deepEqual(
            lines.filter((line) => line.length > 120),
            [],
        );
        assert.match(lines[1] ?? "", /5\.15\.0-\S*…/);
        const colored = render(changes, true);
        assert.ok(colored.includes("\x1b[31m1 of 4!"));
        assert.equal(stripVTControlCharacters(colored), render(changes));
    });

    it("says of nodes on one machine what is compared and what is not", () => {
        const text = render({ site: { sharedKernel: true } });
        assert.match(text, /The nodes share one machine \(4 cores, 7\.8 GiB\)/);
        assert.doesNotMatch(text.split("\n")[0] ?? "", /cores|memory|tuning/);
    });

    it("as JSON has every fact and every finding, and no key", () => {
        const all = examined({ hosts: { "worker-1": { cores: 1 }, "front-1": { state: "no-ssh" } } });
        const stack = { stack: "dev", siteName: "s.yaml", unread: ["m3perf:a"], stackKey: "PRIVATE" };
        const json = reportJson(stack as unknown as StackSettings, all, judge(all));
        assert.equal(json.ok, false);
        assert.deepEqual(json.cluster, { answers: true });
        assert.equal(json.nodes.length, siteWith([undefined, undefined, undefined]).nodes.length);
        assert.equal(json.findings.length, 2);
        assert.ok(!JSON.stringify(json).includes("PRIVATE"));
    });
});
