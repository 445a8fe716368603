import assert from "node:assert/strict";
import { type PulumiProject, pulumiProject } from "../../support/pulumi.ts";

const everything = `
import * as random from "@pulumi/random";
const id = new random.RandomId("id", { byteLength: 8, prefix: "p-" });
const password = new random.RandomPassword("password", { length: 20, minSpecial: 2, minNumeric: 3, overrideSpecial: "_" });
const text = new random.RandomString("text", { length: 12, special: false, upper: false });
const pet = new random.RandomPet("pet", { length: 3, separator: "." });
const integer = new random.RandomInteger("integer", { min: 5, max: 6 });
const shuffle = new random.RandomShuffle("shuffle", { inputs: ["a", "b", "c"], resultCount: 5 });
const uuid = new random.RandomUuid("uuid");
const uuid4 = new random.RandomUuid4("uuid4");
const uuid7 = new random.RandomUuid7("uuid7");
const bytes = new random.RandomBytes("bytes", { length: 16 });
export const hex = id.hex, b64Url = id.b64Url, b64Std = id.b64Std, dec = id.dec, key = id.id;
export const secret = password.result, hash = password.bcryptHash;
export const string = text.result, name = pet.id, number = integer.result, order = shuffle.results;
export const u = uuid.result, u4 = uuid4.result, u7 = uuid7.result, raw = bytes.hex, raw64 = bytes.base64;
`;

describe("random provider", function () {
    this.timeout(120_000);
    let project: PulumiProject;
    before(async () => {
        project = await pulumiProject(everything, ["random"]);
    });
    after(() => project.remove());

    it("makes every resource by its rules, and nothing more at the next up", async () => {
        const preview = await project.run(["preview", "--diff"]);
        assert.equal(preview.code, 0, preview.stdout + preview.stderr);
        assert.match(preview.stdout, /\+ 11 to create/);
        await project.up();
        const made = (await project.outputs()) as Record<string, string>;
        const bytes = Buffer.from(String(made.key), "base64url");
        assert.equal(bytes.length, 8);
        assert.equal(made.b64Url, `p-${made.key}`);
        assert.equal(made.b64Std, `p-${bytes.toString("base64")}`);
        assert.equal(made.hex, `p-${bytes.toString("hex")}`);
        assert.equal(made.dec, `p-${BigInt(`0x${bytes.toString("hex")}`)}`);
        assert.match(String(made.secret), /^[A-Za-z0-9_]{20}$/);
        assert.ok((made.secret?.match(/_/g) ?? []).length >= 2);
        assert.ok((made.secret?.match(/[0-9]/g) ?? []).length >= 3);
        assert.match(String(made.hash), /^\$2a\$10\$[./A-Za-z0-9]{53}$/);
        assert.match(String(made.string), /^[a-z0-9]{12}$/);
        assert.match(String(made.name), /^[a-z]+\.[a-z]+\.[a-z]+$/);
        assert.ok([5, 6].includes(Number(made.number)));
        assert.equal(made.order?.length, 5);
        assert.match(String(made.u), /^[0-9a-f-]{36}$/);
        assert.match(String(made.u4), /^[0-9a-f]{8}-[0-9a-f]{4}-4/);
        assert.match(String(made.u7), /^[0-9a-f]{8}-[0-9a-f]{4}-7/);
        assert.equal(Buffer.from(String(made.raw64), "base64").toString("hex"), made.raw);

        const again = await project.run(["up", "--yes", "--skip-preview", "--expect-no-changes"]);
        assert.equal(again.code, 0, again.stdout);
        const refreshed = await project.run(["refresh", "--yes", "--skip-preview", "--expect-no-changes"]);
        assert.equal(refreshed.code, 0, refreshed.stdout);
    });

    it("seals secrets in the state and keeps the official state keys", async () => {
        const { secret, hash, raw } = (await project.outputs()) as Record<string, string>;
        for (const value of [secret, hash, raw]) assert.ok(!project.state().includes(String(value)));
        const password = await project.resource("password");
        assert.equal(password.id, "none");
        assert.deepEqual(Object.keys(password.outputs ?? {}).sort(), [
            "__meta",
            "bcryptHash",
            "id",
            "length",
            "lower",
            "minLower",
            "minNumeric",
            "minSpecial",
            "minUpper",
            "number",
            "numeric",
            "overrideSpecial",
            "result",
            "special",
            "upper",
        ]);
        const id = await project.resource("id");
        assert.deepEqual(Object.keys(id.outputs ?? {}).sort(), [
            "b64Std",
            "b64Url",
            "byteLength",
            "dec",
            "hex",
            "id",
            "prefix",
        ]);
        assert.equal((await project.resource("shuffle")).id, "-");
        assert.equal((await project.resource("integer")).id, String((await project.outputs()).number));
    });

    it("replaces on any changed input, not on a default spelled out", async () => {
        const before = await project.outputs();
        project.write(
            everything
                .replace("byteLength: 8,", "byteLength: 8, keepers: { version: '2' },")
                .replace("length: 12,", "length: 12, lower: true, minUpper: 0,")
                .replace("max: 6", "max: 600"),
        );
        const preview = await project.run(["preview", "--diff"]);
        assert.match(preview.stdout, /\+-2 to replace/);
        assert.match(preview.stdout, /keepers/);
        await project.up();
        const after = await project.outputs();
        assert.notEqual(after.hex, before.hex);
        assert.equal(after.string, before.string);
        assert.equal(after.secret, before.secret);
    });

    it("refuses what cannot be made, naming the property", async () => {
        const wrong: [string, RegExp][] = [
            ['RandomPassword("short", { length: 4, minLower: 2, minUpper: 3 })', /length.*5/s],
            ['RandomInteger("empty", { min: 2, max: 1 })', /min.*max/s],
        ];
        for (const [resource, expected] of wrong) {
            project.write(`import * as random from "@pulumi/random";\nnew random.${resource};`);
            const { code, stdout } = await project.run(["preview"]);
            assert.notEqual(code, 0);
            assert.match(stdout, expected);
        }
    });

    it("imports by the documented ids", async () => {
        project.write("");
        await project.up();
        const imports: [string, string, string][] = [
            ["random:index/randomId:RandomId", "id", "p-,BAxPIKLgxQ"],
            ["random:index/randomPassword:RandomPassword", "password", "s3cret!word"],
            ["random:index/randomString:RandomString", "text", "abcdef"],
            ["random:index/randomInteger:RandomInteger", "integer", "15390,1,50000"],
            ["random:index/randomUuid:RandomUuid", "uuid", "aabbccdd-eeff-0011-2233-445566778899"],
        ];
        for (const [type, name, id] of imports) {
            const result = await project.run([
                "import",
                type,
                name,
                id,
                "--yes",
                "--protect=false",
                "--generate-code=false",
            ]);
            assert.equal(result.code, 0, result.stdout + result.stderr);
        }
        assert.equal(
            (await project.resource("id")).outputs?.hex,
            `p-${Buffer.from("BAxPIKLgxQ", "base64url").toString("hex")}`,
        );
        assert.equal((await project.resource("integer")).outputs?.max, 50000);
        const wrong = await project.run(["import", "random:index/randomPet:RandomPet", "pet", "x", "--yes"]);
        assert.notEqual(wrong.code, 0);
    });
});
