import { readFileSync } from "node:fs";
import { dirname, resolve } from "node:path";
import { parse, stringify } from "yaml";
import * as z from "zod";
import { UserError } from "../support/errors.ts";

/** Exit code, as of all wrong settings. */
const wrongSettings = 78;

/** A kubeconfig that leads nowhere: with it nothing can fall back to a cluster that happens to be in ~/.kube/config. */
export const nowhere = kubeconfigOf({
    cluster: { server: "https://127.0.0.1:1" },
    user: {},
    name: "no-cluster-at-hand",
});

const part = z.record(z.string(), z.unknown());
/** What is looked at of clientcmd/api/v1's Config; all else is left as it is. */
const schema = z.looseObject({
    "current-context": z.string().optional(),
    clusters: z.array(z.looseObject({ name: z.string(), cluster: part.optional() })).default([]),
    users: z.array(z.looseObject({ name: z.string(), user: part.optional() })).default([]),
    contexts: z
        .array(z.looseObject({ name: z.string(), context: z.looseObject({ cluster: z.string(), user: z.string() }) }))
        .default([]),
});

/**
 * The content of a kubeconfig file, reduced to one context and with the files that it names taken in, as
 * `kubectl config view --minify --flatten` gives it: the state then depends on no path of this machine.
 */
export function readKubeconfig(path: string, context?: string): string {
    const { contexts, clusters, users, "current-context": current } = readConfig(path);
    const wanted = context ?? current;
    const chosen = contexts.find((entry) => entry.name === wanted)?.context;
    const cluster = clusters.find((entry) => entry.name === chosen?.cluster)?.cluster;
    const user = users.find((entry) => entry.name === chosen?.user)?.user;
    if (!wanted || !chosen || !cluster) {
        const problem = {
            what: `it has the contexts: ${contexts.map((entry) => entry.name).join(", ") || "none"}`,
            next: "set context in the site file to one of them",
        };
        throw new UserError(
            `the kubeconfig ${path} has no usable context ${wanted ?? "(none is current)"}`,
            problem,
            wrongSettings,
        );
    }
    const inline = (one: z.infer<typeof part>) => takeIn(one, path);
    return kubeconfigOf({ name: wanted, cluster: inline(cluster), user: inline(user ?? {}) });
}

function kubeconfigOf(parts: { name: string; cluster: object; user: object }): string {
    const { name, cluster, user } = parts;
    return stringify({
        apiVersion: "v1",
        kind: "Config",
        "current-context": name,
        clusters: [{ name, cluster }],
        users: [{ name, user }],
        contexts: [{ name, context: { cluster: name, user: name } }],
    });
}

/** Throws UserError; it holds credentials, so that nothing of its content is told. */
function readConfig(path: string): z.infer<typeof schema> {
    let content: unknown;
    try {
        content = parse(readFileSync(path, "utf8")) ?? {};
    } catch (error) {
        const code = (error as NodeJS.ErrnoException).code;
        throw noKubeconfig(path, typeof code === "string" && /^E[A-Z]+$/.test(code) ? code : "it is no YAML");
    }
    const read = schema.safeParse(content);
    if (read.success) return read.data;
    const places = read.error.issues.map((issue) => issue.path.map(String).join(".") || "the whole file");
    throw noKubeconfig(path, `not as kubectl has it: ${[...new Set(places)].slice(0, 5).join(", ")}`);
}

const noKubeconfig = (path: string, what: string) =>
    new UserError(
        `${path} is no kubeconfig that can be read`,
        {
            what,
            next: "correct it, or kubeconfig in the site file: KUBECONFIG=PATH kubectl config view shows what is wrong",
        },
        wrongSettings,
    );

/** Replaces "x: file" by "x-data: base64" for the certificates and keys that a kubeconfig may name by path. */
function takeIn(one: z.infer<typeof part>, path: string): Record<string, unknown> {
    const read = (key: string, file: string) => {
        try {
            return readFileSync(resolve(dirname(path), file));
        } catch {
            const problem = { what: `${key}: ${file}`, next: "put the file there, or correct the kubeconfig" };
            throw new UserError(`the kubeconfig ${path} names a file that cannot be read`, problem, wrongSettings);
        }
    };
    const result: Record<string, unknown> = {};
    for (const [key, value] of Object.entries(one)) {
        const isFile = ["certificate-authority", "client-certificate", "client-key"].includes(key);
        if (isFile && typeof value === "string") result[`${key}-data`] = read(key, value).toString("base64");
        else if (key === "tokenFile" && typeof value === "string") result.token = read(key, value).toString().trim();
        else result[key] = value;
    }
    return result;
}
