import assert from "node:assert/strict";
import {
    Archive,
    Asset,
    equal,
    fromStruct,
    hasUnknowns,
    type PropertyMap,
    resealLike,
    Secret,
    toStruct,
    unknown,
    unseal,
} from "../../../lab/plugins/shared/index.ts";

describe("plugin values", () => {
    it("survive the protocol", () => {
        const map: PropertyMap = {
            text: "t",
            number: 1.5,
            flag: false,
            nothing: null,
            list: [1, { a: [] }],
            secret: new Secret({ inner: "s" }),
            later: unknown,
            asset: new Asset({ path: "/a" }, "h"),
            archive: new Archive({ assets: { x: new Asset({ text: "" }) } }),
        };
        assert.deepEqual(fromStruct(toStruct(map)), map);
    });

    it("secrets are unsealed, compared and sealed again where they were", () => {
        const sealed = { a: new Secret("x"), b: [{ c: new Secret("y") }, "z"] };
        assert.deepEqual(unseal(sealed), { a: "x", b: [{ c: "y" }, "z"] });
        assert.ok(equal(sealed, { a: "x", b: [{ c: "y" }, "z"] }));
        assert.ok(!equal(sealed, { a: "x", b: [{ c: "y" }, "other"] }));
        assert.deepEqual(resealLike({ a: "1", b: [{ c: "2", d: "3" }, "4"] }, sealed), {
            a: new Secret("1"),
            b: [{ c: new Secret("2"), d: "3" }, "4"],
        });
    });

    it("a list that changed its length is sealed as a whole when a secret was in it", () => {
        const resealed = resealLike(
            { env: [{ name: "injected" }, { value: "y" }] },
            { env: [{ value: new Secret("y") }] },
        );
        assert.deepEqual(resealed, { env: new Secret([{ name: "injected" }, { value: "y" }]) });
    });

    it("a list in another order, and a place of another shape, are sealed as a whole, too", () => {
        const env = [
            { name: "A", value: new Secret("y") },
            { name: "B", value: "z" },
        ];
        const turned = [
            { name: "B", value: "z" },
            { name: "A", value: "y" },
        ];
        assert.deepEqual(resealLike({ env: turned }, { env }), { env: new Secret(turned) });
        assert.deepEqual(resealLike({ env: [...turned].reverse() }, { env }), { env });
        assert.deepEqual(resealLike({ a: "user:y" }, { a: { password: new Secret("y") } }), {
            a: new Secret("user:y"),
        });
        assert.deepEqual(resealLike({ a: "plain" }, { a: { b: "c" } }), { a: "plain" });
    });

    it("unknowns are found inside secrets", () => {
        assert.ok(hasUnknowns({ a: [new Secret({ b: unknown })] }));
        assert.ok(!hasUnknowns({ a: [new Secret({ b: 1 })] }));
    });
});
