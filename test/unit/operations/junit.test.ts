import assert from "node:assert/strict";
import { junitOf } from "../../../operations/checks/junit.ts";
import type { CheckResult } from "../../../operations/checks/run.ts";

const at = new Date("2026-11-27T17:00:00Z");
const ok: CheckResult = {
    id: "etcd.health",
    system: "etcd",
    title: "fine",
    ok: true,
    seconds: 0.25,
    evidence: ["3 of 3"],
};
const failed: CheckResult = {
    id: "data.holes",
    system: "data",
    title: "no replica has a hole",
    ok: false,
    seconds: 1.5,
    evidence: ['says <b> & "x"\u001b[31m', "second\nline"],
    cause: "it's ]]> away",
    next: "kubectl get pods > out",
};

/** Opening and closing tags must pair up, and no bare & or < may be left in texts: enough of XML for what we write. */
function checkWellFormed(xml: string): string[] {
    const open: string[] = [];
    const names: string[] = [];
    const body = xml.replace(/^<\?xml [^?]*\?>\n/, "");
    for (const [, slash, name = "", attributes = ""] of body.matchAll(
        /<(\/?)([a-z-]+)((?:\s[a-z]+="[^"<&]*(?:&[a-z#0-9]+;[^"<&]*)*")*)>/g,
    )) {
        if (slash) assert.equal(open.pop(), name);
        else {
            open.push(name);
            names.push(name + attributes);
        }
    }
    assert.deepEqual(open, []);
    const texts = body.replace(/<\/?[a-z-]+(?:\s[a-z]+="[^"]*")*>/g, "");
    assert.doesNotMatch(texts, /[<>]|&(?!(?:amp|lt|gt|quot|#\d+);)/);
    return names;
}

describe("JUnit XML of verify", () => {
    const xml = junitOf("dev", [ok, failed], at);

    it("is well-formed whatever a check saw, and holds it", () => {
        const names = checkWellFormed(xml);
        assert.equal(names.filter((name) => name.startsWith("testcase")).length, 2);
        assert.ok(xml.includes("says &lt;b&gt; &amp; &quot;x&quot;[31m\nsecond\nline"));
        assert.ok(!xml.includes("\u001b"));
        assert.ok(xml.includes("cause: it's ]]&gt; away\nnext: kubectl get pods &gt; out</failure>"));
    });

    it("counts tests and failures, in all and by system", () => {
        assert.match(xml, /<testsuites name="dev" tests="2" failures="1" errors="0" skipped="0" time="1.75">/);
        assert.match(xml, /<testsuite name="dev.data" tests="1" failures="1" .* timestamp="2026-11-27T17:00:00">/);
        assert.match(xml, /<testcase classname="verify.etcd" name="etcd.health: fine" time="0.25">/);
        assert.equal(xml.match(/<failure /g)?.length, 1);
    });

    it("takes line breaks of a message as such", () => {
        const broken = junitOf("dev", [{ ...failed, evidence: ["a\nb"] }], at);
        checkWellFormed(broken);
        assert.match(broken, /message="a&#10;b"/);
    });
});
