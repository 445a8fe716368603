import { existsSync, readFileSync } from "node:fs";
import { messageOf } from "../support/errors.ts";
import { rolledNodes } from "./host-rules.ts";
import { hostKeyIn } from "./known-hosts.ts";
import { fromSite, shown } from "./locate.ts";
import type { SettingProblem } from "./problems.ts";
import type { Scenario } from "./scenario.ts";
import type { Site, SiteSsh } from "./site.ts";
import { withRole } from "./topology.ts";

/** How one machine answers SSH, everything decided; no secret in it. */
export interface SshAccess {
    host: string;
    port: number;
    user: string;
    /** Absolute path of the private key's file; null: the key is the stack's secret `m3perf:sshPrivateKey`. */
    privateKeyFile: string | null;
    /** "ssh-ed25519 AAAA…". Host keys are always checked. */
    hostKey: string;
    /** Null: a direct connection. */
    jump: Omit<SshAccess, "jump"> | null;
}

/** A node that answers SSH. */
export interface Host {
    /** The Kubernetes node's name. */
    node: string;
    ssh: SshAccess;
}

/** Pulumi's secret setting that holds a private key for every host whose key is in no file. */
export const sshKeySetting = "sshPrivateKey";

export interface ResolvedHosts {
    hosts: Host[];
    problems: SettingProblem[];
}

/**
 * The site's hosts, each with its own settings over the site's. A node answers SSH when it has an `ssh`, or the site has one.
 * `keyInStack`: the stack has the secret sshPrivateKey. What is missing is told with its path in the site file.
 */
export function resolveHosts(site: Site, siteFile: string, keyInStack: boolean): ResolvedHosts {
    const problems: SettingProblem[] = [];
    const hosts = site.nodes.flatMap((node, index): Host[] => {
        if (!node.ssh && !site.ssh) return [];
        const own: SiteSsh = { host: node.address, ...siteDefaults(site.ssh, node.ssh), ...node.ssh };
        const path = node.ssh ? `nodes[${index}].ssh` : "ssh";
        const { jump } = own;
        const resolve = (one: SiteSsh, at: string) => {
            const { access, missing } = accessOf(one, siteFile, keyInStack);
            problems.push(
                ...missing.map(({ key, ...rest }) => ({ path: `${shown(siteFile)}: ${at}.${key}`, ...rest })),
            );
            return access;
        };
        const ssh = {
            ...resolve(own, path),
            jump: jump ? resolve({ ...withoutAddress(own), ...jump }, `${path}.jump`) : null,
        };
        return [{ node: node.name, ssh }];
    });
    // One wrong setting of the site concerns every node: it is told once.
    const told = new Set<string>();
    const once = problems.filter(({ path, reason }) => !told.has(`${path} ${reason}`) && told.add(`${path} ${reason}`));
    return { hosts, problems: once };
}

/** What a node takes over from its site: not the site's host key where the node says itself where its own is. */
function siteDefaults(site: SiteSsh = {}, node: SiteSsh = {}): SiteSsh {
    const { hostKey, ...rest } = site;
    return hostKey === undefined || node.knownHosts !== undefined ? rest : { ...rest, hostKey };
}

/** What a jump host takes over from the host behind it: user, key and known_hosts, but neither address nor host key. */
function withoutAddress({ user, privateKeyFile, knownHosts }: SiteSsh): SiteSsh {
    return {
        ...(user === undefined ? {} : { user }),
        ...(privateKeyFile === undefined ? {} : { privateKeyFile }),
        ...(knownHosts === undefined ? {} : { knownHosts }),
    };
}

type Missing = { key: keyof SiteSsh; value: unknown; reason: string };

function accessOf(ssh: SiteSsh, siteFile: string, keyInStack: boolean) {
    const { host = "", port = 22, user = "root" } = ssh;
    const missing: Missing[] = [];
    const keyFile = ssh.privateKeyFile === undefined ? null : fromSite(siteFile, ssh.privateKeyFile);
    if (keyFile === null && !keyInStack) {
        const reason = `is missing: the path of the private key; or set the key as a secret: pulumi config set --secret m3perf:${sshKeySetting} < FILE`;
        missing.push({ key: "privateKeyFile", value: undefined, reason });
    }
    const found = hostKeyOf(ssh, siteFile);
    if (typeof found !== "string") missing.push(found);
    const hostKey = typeof found === "string" ? found : "";
    return { access: { host, port, user, privateKeyFile: keyFile, hostKey }, missing };
}

/** The host's key, or why there is none. */
function hostKeyOf({ host = "", port = 22, hostKey, knownHosts }: SiteSsh, siteFile: string): string | Missing {
    if (hostKey !== undefined) {
        const isKey = /^(ssh-|ecdsa-)\S+ +[A-Za-z0-9+/]+=*(\s|$)/.test(hostKey.trim());
        return isKey
            ? hostKey.trim()
            : { key: "hostKey", value: hostKey, reason: 'must look like "ssh-ed25519 AAAA…"' };
    }
    if (knownHosts === undefined) {
        const reason =
            "is missing: host keys are always checked; give hostKey or knownHosts (ssh-keyscan shows a host's key; compare it with the host's own)";
        return { key: "hostKey", value: undefined, reason };
    }
    const problem = (reason: string): Missing => ({ key: "knownHosts", value: knownHosts, reason });
    const file = fromSite(siteFile, knownHosts);
    if (!existsSync(file)) return problem("is a file that is not there");
    try {
        const name = port === 22 ? host : `[${host}]:${port}`;
        const scan = `ssh-keyscan -p ${port} ${host} shows it; compare it with the host's own`;
        return hostKeyIn(readFileSync(file, "utf8"), host, port) ?? problem(`has no key of ${name} (${scan})`);
    } catch (error) {
        return problem(`cannot be read: ${messageOf(error)}`);
    }
}

/**
 * A warning where @pulumi/command is to go to a host, or over a jump host, whose key is given as ssh-rsa: Go's SSH may then take
 * that for the signature's algorithm, too, which is with SHA-1, and which OpenSSH leaves out since 8.8. Rolls do not go that way.
 */
export function rsaHostKeys(site: Site, { kernel, hosts: { tuning } }: Scenario, hosts: Host[]): string[] {
    const { source } = site.repository ?? {};
    const asked = new Set([
        ...(kernel ? rolledNodes(hosts, kernel.nodes) : []),
        ...(tuning ? withRole(site, "m3db").map(({ name }) => name) : []),
        ...(source?.kind === "export" ? [source.node] : []),
    ]);
    const hops = hosts.flatMap(({ node, ssh }) => (asked.has(node) ? [ssh, ...(ssh.jump ? [ssh.jump] : [])] : []));
    const old = new Set(
        hops.flatMap(({ hostKey, host, port }) => (hostKey.startsWith("ssh-rsa ") ? [`${host}:${port}`] : [])),
    );
    if (old.size === 0) return [];
    return [
        `the host key given for ${[...old].join(", ")} is ssh-rsa: Pulumi's command provider may ask for it with SHA-1 alone, which the sshd of EL 9 or Debian 12 does not give, so that it finds no way there; give the host's ssh-ed25519 or ecdsa key in hostKey or knownHosts (ssh-keyscan -t ed25519,ecdsa HOST shows it; compare it with the host's own)`,
    ];
}
