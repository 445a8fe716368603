import assert from "node:assert/strict";
import { unknownApiServer } from "../../../settings/rules/network.ts";
import { scenarioSchema } from "../../../settings/scenario.ts";
import type { Site, SiteNode } from "../../../settings/site.ts";

const node = (name: string, roles: SiteNode["roles"]): SiteNode => ({
    ...{ name, roles, address: "10.0.0.1", cpu: 4, memory: "8Gi" },
});
const prometheus = {
    namespace: "monitoring",
    service: "p",
    port: 9090,
    configMap: "p",
    configKey: "p",
    deployment: "p",
};
const site = (...nodes: SiteNode[]): Site => ({ name: "s", nodes, storageClass: "local-path", prometheus });
const warned = (networkPolicies: object, ...nodes: SiteNode[]) =>
    unknownApiServer(site(...nodes), scenarioSchema.parse({ networkPolicies }));

describe("settings: network policies", () => {
    it("are off unless told: no default knows from where an API server reaches pods", () => {
        assert.deepEqual(scenarioSchema.parse({}).networkPolicies, { enabled: false, allowFrom: [] });
    });

    it("warn where the API server's address is nowhere in them", () => {
        const worker = node("worker", ["m3db"]);
        assert.match(warned({ enabled: true }, worker).join(), /no node of the site has the role master/);
        assert.deepEqual(warned({ enabled: true }, worker, node("master", ["master"])), []);
        assert.deepEqual(warned({ enabled: true, allowFrom: ["10.0.0.0/8"] }, worker), []);
        assert.deepEqual(warned({}, worker), []);
    });
});
