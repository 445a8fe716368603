import assert from "node:assert/strict";
import { PassThrough } from "node:stream";
import { exitCodes } from "../../../operations/cli/exit.ts";
import { typed } from "../../../operations/cli/named-stack.ts";
import { runCli } from "../../../operations/cli/run.ts";
import { UserError } from "../../../support/errors.ts";

describe("m3perf down on a site of one's own", () => {
    const terminal = process.stdin.isTTY;
    before(() => {
        process.stdin.isTTY = false;
    });
    after(() => {
        process.stdin.isTTY = terminal;
    });

    for (const [what, words, said] of [
        ["the stack is not named", [], /every sample.*the stack was not named.*--yes-i-mean dev-reference/s],
        ["another one is", ["--yes-i-mean", "dev"], /every sample.*"dev" is not the stack's name/s],
    ] as const) {
        it(`does nothing where ${what}`, async () => {
            await assert.rejects(runCli(["down", "--stack", "dev-reference", ...words]), (error) => {
                assert.ok(error instanceof UserError, String(error));
                assert.equal(error.exitCode, exitCodes.usage);
                assert.match(error.message, said);
                return true;
            });
        });
    }
});

describe("a line that is typed", () => {
    const ask = (text: string, terminal = false) => {
        const input = Object.assign(new PassThrough(), { isTTY: terminal });
        const output = Object.assign(new PassThrough(), { isTTY: terminal });
        input.end(text);
        return typed("name: ", input, output);
    };

    it("is that line, without what stands around it", async () => {
        assert.equal(await ask("  prod \nmore\n"), "prod");
    });

    it("is nothing at the end of the input", async () => {
        assert.equal(await ask(""), undefined);
    });

    it("is an interruption after Ctrl-C", async () => {
        await assert.rejects(ask("pro\u0003", true), (error) => {
            assert.ok(error instanceof UserError, String(error));
            assert.equal(error.exitCode, exitCodes.interrupted);
            return true;
        });
    });
});
