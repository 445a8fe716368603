import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isDeepStrictEqual } from "node:util";
import { stringify } from "yaml";
import { loadSettings } from "../../../../settings/index.ts";
import { type JsonSchema, jsonSchemaOf } from "../../../../settings/reference/json-schema.ts";
import { stackSchema } from "../../../../settings/stack-file.ts";
import { runWithMocks } from "../../../support/pulumi-mocks.ts";
import { ed25519Pair } from "../../../support/ssh-keys.ts";
import { changes } from "./changes.ts";

/** Settings that no change of resources can show, with the reason. */
const elsewhere: Record<string, string> = {
    site: "another site is another environment: every test with a site of its own shows it",
    "m3db.replicationFactor": "bound to the site's isolation groups (quorum.ts); m3db-guard.test.ts has five",
    "observe.scrape": "asks for a site with an operator, or a Helm release; test/unit/components/observe has both",
    "observe.rules.resourceLabels": "asks for a site with an operator; test/unit/components/observe has one",
    "generator.kinds.counter": "with the others 100 percent: changes.ts changes all three at once",
    "generator.kinds.gauge": "see above",
    "generator.kinds.histogram": "see above",
    sshPrivateKey: "a secret; test/unit/components/repository.test.ts and kernel-upgrade.test.ts follow it",
};

const isFree = ({ properties, items, anyOf, oneOf }: JsonSchema) => !properties && !items && !anyOf && !oneOf;

/** Every setting that has a value of its own; lists and maps of plain values are one. */
function leavesOf(schema: JsonSchema, path = ""): string[] {
    const { properties, items } = schema;
    const kinds = [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])];
    const below = [
        ...Object.entries(properties ?? {}).flatMap(([key, one]) =>
            leavesOf(one, path === "" ? key : `${path}.${key}`),
        ),
        ...(items && !isFree(items) ? leavesOf(items, `${path}[0]`) : []),
        ...kinds.filter((kind) => !isFree(kind)).flatMap((kind) => leavesOf(kind, path)),
    ];
    return below.length > 0 ? below : [path];
}

const keysOf = (path: string) => path.split(/[.[\]]+/).filter((key) => key !== "");

/** Sets a value in settings, with whatever has to be around it; undefined takes it away. */
function set(settings: Record<string, unknown>, path: string, value: unknown): void {
    const keys = keysOf(path);
    let at = settings as Record<string, unknown>;
    for (const [index, key] of keys.entries()) {
        if (index === keys.length - 1) {
            if (value === undefined) delete at[key];
            else at[key] = value;
        } else {
            at[key] ??= /^\d+$/.test(keys[index + 1] ?? "") ? [] : {};
            at = at[key] as Record<string, unknown>;
        }
    }
}

/** What a provider would give back: the inputs, a name where Pulumi makes one, a password, what a command of certificates prints. */
const stateOf = (name: string, inputs: Record<string, unknown>) => ({
    ...inputs,
    metadata: { name: `${name}-0a1b2c3d`, ...((inputs.metadata ?? {}) as object) },
    result: "0".repeat(48),
    stdout: JSON.stringify({ issued: Date.now(), certificate: "c", key: "k", authority: "a" }),
});

describe("every setting takes effect", function () {
    this.timeout(300_000);
    let folder: string;
    let run = 0;
    /** By settings with their defaults. */
    const seen: Record<string, unknown> = {};

    before(() => {
        folder = mkdtempSync(join(tmpdir(), "m3perf-effect-"));
        const kubeconfig = { clusters: [{ name: "a", cluster: { server: "https://127.0.0.1:1" } }] };
        const contexts = { contexts: [{ name: "a", context: { cluster: "a", user: "a" } }], "current-context": "a" };
        writeFileSync(join(folder, "kubeconfig"), stringify({ ...kubeconfig, ...contexts, users: [{ name: "a" }] }));
        writeFileSync(join(folder, "key"), ed25519Pair().private, { mode: 0o600 });
        const ssh = { user: "root", privateKeyFile: join(folder, "key"), hostKey: ed25519Pair().public };
        const big = { cpu: 16, memory: "64Gi" };
        const m3db = Array.from({ length: 6 }, (_, index) => ({
            ...{ name: `worker-${index + 1}`, roles: ["m3db"], isolationGroup: `rep${index % 3}` },
            ...{ address: `10.90.0.${index + 11}`, ...big },
        }));
        const fronts = [1, 2].map((index) => ({
            ...{ name: `front-${index}`, roles: ["coordinator", "aggregator"] },
            ...{ address: `10.90.0.${index + 50}`, ...big },
        }));
        const of = "prometheus-server";
        const site = {
            name: "effect",
            nodes: [{ name: "master", roles: ["master"], address: "10.90.0.10", ...big }, ...m3db, ...fronts],
            kubeconfig: join(folder, "kubeconfig"),
            storageClass: "local-path",
            ssh,
            prometheus: {
                ...{ namespace: "monitoring", deployment: of, configMap: of, configKey: "prometheus.yml" },
                ...{ service: of, port: 9090 },
            },
        };
        writeFileSync(join(folder, "site.yaml"), stringify(site));
    });
    after(() => rmSync(folder, { recursive: true }));

    /** All that the program would hand to the engine, and what it warns of. */
    async function outcome(settings: Record<string, unknown>): Promise<unknown> {
        const known = JSON.stringify(stackSchema.parse(settings));
        seen[known] ??= await handedOver(settings);
        return seen[known];
    }

    async function handedOver(settings: Record<string, unknown>): Promise<unknown> {
        const config = Object.fromEntries(
            Object.entries({ site: join(folder, "site.yaml"), ...settings }).map(([key, value]) => [
                `m3perf:${key}`,
                typeof value === "string" ? value : JSON.stringify(value),
            ]),
        );
        const { warnings } = loadSettings({ config, stackFile: "Pulumi.effect.yaml" });
        run += 1;
        // Another address each time: the program runs again, what it imports is loaded once.
        const program = () => import(`../../../../index.ts?run=${run}`);
        const { resources } = await runWithMocks(config, program, stateOf, false);
        return [warnings, [...resources.values()].map(({ name, inputs }) => [name, inputs])];
    }

    for (const [path, from, to, beside = {}] of changes) {
        it(path, async () => {
            const [before, after] = [from, to].map((value) => {
                const settings: Record<string, unknown> = {};
                for (const [other, given] of Object.entries(beside)) set(settings, other, structuredClone(given));
                set(settings, path, value);
                return settings;
            });
            assert.ok(before && after);
            const [one, other] = [await outcome(before), await outcome(after)];
            assert.ok(!isDeepStrictEqual(one, other), `${path}: ${JSON.stringify(from)} or ${JSON.stringify(to)}`);
        });
    }

    it("is asked of every setting of the schema", () => {
        const asked = new Set(changes.map(([path]) => path.replaceAll(/\[\d+\]/g, "[0]")));
        const all = [...new Set(leavesOf(jsonSchemaOf(stackSchema)))];
        assert.ok(all.length > 150, String(all.length));
        assert.deepEqual(
            all.filter((path) => !asked.has(path) && !(path in elsewhere)),
            [],
        );
    });
});
