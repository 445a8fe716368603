import assert from "node:assert/strict";
import { compareSync } from "bcryptjs";
import {
    drawn,
    idForms,
    petName,
    randomText,
    seededPick,
    shuffled,
    uuid7,
} from "../../../lab/plugins/random/generate.ts";
import { randomProvider } from "../../../lab/plugins/random/provider.ts";
import { type CallContext, type PropertyMap, Secret, unknown } from "../../../lab/plugins/shared/index.ts";

const provider = randomProvider("1.0.0");
const context = { signal: new AbortController().signal } as CallContext;
const call = (type: string) => ({ urn: `urn:${type}`, type: `random:index/random${type}:Random${type}`, name: "x" });
const check = (type: string, news: PropertyMap) =>
    provider.check({ ...call(type), olds: null, news, randomSeed: new Uint8Array(), autonaming: null }, context);
const diff = async (type: string, oldInputs: PropertyMap, news: PropertyMap) => {
    const request = { ...call(type), id: "x", olds: {}, oldInputs, news, ignoreChanges: [] };
    return Object.keys((await provider.diff(request, context)).changes);
};
const create = (type: string, inputs: PropertyMap, preview = false) =>
    provider.create({ ...call(type), inputs, preview, timeout: 0 }, context);

describe("plugins: random values", () => {
    it("texts keep to length, kinds and least numbers", () => {
        for (let round = 0; round < 50; round++) {
            const text = randomText({
                length: 12,
                lower: false,
                upper: true,
                numeric: false,
                special: true,
                minLower: 1,
                minUpper: 2,
                minNumeric: 3,
                minSpecial: 4,
                overrideSpecial: "%",
            });
            assert.equal(text.length, 12);
            assert.equal(text.replace(/[^a-z]/g, "").length, 1);
            assert.equal(text.replace(/[^0-9]/g, "").length, 3);
            assert.ok(text.replace(/[^A-Z]/g, "").length >= 2);
            assert.ok(text.replace(/[^%]/g, "").length >= 4);
        }
    });

    it("ids have the forms of their bytes, leading zeros included", () => {
        assert.deepEqual(idForms(Uint8Array.of(0, 255, 254), "p"), {
            b64Url: "pAP_-",
            b64Std: "pAP/+",
            hex: "p00fffe",
            dec: "p65534",
        });
    });

    it("shuffles keep the items; more than there are begins again; seeds repeat", () => {
        assert.deepEqual(shuffled([1, 2, 3, 4]).sort(), [1, 2, 3, 4]);
        assert.equal(drawn(["a", "b"], 5).length, 5);
        assert.deepEqual(drawn([], 5), []);
        const order = (seed: string) => shuffled([...Array(20).keys()], seededPick(seed)).join();
        assert.equal(order("x"), order("x"));
        assert.notEqual(order("x"), order("y"));
        assert.equal(petName(1, "-").split("-").length, 1);
    });

    it("version 7 UUIDs begin with the time", () => {
        assert.match(uuid7(0x0190_1234_5678), /^01901234-5678-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
    });
});

describe("plugins: random provider", () => {
    it("names each wrong input", async () => {
        const reasons = async (type: string, inputs: PropertyMap) =>
            ((await check(type, inputs)).failures ?? []).map(({ property }) => property);
        assert.deepEqual(await reasons("Id", {}), ["byteLength"]);
        assert.deepEqual(await reasons("Id", { byteLength: "8" }), ["byteLength"]);
        assert.deepEqual(await reasons("Id", { byteLength: 8, byteLenght: 8 }), ["byteLenght"]);
        assert.deepEqual(await reasons("Password", { length: 0 }), ["length"]);
        assert.deepEqual(await reasons("Password", { length: 8, minUpper: -1 }), ["minUpper"]);
        assert.deepEqual(await reasons("String", { length: 3, minUpper: 2, minLower: 2 }), ["length"]);
        assert.deepEqual(
            await reasons("String", { length: 3, upper: false, lower: false, number: false, special: false }),
            ["length"],
        );
        assert.deepEqual(await reasons("Integer", { min: 2, max: 1 }), ["min"]);
        assert.deepEqual(await reasons("Password", { length: unknown }), []);
    });

    it("replaces for what matters only", async () => {
        assert.deepEqual(
            await diff("Password", { length: 8 }, { length: 8, upper: true, number: true, keepers: {} }),
            [],
        );
        assert.deepEqual(await diff("Password", { length: 8 }, { length: 8, number: false }), ["numeric"]);
        assert.deepEqual(await diff("Password", { length: 8 }, { length: new Secret(8) }), []);
        assert.deepEqual(await diff("Id", { byteLength: 8 }, { byteLength: 8, keepers: { a: unknown } }), ["keepers"]);
        assert.deepEqual(await diff("Pet", { length: 2 }, {}), []);
    });

    it("seals what is secret and what is made from secrets", async () => {
        const password = await create("Password", { length: 8 });
        assert.ok(password.outputs.result instanceof Secret && password.outputs.bcryptHash instanceof Secret);
        const { result, bcryptHash } = {
            result: password.outputs.result.value,
            bcryptHash: password.outputs.bcryptHash.value,
        };
        assert.match(String(bcryptHash), /^\$2a\$10\$/);
        assert.ok(compareSync(String(result), String(bcryptHash)));
        const id = await create("Id", { byteLength: 4, prefix: new Secret("key-") });
        assert.ok(id.outputs.hex instanceof Secret && id.outputs.prefix instanceof Secret);
        const kept = await create("Id", { byteLength: 4, keepers: { a: new Secret("x") } });
        assert.equal(typeof kept.outputs.hex, "string");
    });

    it("knows no values at preview", async () => {
        const { id, outputs } = await create("Password", { length: 8 }, true);
        assert.equal(id, "");
        assert.deepEqual(outputs.result, new Secret(unknown));
        assert.equal(outputs.lower, true);
    });

    it("says how an import id must look", async () => {
        const read = (type: string, id: string) =>
            provider.read({ ...call(type), id, outputs: {}, inputs: {} }, context);
        await assert.rejects(read("Integer", "5"), /result,min,max/);
        await assert.rejects(read("Pet", "otter"), /import/);
        assert.deepEqual((await read("Id", "a,b,AP_-"))?.outputs.hex, "a,b00fffe");
    });
});
