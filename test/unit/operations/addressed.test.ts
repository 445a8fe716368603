import assert from "node:assert/strict";
import { addressed, addressedError, addressedResults } from "../../../operations/cli/addressed.ts";
import { runCli } from "../../../operations/cli/run.ts";
import { UserError } from "../../../support/errors.ts";

const values = { stack: "capacity", lab: "two" };

describe("commands that are told", () => {
    it("are for the environment that was named, each with the options that it knows", () => {
        const told: [string, string][] = [
            ["m3perf verify", "m3perf verify --stack capacity --lab two"],
            ["m3perf verify --wait 240", "m3perf verify --stack capacity --lab two --wait 240"],
            ["m3perf etcd restore FILE", "m3perf etcd restore --stack capacity --lab two FILE"],
            ["m3perf rebuild m3-cluster-rep1-0", "m3perf rebuild --stack capacity --lab two m3-cluster-rep1-0"],
            ["m3perf lab up", "m3perf lab up --lab two"],
            ["m3perf diagnose etcd-corrupt", "m3perf diagnose --stack capacity --lab two etcd-corrupt"],
            [
                "m3perf free; then m3perf up",
                "m3perf free --stack capacity --lab two; then m3perf up --stack capacity --lab two",
            ],
        ];
        for (const [before, after] of told) assert.equal(addressed(before, values), after);
    });

    it("stay as they are where an option is there already, for no verb of ours, and where nothing was named", () => {
        const own =
            "m3perf down --stack other --keep-lab --lab mine, and again; m3perf help watch; m3perf:m3db.memory; m3perf report A";
        assert.equal(addressed(own, values), own);
        assert.equal(
            addressed("m3perf verify; m3perf up --refresh", { json: true }),
            "m3perf verify; m3perf up --refresh",
        );
    });

    it("have a shell's quotes where a name needs them", () => {
        assert.equal(
            addressed("m3perf up", { settings: "my file's.yaml" }),
            "m3perf up --settings 'my file'\\''s.yaml'",
        );
    });

    it("are those of errors and of checks, too", async () => {
        const error = new UserError(
            "wrong",
            [
                { what: "a", next: "m3perf up" },
                { what: "m3perf up", next: "m3perf verify" },
            ],
            69,
        );
        assert.equal(addressedError(error, { stack: "x" }), error);
        assert.match(
            error.message,
            /to do: m3perf up --stack x\n {2}m3perf up\n {4}what to do: m3perf verify --stack x$/,
        );
        const result = {
            id: "a.b",
            system: "etcd",
            title: "t",
            ok: false,
            evidence: [],
            next: "m3perf diagnose",
        } as const;
        const [first] = addressedResults([{ ...result, evidence: [], seconds: 0 } as never], { stack: "x" });
        assert.equal(first?.next, "m3perf diagnose --stack x");
        // The verb passes it on.
        await assert.rejects(
            runCli(["read-back", "/nowhere", "--stack", "dev", "--series", "x"]),
            (thrown: unknown) => thrown instanceof UserError,
        );
    });
});
