/** Edits by other hands to each object of the stack: told by `preview`, left by `up`, undone by `up --refresh`. */
import assert from "node:assert/strict";
import { exec } from "../../support/exec.ts";
import { projectRoot } from "../../support/paths.ts";
import { kubectl, kubectlJson, labVariables, m3perf, m3perfJson, standsOn, type UpJson } from "./environment.ts";

interface Managed {
    urn: string;
    /** For kubectl: "deployments.apps/m3query". */
    target: string[];
}

interface Exported {
    deployment: {
        resources: {
            urn: string;
            type: string;
            custom: boolean;
            outputs?: {
                apiVersion?: string;
                kind?: string;
                metadata?: { name?: string; namespace?: string; labels?: Record<string, string> };
            };
        }[];
    };
}

type PreviewJson = UpJson & { byOthers: { urn: string; gone: boolean; paths: string[]; by?: string }[] | null };

const label = "app.kubernetes.io/part-of";

/** Every Kubernetes object of the stack that carries our label. */
async function managed(): Promise<Managed[]> {
    const { stdout } = await exec("pulumi", ["stack", "export"], {
        env: await labVariables(),
        cwd: projectRoot,
        timeout: 120,
    });
    const { deployment } = JSON.parse(stdout) as Exported;
    return deployment.resources.flatMap(({ urn, type, outputs }) => {
        const { apiVersion = "", kind = "", metadata } = outputs ?? {};
        if (!type.startsWith("kubernetes:") || metadata?.labels?.[label] === undefined) return [];
        const [group, version] = apiVersion.includes("/") ? apiVersion.split("/") : ["", apiVersion];
        const resource = group ? `${kind}.${version}.${group}` : kind;
        const namespace = metadata.namespace ? ["-n", metadata.namespace] : [];
        return [{ urn, target: [...namespace, resource, metadata.name ?? ""] }];
    });
}

describe("e2e: objects changed by other hands", function () {
    this.timeout(15 * 60_000);
    let objects: Managed[];
    before(async () => {
        standsOn("up", "up");
        objects = await managed();
        assert.ok(objects.length > 25, `only ${objects.length} objects with the label`);
    });

    it("with nothing changed, none is told", async () => {
        const { byOthers } = await m3perfJson<PreviewJson>(["preview"]);
        assert.deepEqual(byOthers, []);
    });

    it("each is told by preview, with the place and the hand; up leaves them, up --refresh undoes and names them", async () => {
        for (const { target } of objects) await kubectl("label", "--overwrite", ...target, `${label}=somebody`);
        await kubectl("-n", "m3db", "delete", "service", "m3query");

        const { byOthers } = await m3perfJson<PreviewJson>(["preview"]);
        const told = new Map(byOthers?.map((one) => [one.urn, one]));
        const query = objects.find(({ target }) => target.slice(-2).join("/") === "Service/m3query");
        for (const { urn, target } of objects) {
            const one = told.get(urn);
            assert.ok(one, `${target.join(" ")} is not told`);
            if (urn === query?.urn) assert.equal(one.gone, true);
            else {
                assert.ok(
                    one.paths.some((path) => path.includes("part-of")),
                    `${target.join(" ")}: ${one.paths}`,
                );
                assert.equal(one.by, "kubectl-label");
            }
        }
        const shown = await m3perf(["preview"]);
        assert.match(shown.stdout, /Changed by other hands: \d+ objects\./);
        assert.match(shown.stdout, /- Service m3query-service: is gone/);

        const edited = objects.find(({ target }) => target.includes("Namespace"))?.target ?? [];
        const plain = await m3perfJson<UpJson>(["up"], 1); // the Service is gone: verify says so
        assert.equal(plain.unchanged, true, JSON.stringify(plain.changes));
        assert.match(await kubectl("get", ...edited, "-o", "jsonpath={.metadata.labels}"), /somebody/);

        const { code, stderr } = await m3perf(["up", "--refresh"]);
        assert.equal(code, 0, stderr);
        assert.match(stderr, /\+ Service m3query-service/);
        for (const { urn, target } of objects) {
            assert.ok(
                stderr.includes(urn.split("::").at(-1) ?? urn),
                `${target.join(" ")} is not named by up --refresh`,
            );
            const { metadata } = await kubectlJson<{ metadata: { labels: Record<string, string> } }>("get", ...target);
            assert.equal(metadata.labels[label], "m3perf", target.join(" "));
        }
        assert.deepEqual((await m3perfJson<PreviewJson>(["preview"])).byOthers, []);
    });
});
