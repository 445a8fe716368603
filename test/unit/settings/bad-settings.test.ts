import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { loadSettings } from "../../../settings/index.ts";
import { UserError } from "../../../support/errors.ts";
import { projectRoot } from "../../../support/paths.ts";
import { badScenarios } from "./bad-scenarios.ts";
import { badSites } from "./bad-sites.ts";

const ssh = { privateKeyFile: "/key", hostKey: "ssh-ed25519 AAAA" };

/** What zod says by itself; it speaks of the schema, not of the setting. */
const zodsOwn = /Invalid|expected|received|Unrecognized|Too (small|big)|undefined|\bobject\b|NaN/;

describe("settings: wrong ones, one clear message each", () => {
    let folder: string;
    before(() => {
        folder = mkdtempSync(join(tmpdir(), "m3perf-bad-"));
    });
    after(() => rmSync(folder, { recursive: true }));

    /** The lines that the settings are refused with. */
    function lines(config: Record<string, unknown>, site = "sites/reference.yaml"): string[] {
        const text = Object.entries({ site, ...config }).map(([key, value]) => [
            `m3perf:${key}`,
            typeof value === "string" ? value : JSON.stringify(value),
        ]);
        try {
            loadSettings({ config: Object.fromEntries(text), stackFile: "Pulumi.bad.yaml" });
        } catch (error) {
            assert.ok(error instanceof UserError, String(error));
            return error.message.split("\n").slice(1);
        }
        assert.fail("no error");
    }

    function siteFile(change: Record<string, unknown>): string {
        const document = parseDocument(readFileSync(join(projectRoot, "sites/reference.yaml"), "utf8"));
        for (const [path, value] of Object.entries(change)) {
            const keys = path.split(".").map((key) => (/^\d+$/.test(key) ? Number(key) : key));
            if (value === undefined) document.deleteIn(keys);
            else document.setIn(keys, document.createNode(value));
        }
        const file = join(folder, "site.yaml");
        writeFileSync(file, document.toString());
        return file;
    }

    function check([line = "", ...more]: string[], path: string, value: unknown, says: RegExp): void {
        assert.deepEqual(more, [], `more than one message:\n${line}`);
        const shown = value === undefined ? `${path} ` : `${path} = ${JSON.stringify(value)} `;
        assert.ok(line.includes(shown), `no "${shown}" in:\n${line}`);
        assert.match(line, says);
        assert.doesNotMatch(line, zodsOwn);
    }

    for (const [what, config, path, value, says] of badScenarios) {
        it(what, () => check(lines(config, siteFile({ ssh })), path, value, says));
    }
    for (const [what, change, path, value, says] of badSites) {
        it(`in a site file: ${what}`, () => check(lines({}, siteFile(change)), path, value, says));
    }

    it("are many", () => assert.ok(badScenarios.length + badSites.length >= 70));

    it("are all told at once, those of the scenario, of the site, and of both together", () => {
        const site = siteFile({ "nodes.0.cpu": "four", storageclass: "a", storageClass: undefined, note: 5 });
        const config = {
            etdc: { members: 3 },
            etcd: { members: 2, memory: "256m" },
            m3db: { replicationfactor: 5, namespaces: [{ name: "a b", retention: "2d" }] },
            query: { nodePort: 32555, maxFetchedSeries: "many" },
            prometheus: { remoteWrite: { url: "http://m3query.m3db:7201/api/v1/prom/remote/write" } },
        };
        const paths = [
            "m3perf:etdc",
            "m3perf:m3db.replicationfactor",
            "m3perf:etcd.members",
            "m3perf:etcd.memory",
            "m3perf:m3db.namespaces[0].name",
            "m3perf:m3db.namespaces[0].retention",
            "m3perf:query.maxFetchedSeries",
            "m3perf:query.nodePort",
            "storageclass",
            "nodes[0].cpu",
            "note",
        ];
        const told = lines(config, site);
        assert.equal(told.length, paths.length, told.join("\n"));
        for (const path of paths)
            assert.ok(
                told.some((line) => line.includes(`${path} = `)),
                `no ${path} in\n${told.join("\n")}`,
            );
        // With a site that can be read, the rules between settings as well.
        const rules = lines(config).join("\n");
        assert.match(rules, /replicationFactor = 5 +would put two replicas on one node/);
        assert.match(rules, /query\.nodePort = 32555 +is m3perf:coordinator\.nodePort too/);
        assert.match(rules, /remoteWrite\.url = .* points to m3query/);
    });

    it("say of a site that cannot be read why, with what else is wrong", () => {
        const [first, second] = lines({ etcd: { members: 2 } }, "sites/nobody.yaml");
        assert.match(first ?? "", /m3perf:etcd\.members = 2/);
        assert.match(
            second ?? "",
            /m3perf:site = "sites\/nobody\.yaml" +there is no file .*start from sites\/reference\.yaml/,
        );
        const file = join(folder, "broken.yaml");
        writeFileSync(file, "nodes: [\n");
        check(lines({}, file), "m3perf:site", file, /cannot be read as YAML/);
    });

    it("show no secret, whatever name it was written under", () => {
        const key = "-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA";
        const [line = ""] = lines({ sshPrivatKey: key });
        assert.match(line, /m3perf:sshPrivatKey = \(not shown\) +is not known: did you mean sshPrivateKey\?/);
        assert.doesNotMatch(lines({ prometheus: { basicAuth: { password: "hunter2" } } }).join("\n"), /hunter2/);
        // What Pulumi keeps as a secret is one, whatever its name.
        const isSecret = (name: string) => name === "m3perf:m3db";
        assert.throws(
            () => loadSettings({ config: { "m3perf:m3db": "hunter2" }, stackFile: "Pulumi.bad.yaml", isSecret }),
            /m3perf:m3db = \(not shown\) +must be a map of settings/,
        );
        assert.doesNotMatch(lines({ password: "hunter2" }).join("\n"), /hunter2/);
    });
});
