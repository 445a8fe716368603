import assert from "node:assert/strict";
import { gatherHere, type HereFacts } from "../../../operations/doctor/here/facts.ts";
import { readKubeconfigServer } from "../../../operations/doctor/here/server.ts";
import { here, matches } from "../../../operations/doctor/judge/here.ts";
import { examined } from "./fixtures.ts";

const good: HereFacts = {
    node: "24.11.0",
    packages: [{ name: "zod", wanted: "4.6.7", installed: "4.6.7" }],
    programs: { pulumi: "3.259.0", kubectl: "1.35.4" },
    proxies: [],
    noProxy: [],
    server: "api.example.com",
    names: [{ name: "api.example.com", why: undefined }],
    lab: undefined,
};

const found = (changes: Partial<HereFacts>) =>
    here({ ...examined(), here: { ...good, ...changes } }).map(
        ({ level, what, found: seen }) => `${level} ${what}: ${seen}`,
    );

describe("doctor: this machine and its toolchain", () => {
    it("nothing to say where all is there, or where it was not looked at", () => {
        assert.deepEqual(found({}), []);
        assert.deepEqual(here(examined()), []);
    });

    it("an old Node", () => {
        assert.deepEqual(found({ node: "20.18.1" }), ["failure Node: 20.18.1"]);
        assert.deepEqual(found({ node: "22.17.0" }), ["failure Node: 22.17.0"]);
        assert.deepEqual(found({ node: "22.18.0" }), []);
    });

    it("npm packages that are not there, or of another version", () => {
        const packages = [
            { name: "zod", wanted: "4.6.7", installed: "4.0.0" },
            { name: "yaml", wanted: "2.9.1", installed: undefined },
        ];
        assert.deepEqual(found({ packages }), ["failure npm packages: zod 4.0.0, yaml is not there"]);
    });

    it("pulumi and kubectl that are not there; the lab brings its own", () => {
        const programs = { pulumi: undefined, kubectl: undefined };
        assert.deepEqual(found({ programs }), ["failure pulumi: not on the PATH", "warning kubectl: not on the PATH"]);
        assert.deepEqual(found({ programs, lab: [] }), []);
    });

    it("a proxy between here and the cluster, but for what NO_PROXY names", () => {
        const proxies = [{ variable: "HTTPS_PROXY", value: "http://proxy:3128" }];
        const [line] = found({ proxies });
        assert.match(
            line ?? "",
            /^warning proxy: HTTPS_PROXY=http:\/\/proxy:3128, and NO_PROXY does not name api\.example\.com, /,
        );
        assert.deepEqual(found({ proxies, noProxy: ["*"] }), []);
    });

    it("NO_PROXY is read as Go reads it", () => {
        for (const [part, host] of [
            ["example.com", "api.example.com"],
            [".example.com", "api.example.com"],
            ["10.0.0.0/8", "10.7.1.2"],
            ["10.0.0.7", "10.0.0.7"],
        ])
            assert.ok(matches(part ?? "", host ?? ""), `${part} ${host}`);
        for (const [part, host] of [
            ["ample.com", "api.example.com"],
            ["10.0.0.0/24", "10.0.1.2"],
            ["0.7", "10.0.0.7"],
        ])
            assert.ok(!matches(part ?? "", host ?? ""), `${part} ${host}`);
    });

    it("a name that is not resolved", () => {
        const names = [{ name: "api.example.com", why: "ENOTFOUND" }];
        assert.deepEqual(found({ names }), ["failure DNS: api.example.com is not resolved here: ENOTFOUND"]);
    });

    it("what the lab lacks", () => {
        const lab = [
            {
                what: "3.0 GiB of memory is free",
                why: "the lab needs about 12.0 GiB",
                next: "stop what else uses memory",
            },
        ];
        assert.deepEqual(found({ lab }), ["failure lab: 3.0 GiB of memory is free (the lab needs about 12.0 GiB)"]);
    });

    it("the API server's host comes out of the kubeconfig, by its context", () => {
        const kubeconfig = JSON.stringify({
            "current-context": "a",
            contexts: ["a", "b"].map((name) => ({ name, context: { cluster: name } })),
            clusters: ["a", "b"].map((name) => ({ name, cluster: { server: `https://${name}.example.com:6443` } })),
        });
        const access = { path: "k", context: null, kubeconfig };
        assert.equal(readKubeconfigServer(access), "a.example.com");
        assert.equal(readKubeconfigServer({ ...access, context: "b" }), "b.example.com");
        assert.equal(readKubeconfigServer({ ...access, kubeconfig: "}{" }), undefined);
        assert.equal(readKubeconfigServer({ ...access, missing: { why: "", next: "" } }), undefined);
    });

    it("shows no proxy's user and password, however they are written", async () => {
        for (const [given, shown] of [
            ["user:geheim@proxy.corp:3128", "proxy.corp:3128"],
            ["http://user:ge/heim@proxy.corp:3128/", "http://proxy.corp:3128/"],
            ["http://user:ge@heim@proxy.corp:3128", "http://proxy.corp:3128"],
            ["socks5h://user@proxy.corp", "socks5h://proxy.corp"],
            ["proxy.corp:3128", "proxy.corp:3128"],
        ]) {
            const { proxies } = await gatherHere({
                access: { path: null, context: null, kubeconfig: "", missing: { why: "no cluster", next: "" } },
                hosts: [],
                askLab: undefined,
                env: { PATH: "/nowhere", https_proxy: given },
            });
            assert.deepEqual(proxies, [{ variable: "https_proxy", value: shown }]);
        }
    });

    it("is gathered without a secret: a proxy's user and password are left out", async () => {
        const facts = await gatherHere({
            access: { path: null, context: null, kubeconfig: "", missing: { why: "no cluster", next: "" } },
            hosts: [],
            askLab: undefined,
            env: { PATH: "/nowhere", HTTPS_PROXY: "http://me:hunter2@proxy:3128", NO_PROXY: "a, b" },
        });
        assert.deepEqual(facts.proxies, [{ variable: "HTTPS_PROXY", value: "http://proxy:3128" }]);
        assert.deepEqual(facts.noProxy, ["a", "b"]);
        assert.deepEqual(facts.programs, { pulumi: undefined, kubectl: undefined });
        assert.ok(facts.packages.length > 4);
        assert.deepEqual(
            facts.packages.filter(({ wanted, installed }) => wanted !== installed),
            [],
        );
    });
});
