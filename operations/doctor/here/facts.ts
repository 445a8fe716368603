import { lookup } from "node:dns/promises";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { Access, Host } from "../../../settings/index.ts";
import type { Problem } from "../../../support/errors.ts";
import { messageOf } from "../../../support/errors.ts";
import { exec } from "../../../support/exec.ts";
import { projectRoot } from "../../../support/paths.ts";
import { readKubeconfigServer } from "./server.ts";

/** What the machine is on which m3perf runs, as far as the program needs something of it. */
export interface HereFacts {
    /** "24.11.0" */
    node: string;
    /** npm packages of package.json: the version that it names, and the one that is installed; undefined: none. */
    packages: { name: string; wanted: string; installed: string | undefined }[];
    /** Versions of programs on the PATH; undefined: it is not there, or does not run. */
    programs: { pulumi: string | undefined; kubectl: string | undefined };
    /** Proxies that the environment names, without what may stand in them of users and passwords. */
    proxies: { variable: string; value: string }[];
    /** NO_PROXY, in its parts. */
    noProxy: string[];
    /** Host of the cluster's API server; undefined: no kubeconfig. */
    server: string | undefined;
    /** Names of the API server and of hosts, and why each is not resolved; undefined: it is. */
    names: { name: string; why: string | undefined }[];
    /** What the lab lacks here; undefined: the site is not the lab. */
    lab: Problem[] | undefined;
}

export interface HereOptions {
    access: Access;
    hosts: Host[];
    /** Asks the lab; undefined: the site is not the lab. */
    askLab: (() => Promise<Problem[]>) | undefined;
    env?: NodeJS.ProcessEnv;
}

/** Looks, all side by side; changes nothing. */
export async function gatherHere({ access, hosts, askLab, env = process.env }: HereOptions): Promise<HereFacts> {
    const server = readKubeconfigServer(access);
    const names = new Set(
        [server, ...hosts.flatMap(({ ssh }) => (ssh.jump ? [ssh.jump.host] : [ssh.host]))].filter(
            (name) => name !== undefined && !isAddress(name),
        ) as string[],
    );
    const [pulumi, kubectl, resolved, lab] = await Promise.all([
        versionOf("pulumi", ["version"], env),
        versionOf("kubectl", ["version", "--client", "-o", "json"], env),
        Promise.all([...names].map(async (name) => ({ name, why: await unresolved(name) }))),
        askLab?.(),
    ]);
    return {
        node: process.versions.node,
        packages: packagesHere(),
        programs: { pulumi, kubectl },
        proxies: proxiesOf(env),
        noProxy: (env.NO_PROXY ?? env.no_proxy ?? "")
            .split(",")
            .map((part) => part.trim())
            .filter(Boolean),
        server,
        names: resolved,
        lab,
    };
}

export const isAddress = (name: string) => /^[\d.]+$/.test(name) || name.includes(":");

const proxyVariables = ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"];

/** As programs take it with and without a scheme, and passwords as people write them, "/" and "@" among them: all up to the last "@" goes. */
const withoutUser = (value: string) => value.replace(/^([a-z][a-z\d+.-]*:\/\/)?.*@/is, "$1");

function proxiesOf(env: NodeJS.ProcessEnv): HereFacts["proxies"] {
    return proxyVariables.flatMap((variable) => {
        const value = env[variable];
        return value ? [{ variable, value: withoutUser(value) }] : [];
    });
}

async function unresolved(name: string): Promise<string | undefined> {
    try {
        await lookup(name);
        return undefined;
    } catch (error) {
        return messageOf(error);
    }
}

async function versionOf(program: string, words: string[], env: NodeJS.ProcessEnv): Promise<string | undefined> {
    const { code, stdout } = await exec(program, words, { env, timeout: 10 }).catch(() => ({ code: 1, stdout: "" }));
    if (code !== 0) return undefined;
    return /v?(\d+\.\d+\.\d+[\w.+-]*)/.exec(stdout)?.[1] ?? "unknown";
}

interface PackageFile {
    version?: string;
    dependencies?: Record<string, string>;
}

function packagesHere(): HereFacts["packages"] {
    const read = (path: string) => JSON.parse(readFileSync(join(projectRoot, path), "utf8")) as PackageFile;
    return Object.entries(read("package.json").dependencies ?? {}).map(([name, wanted]) => {
        const path = `node_modules/${name}/package.json`;
        return { name, wanted, installed: existsSync(join(projectRoot, path)) ? read(path).version : undefined };
    });
}
