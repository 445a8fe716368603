import assert from "node:assert/strict";
import {
    criticalPath,
    criticalPathText,
    type Span,
    type StateResource,
} from "../../../operations/stack/critical-path.ts";
import { follow, startFollowing } from "../../../operations/stack/events.ts";

const urn = (name: string) => `urn:pulumi:dev::m3perf::kubernetes:core/v1:ConfigMap::${name}`;
const component = (name: string) => `urn:pulumi:dev::m3perf::m3perf:m3:Any::${name}`;
const span = (name: string, from: number, to: number): Span => ({ urn: urn(name), from: 100 + from, to: 100 + to });
const resource = (name: string, ...dependencies: string[]): StateResource => ({
    urn: urn(name),
    dependencies: dependencies.map(urn),
});
const names = (spans: Span[], resources: StateResource[]) =>
    criticalPath(spans, resources).map(({ name, start, seconds, waited }) => [name, start, seconds, waited]);

describe("the critical path of an update", () => {
    it("goes back from what ended last, by the dependency that ended last each time", () => {
        const spans = [
            span("quick", 0, 1),
            span("slow", 0, 5),
            span("middle", 5, 8),
            span("aside", 0, 7),
            span("end", 9, 10),
        ];
        const resources = [
            resource("quick"),
            resource("slow"),
            resource("aside"),
            resource("middle", "quick", "slow"),
            resource("end", "middle", "quick"),
        ];
        assert.deepEqual(names(spans, resources), [
            ["ConfigMap slow", 0, 5, 0],
            ["ConfigMap middle", 5, 3, 0],
            ["ConfigMap end", 9, 1, 1],
        ]);
    });

    it("takes the dependencies of the components that a resource is in for its own", () => {
        const parent: StateResource = { urn: component("b"), dependencies: [urn("first")] };
        const resources = [resource("first"), parent, { ...resource("child"), parent: component("b") }];
        assert.deepEqual(
            names([span("first", 0, 4), span("child", 4.02, 6)], resources).map(([name]) => name),
            ["ConfigMap first", "ConfigMap child"],
        );
    });

    it("ends for a state with a circle, and for resources that the state does not know", () => {
        const circle = [resource("a", "b"), resource("b", "a")];
        assert.equal(names([span("a", 0, 1), span("b", 1, 2)], circle).length, 2);
        assert.equal(names([span("a", 0, 1)], []).length, 1);
        assert.deepEqual(criticalPath([], []), []);
    });

    it("is told with what was waited for; what took nothing has no line", () => {
        const path = criticalPath(
            [span("slow", 0, 5), span("nothing", 5, 5.01), span("end", 9, 10)],
            [resource("slow"), resource("nothing", "slow"), resource("end", "nothing")],
        );
        assert.equal(
            criticalPathText(path),
            [
                "What the update's 10.0 s went by, one after the other:",
                "  at    0.0 s  ConfigMap slow        5.0 s",
                "  at    9.0 s  ConfigMap end         1.0 s   after 4.0 s of waiting",
            ].join("\n"),
        );
    });

    it("is made of what the engine's events tell: what was worked on, not what stayed as it is", () => {
        const state = startFollowing();
        const metadata = { op: "create", urn: urn("a"), type: "kubernetes:core/v1:ConfigMap" };
        follow(state, { resourcePreEvent: { metadata } }, 1.25);
        follow(state, { resOutputsEvent: { metadata } }, 3.5);
        follow(state, { resOutputsEvent: { metadata: { ...metadata, urn: urn("b"), op: "same" } } }, 4);
        assert.deepEqual(state.spans, [{ urn: urn("a"), from: 1.25, to: 3.5 }]);
    });
});
