import assert from "node:assert/strict";
import { formsOf, shownIn } from "../../support/forms.ts";

const secret = { name: "token", text: "s3cret/with+odd=chars&more" };

describe("what the search for secrets sees", () => {
    const forms: [string, string][] = [
        ["as it is", `a ${secret.text} b`],
        ["in base64", Buffer.from(secret.text).toString("base64")],
        ["in base64 of a longer text", Buffer.from(`{"x":"${secret.text}","y":1}`).toString("base64")],
        ["in base64 of a text one longer", Buffer.from(`a${secret.text}`).toString("base64")],
        ["in base64 of a text two longer", Buffer.from(`ab${secret.text}cd`).toString("base64")],
        ["in base64url", Buffer.from(secret.text).toString("base64url")],
        ["in a URL", `http://x/?t=${encodeURIComponent(secret.text)}`],
        ["in hex", Buffer.from(secret.text).toString("hex")],
        ["in JSON", JSON.stringify({ secret: secret.text })],
    ];
    for (const [what, text] of forms) it(what, () => assert.deepEqual(shownIn(text, [secret]), ["token"]));

    it("and nothing else: a part of it, or another one", () => {
        assert.deepEqual(shownIn(secret.text.slice(0, -4), [secret]), []);
        assert.deepEqual(shownIn(Buffer.from("another text that is long enough").toString("base64"), [secret]), []);
        assert.throws(() => formsOf("short"), /cannot be searched for/);
    });
});
