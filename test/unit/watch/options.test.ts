import assert from "node:assert/strict";
import type { Values } from "../../../operations/cli/verbs.ts";
import { watchOptions } from "../../../operations/watch/options.ts";
import { UserError } from "../../../support/errors.ts";

const options = (values: Values) => watchOptions(values, (name) => `/here/${name}`);

describe("watch: options", () => {
    it("have defaults", () => {
        assert.deepEqual(options({}), {
            intervalMs: 5000,
            forMs: undefined,
            usage: "auto",
            logs: [],
            rotation: { bytes: 32 * 2 ** 20, keep: 8 },
            json: false,
            replay: undefined,
            plot: undefined,
        });
    });

    it("are read", () => {
        const given = options({
            interval: "1m",
            for: "2h",
            metrics: "kubelet",
            log: "a.jsonl,b.csv",
            "log-dir": "logs",
            "rotate-size": "1Mi",
            keep: "0",
            json: true,
        });
        assert.deepEqual(given, {
            intervalMs: 60_000,
            forMs: 7_200_000,
            usage: "kubelet",
            logs: ["/here/a.jsonl", "/here/b.csv", "/here/logs/watch.jsonl", "/here/logs/watch.csv"],
            rotation: { bytes: 2 ** 20, keep: 0 },
            json: true,
            replay: undefined,
            plot: undefined,
        });
        assert.deepEqual(options({ replay: "a.jsonl", speed: "20" }).replay, { file: "/here/a.jsonl", speed: 20 });
        assert.deepEqual(options({ plot: "a.jsonl" }).plot, { file: "/here/a.jsonl", out: "/here/a.svg" });
        assert.equal(options({ plot: "a.jsonl", out: "b.svg" }).plot?.out, "/here/b.svg");
    });

    for (const [what, values] of Object.entries<Values>({
        "--interval 5": { interval: "5" },
        "--interval 0s": { interval: "0s" },
        "--for 1.5h": { for: "1.5h" },
        "--for 600h": { for: "600h" },
        "--metrics prometheus": { metrics: "prometheus" },
        "--log a.txt": { log: "a.txt" },
        "--rotate-size 10": { "rotate-size": "10" },
        "--keep -1": { keep: "-1" },
        "--speed 0": { replay: "a.jsonl", speed: "0" },
        "--speed": { speed: "2" },
        "--out": { out: "a.svg" },
        "--out a.png": { plot: "a.jsonl", out: "a.png" },
        "--replay and --plot": { replay: "a.jsonl", plot: "a.jsonl" },
        "--log": { replay: "a.jsonl", log: "b.jsonl" },
        "--json": { plot: "a.jsonl", json: true },
    })) {
        it(`refuse ${what}${Object.keys(values).length > 1 ? ` with ${Object.keys(values).join(" ")}` : ""}`, () => {
            assert.throws(
                () => options(values),
                (error) => error instanceof UserError && error.message.startsWith(what) && error.exitCode === 64,
            );
        });
    }
});
