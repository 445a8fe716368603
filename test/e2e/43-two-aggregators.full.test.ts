import assert from "node:assert/strict";
import { readFile, writeFile } from "node:fs/promises";
import { parseDocument } from "yaml";
import { labDir } from "../../support/paths.ts";
import { waitFor } from "../../support/wait.ts";
import { aggregatedBy, ask, readSteadily, writeSteadily } from "../support/m3-calls.ts";
import { windowFaults, writeEachSecond } from "../support/windows.ts";
import {
    kubectl,
    kubectlJson,
    lab,
    m3perf,
    m3perfJson,
    nodeAddress,
    settingsWith,
    standsOn,
    type UpJson,
} from "./environment.ts";

const read = 32558;
const write = 32555;

/** How many samples each window of ten seconds holds. */
const counted = {
    filter: "__name__:m3perf_each_second",
    transforms: [{ rollup: { metricName: "m3perf_each_second_count", groupBy: ["service"], aggregations: ["Count"] } }],
    storagePolicies: [{ resolution: "10s", retention: "48h" }],
};
/** Two aggregators, each with so much memory. */
const withTwo = (memory: string) => ({
    // worker-5 of the lab is small.
    "m3perf:coordinator": { memory: "608Mi" },
    "m3perf:aggregator": { rules: { rollup: [counted] }, replicas: 2, memory },
});

describe("e2e: two aggregators", function () {
    this.timeout(15 * 60_000);
    const site = labDir(lab, "site.yaml");
    let siteText: string;
    let address: string;

    before(async () => {
        standsOn("up", "up");
        siteText = await readFile(site, "utf8");
        address = await nodeAddress();
    });

    it("the second takes over when the leader goes", async () => {
        const document = parseDocument(siteText);
        document.setIn(["nodes", 5, "roles"], document.createNode(["coordinator", "aggregator"]));
        await writeFile(site, document.toString());
        const reading = readSteadily(address, read);
        const settings = await settingsWith(withTwo("256Mi"));
        const result = await m3perfJson<UpJson>(["up", "--settings", settings]).finally(reading.stop);
        assert.equal(result.failed, 0);
        assert.deepEqual(reading.failures, []);

        const leader = await leaderOf();
        await kubectl("-n", "m3db", "delete", "pod", leader, "--wait=false");
        const follower = await waitFor({ what: "the follower to lead", timeout: 60, every: 1 }, async () => {
            const now = await leaderOf().catch(() => leader);
            return now === leader ? undefined : now;
        });
        assert.notEqual(follower, leader);
        const writing = writeSteadily(address, write, [{ labels: { __name__: "m3perf_after", n: "1" }, value: 3 }]);
        try {
            await waitFor({ what: "values by the new leader", timeout: 120, every: 3 }, async () => {
                const answer = await ask(address, read, "m3perf_after[1m]", aggregatedBy("10s:48h"));
                return answer.result.length > 0;
            });
        } finally {
            await writing.stop();
        }
    });

    it("both aggregators are rolled, one after the other, and each window of the time has all of its samples", async () => {
        const labels = { __name__: "m3perf_each_second", service: "other" };
        const writing = writeEachSecond(address, write, labels);
        const windows = async () => {
            const answer = await ask(address, read, "m3perf_each_second_count[30m]", aggregatedBy("10s:48h"));
            assert.equal(answer.status, 200, answer.body);
            return answer.result[0]?.values ?? [];
        };
        try {
            const enough = (most: number) => async () => (await windows()).length >= most;
            await waitFor({ what: "two windows", timeout: 120, every: 3 }, enough(2));
            const before = await startsOf();
            const result = await m3perfJson<UpJson>(["up", "--settings", await settingsWith(withTwo("272Mi"))]);
            assert.equal(result.failed, 0);
            const after = await startsOf();
            assert.ok(
                after.every((start, index) => start > (before[index] ?? start)),
                "both were started anew",
            );
            // Windows that were open when the second came back, and some that were not.
            await waitFor(
                { what: "windows after the roll", timeout: 180, every: 3 },
                enough((await windows()).length + 8),
            );
        } finally {
            await writing.stop();
        }
        assert.deepEqual(writing.failures, []);
        const all = await windows();
        const { missing, twice } = windowFaults(all, 10);
        console.log(
            `      ${writing.written} samples written, ${all.length} windows read, ${twice} samples counted twice`,
        );
        assert.deepEqual(missing, []);
    });

    after("the stages after this one have the stack's own settings", async () => {
        await writeFile(site, siteText);
        const { code, stderr } = await m3perf(["up"]);
        assert.equal(code, 0, stderr.slice(-3000));
    });
});

/** When the aggregators' pods were made, in the order of their names: ISO times. */
async function startsOf(): Promise<string[]> {
    const pods = await kubectlJson<{ items: { metadata: { creationTimestamp: string } }[] }>(
        ...["-n", "m3db", "get", "pods", "m3aggregator-0", "m3aggregator-1"],
    );
    return pods.items.map(({ metadata }) => metadata.creationTimestamp);
}

/** The aggregator whose body of /status says that it leads. */
async function leaderOf(): Promise<string> {
    for (const pod of ["m3aggregator-0", "m3aggregator-1"]) {
        const status = await kubectl(
            ...["-n", "m3db", "exec", pod, "--", "curl", "-s", "http://127.0.0.1:6001/status"],
        ).catch(() => "");
        if (status.includes('"leader"')) return pod;
    }
    throw new Error("no aggregator leads");
}
