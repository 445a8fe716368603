import assert from "node:assert/strict";
import { loadSettings } from "../../../settings/index.ts";
import { UserError } from "../../../support/errors.ts";

const raw = { name: "default", retention: "48h" };

function load(namespace: object, aggregator: object = {}) {
    const config = {
        "m3perf:site": "sites/reference.yaml",
        "m3perf:m3db": JSON.stringify({ namespaces: [raw, { name: "aggregated", retention: "8760h", ...namespace }] }),
        "m3perf:aggregator": JSON.stringify(aggregator),
    };
    return loadSettings({ config, stackFile: "Pulumi.test.yaml", labSite: "/nonexistent" });
}
const bufferPast = (namespace: object, aggregator: object = {}) =>
    load(namespace, aggregator).scenario.m3db.namespaces[1]?.bufferPast;
function lines(namespace: object, aggregator: object = {}): string[] {
    try {
        load(namespace, aggregator);
    } catch (error) {
        assert.ok(error instanceof UserError, String(error));
        return error.message.split("\n").slice(1);
    }
    assert.fail("no error");
}

describe("settings: how late an aggregated value may come", () => {
    it("is 20 minutes wherever that is longer than it is on its way", () => {
        for (const resolution of ["10s", "1m", "10m", "13m"])
            assert.equal(bufferPast({ resolution, blockSize: "24h" }), "20m", resolution);
        assert.equal(load({ resolution: "1h", blockSize: "24h" }).scenario.m3db.namespaces[0]?.bufferPast, "20m");
    });

    it("is ten minutes more than one and a half resolutions and the aggregator's own where it is not", () => {
        assert.equal(bufferPast({ resolution: "1h", blockSize: "24h" }), "1h41m");
        assert.equal(bufferPast({ resolution: "15m", blockSize: "24h" }), "33m");
        assert.equal(bufferPast({ resolution: "10m", blockSize: "24h" }, { bufferPast: "6m" }), "31m");
    });

    it("is what it is set to", () => {
        assert.equal(bufferPast({ resolution: "1h", blockSize: "24h", bufferPast: "1h31m" }), "1h31m");
        assert.equal(bufferPast({ resolution: "1m", blockSize: "24h", bufferPast: "5m" }), "5m");
    });

    it("stays as it is where a namespace was made with too short a one, with a warning", () => {
        const short = { resolution: "1h", blockSize: "24h", bufferPast: "20m" };
        assert.equal(bufferPast(short), "20m");
        const warned = (namespace: object) =>
            load(namespace).warnings.filter((text) => text.includes("after their time"));
        assert.match(
            warned(short).join("\n"),
            /^m3perf:m3db.namespaces, aggregated: .* up to 1h30m10s after their time, and bufferPast is 20m: they are taken as cold writes, .*; 1h41m would do/,
        );
        assert.match(warned({ ...short, coldWrites: false }).join("\n"), /M3DB refuses them/);
        assert.deepEqual(warned({ ...short, bufferPast: "1h31m" }), []);
        assert.deepEqual(warned({ resolution: "1h", blockSize: "24h" }), []);
    });

    const at = "m3perf:m3db.namespaces[1]";
    for (const [what, namespace, start, says] of [
        [
            "as long as a block",
            { resolution: "1h", blockSize: "4h", bufferPast: "4h" },
            `  ${at}.bufferPast = "4h" `,
            /must be shorter than the blockSize, 4h/,
        ],
        [
            "so long that a block does not hold it, where nobody gave it",
            { resolution: "1h", blockSize: "1h" },
            `  ${at}.blockSize = "1h" `,
            /must be longer than 1h41m: a block stays open/,
        ],
    ] as const)
        it(`is refused ${what}, in one line`, () => {
            const told = lines(namespace);
            assert.equal(told.length, 1, told.join("\n"));
            assert.ok(told[0]?.startsWith(start), told[0]);
            assert.match(told[0] ?? "", says);
        });
});
