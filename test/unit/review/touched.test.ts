import assert from "node:assert/strict";
import { ofProgram, touchedStacks } from "../../../operations/review/touched.ts";

const both = [
    { stack: "capacity-reference", site: "sites/reference.yaml" },
    { stack: "dev", site: "lab" },
    { stack: "limits", site: "./sites/mine.yaml" },
];
const touched = (changed: string[], before = both, after = both) =>
    touchedStacks(changed, before, after).map(({ stack, status }) => `${stack} ${status}`);
const all = ["capacity-reference kept", "dev kept", "limits kept"];

describe("stacks that a change touches", () => {
    const rows: [string[], string[]][] = [
        [["Pulumi.dev.yaml"], ["dev kept"]],
        [["sites/reference.yaml"], ["capacity-reference kept"]],
        [["sites/lab.yaml"], ["dev kept"]],
        [["sites/mine.yaml"], ["limits kept"]],
        [["index.ts"], all],
        [["Pulumi.yaml"], all],
        [["components/m3/Query.ts"], all],
        [["settings/schema/m3db.ts"], all],
        [["agent/setup.ts"], all],
        [["support/wait.ts"], all],
        [["package-lock.json"], all],
        [["docs/m3db.md", "README.md", "operations/checks/run.ts", "lab/main.ts", "test/run.ts"], []],
        [["schemas/stack.schema.json", "settings/reference/page.ts"], []],
        [["docs/components/x.md", "sites/other.yaml", "Pulumi.dev.yaml.bak"], []],
        [[], []],
    ];
    for (const [changed, expected] of rows) {
        it(changed.join(", ") || "nothing", () => assert.deepEqual(touched(changed), expected));
    }

    it("are told apart as new, kept and gone", () => {
        const moved = [...both.slice(0, 2), { stack: "split", site: "lab" }];
        assert.deepEqual(touched(["Pulumi.limits.yaml", "Pulumi.split.yaml"], both, moved), [
            "limits gone",
            "split new",
        ]);
    });

    it("are those of the site that was and of the site that is", () => {
        const moved = both.map((one) => (one.stack === "dev" ? { ...one, site: "sites/mine.yaml" } : one));
        assert.deepEqual(touched(["sites/mine.yaml"], both, moved), ["dev kept", "limits kept"]);
        assert.deepEqual(touched(["sites/lab.yaml"], both, moved), ["dev kept"]);
    });

    it("say why: their own files, and that it is the program's", () => {
        const changed = ["components/a.ts", "Pulumi.dev.yaml", "sites/lab.yaml", "index.ts", "docs/a.md"];
        const why = touchedStacks(changed, both, both).map((one) => one.why);
        assert.deepEqual(why, [["the program"], ["Pulumi.dev.yaml", "sites/lab.yaml", "the program"], ["the program"]]);
        assert.deepEqual(ofProgram(changed), ["components/a.ts", "index.ts"]);
    });
});
