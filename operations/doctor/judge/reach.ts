import { sshKeySetting } from "../../../settings/hosts.ts";
import { answered, type Examined, type Finding } from "../finding.ts";
import type { HostAnswer } from "../gather.ts";

/** Hosts that were not reached, and those on which nothing can be done as root. */
export function reach(examined: Examined): Finding[] {
    return [...ways(examined), ...root(examined), ...oneMachine(examined)];
}

function ways({ site, hosts }: Examined): Finding[] {
    return site.nodes.flatMap(({ name }) => {
        const answer = hosts.get(name) ?? { state: "no-ssh" };
        const finding = wayProblem(answer, site.name);
        return finding ? [{ node: name, fact: "ssh" as const, ...finding }] : [];
    });
}

function wayProblem(answer: HostAnswer, site: string): Omit<Finding, "node" | "fact"> | undefined {
    if (answer.state === "answered") return undefined;
    if (answer.state === "no-ssh") {
        const next = `to have it looked at, give the node, or the whole site, an ssh in site ${site}`;
        return { level: "warning", what: "SSH", found: "no SSH settings", next };
    }
    if (answer.state === "secret-key") {
        const found = `not tried: its key is the secret m3perf:${sshKeySetting}, which is read by Pulumi alone`;
        const next = "m3perf doctor --key FILE, or name the key's file in the site file (privateKeyFile)";
        return { level: "failure", what: "SSH", found, next };
    }
    const { what, why, next } = answer;
    return { level: "failure", what: "SSH", found: why ? `${what}: ${why}` : what, ...(next ? { next } : {}) };
}

function root(examined: Examined): Finding[] {
    return answered(examined).flatMap(({ node, facts }): Finding[] => {
        if (facts.root.ok) return [];
        const wanted = "root, or sudo without a password";
        const next = "echo 'USER ALL=(ALL) NOPASSWD: ALL' > /etc/sudoers.d/m3perf on the host (visudo -c checks it)";
        return [{ level: "failure", node: node.name, fact: "root", what: "sudo", found: facts.root.why, wanted, next }];
    });
}

/** A forwarded port or an address that was copied leads to a machine twice: its boot id tells. */
function oneMachine(examined: Examined): Finding[] {
    if (examined.site.sharedKernel) return [];
    const first = new Map<string, string>();
    return answered(examined).flatMap(({ node, path, facts }): Finding[] => {
        const twin = facts.bootId && first.get(facts.bootId);
        if (!twin) {
            first.set(facts.bootId, node.name);
            return [];
        }
        const found = `the same machine as ${twin} (one boot id)`;
        const next = `correct the address or ${path}.ssh; nodes that do share a machine are a site with sharedKernel: true`;
        return [{ level: "failure", node: node.name, fact: "ssh", what: "machine", found, wanted: "its own", next }];
    });
}
