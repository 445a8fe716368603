import type { Settings } from "../../../settings/index.ts";
import { readTarget } from "../../../settings/read-target.ts";
import { messageOf, type Problem } from "../../../support/errors.ts";
import { run } from "../../../support/exec.ts";
import { openSsh } from "../../../support/ssh.ts";
import type { SiteHands } from "./ssh.ts";

/** Seconds. */
const limits = { connect: 15, script: 60, command: 300 };

/**
 * Scripts travel on standard input, by root's shell; its first word is SSH_CONNECTION, which sudo would drop. Of the user: whatever shell
 * it has, sh reads this.
 */
const asRoot =
    'if [ "$(id -u)" = 0 ]; then exec /bin/sh -s -- "$SSH_CONNECTION"; else exec sudo -n /bin/sh -s -- "$SSH_CONNECTION"; fi';

/** The hosts that a site file names. `stackKey`: the private key of those whose key is in no file. */
export function siteHands(settings: Settings, site: string, stackKey: string | undefined): SiteHands {
    const { hosts } = settings;
    const hostOf = (node: string) => hosts.find((host) => host.node === node);
    return {
        site,
        power: settings.site.power,
        noAccess: (node) => noAccess(node, hostOf(node)?.ssh.privateKeyFile, site, stackKey),
        async run(node, script) {
            const host = hostOf(node);
            if (!host) throw new Error(`the site file ${site} gives no SSH access to ${node}`);
            const session = await openSsh(readTarget(host.ssh, stackKey), { timeout: limits.connect });
            try {
                const { code, stdout, stderr } = await session.exec(asRoot, { stdin: script, timeout: limits.script });
                return { code, output: [stdout, stderr].join("\n").trim() };
            } finally {
                await session.close();
            }
        },
        async command(words) {
            const [command = "", ...args] = words;
            try {
                await run(command, args, { timeout: limits.command });
            } catch (error) {
                throw new Error(`${words.join(" ")}: ${messageOf(error)}`);
            }
        },
    };
}

function noAccess(
    node: string,
    keyFile: string | null | undefined,
    site: string,
    stackKey: string | undefined,
): Problem | undefined {
    if (keyFile === undefined) {
        const next = "add ssh: { user, privateKeyFile, knownHosts } to it, for the site or this node (docs/nodes.md)";
        return { what: `${node} cannot be failed: the site file ${site} gives no SSH access to it`, next };
    }
    if (keyFile === null && stackKey === undefined) {
        const next = "pulumi config set --secret m3perf:sshPrivateKey < FILE, or privateKeyFile in the site file";
        return { what: `${node} cannot be failed: there is no private key for it`, next };
    }
    return undefined;
}
