import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { addressPlan } from "../../../lab/cluster/addresses.ts";
import { kubectl } from "../../../lab/cluster/kubectl.ts";
import { networksOf, pastProxy } from "../../../lab/cluster/proxy.ts";

const proxy = { HTTPS_PROXY: "http://proxy.example:3128" };

describe("a proxy of the environment", () => {
    it("is not asked for a lab's networks; what was there stays", () => {
        const networks = networksOf(addressPlan(2));
        assert.deepEqual(networks, ["10.77.2.1", "10.77.2.0/24", "10.90.0.0/16", "10.98.0.0/16"]);
        const all = networks.join(",");
        assert.deepEqual(pastProxy(networks, proxy), { NO_PROXY: all, no_proxy: all });
        const one = { ...proxy, no_proxy: "localhost, .example" };
        assert.deepEqual(pastProxy(networks, one), {
            NO_PROXY: `localhost,.example,${all}`,
            no_proxy: `localhost,.example,${all}`,
        });
        const both = { http_proxy: "http://proxy:1", NO_PROXY: "a", no_proxy: "b" };
        assert.deepEqual(pastProxy(["10.0.0.0/8"], both), { NO_PROXY: "a,10.0.0.0/8", no_proxy: "b,10.0.0.0/8" });
    });

    it("is named once, also in a shell of `lab env`", () => {
        const first = pastProxy(["10.0.0.0/8"], proxy);
        assert.deepEqual(pastProxy(["10.0.0.0/8"], { ...proxy, ...first }), first);
    });

    it("leaves an environment alone that has none, or that asks none for anything", () => {
        assert.deepEqual(pastProxy(["10.0.0.0/8"], { NO_PROXY: "a" }), {});
        assert.deepEqual(pastProxy(["10.0.0.0/8"], { ...proxy, NO_PROXY: "*" }), { NO_PROXY: "*", no_proxy: "*" });
    });

    it("is told to the lab's own kubectl", async () => {
        const folder = mkdtempSync(join(tmpdir(), "m3perf-proxy-"));
        const set = { ...proxy, NO_PROXY: "localhost", no_proxy: "" };
        const saved = Object.keys(set).map((name) => [name, process.env[name]] as const);
        try {
            const path = join(folder, "kubectl");
            writeFileSync(path, '#!/bin/sh\necho "$HTTPS_PROXY $NO_PROXY"\n', { mode: 0o755 });
            Object.assign(process.env, set);
            const told = await kubectl({ path: () => path }, "/nowhere")(["get", "nodes"]);
            assert.equal(told, "http://proxy.example:3128 localhost,10.77.0.0/16\n");
        } finally {
            for (const [name, value] of saved) {
                if (value === undefined) delete process.env[name];
                else process.env[name] = value;
            }
            rmSync(folder, { recursive: true });
        }
    });
});
