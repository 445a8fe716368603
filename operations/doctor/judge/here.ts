import type { Examined, Finding } from "../finding.ts";
import { type HereFacts, isAddress } from "../here/facts.ts";

/** The machine and the toolchain of whoever runs m3perf. */
export function here({ here: facts, site }: Examined): Finding[] {
    if (!facts) return [];
    return [
        ...node(facts),
        ...packages(facts),
        ...programs(facts),
        ...proxies(facts, site.nodes),
        ...names(facts),
        ...lab(facts),
    ];
}

const asked = { fact: "here" } as const;

/** The oldest that runs TypeScript as it is, without a flag. */
const oldest = [22, 18];

function node({ node: version }: HereFacts): Finding[] {
    const [major = 0, minor = 0] = version.split(".").map(Number);
    const [least = 0, leastMinor = 0] = oldest;
    if (major > least || (major === least && minor >= leastMinor)) return [];
    const next = "run it by bin/m3perf or npm, which take Node 24 from the npm registry where this one is older";
    return [{ level: "failure", ...asked, what: "Node", found: version, wanted: `${oldest.join(".")} or later`, next }];
}

function packages({ packages: list }: HereFacts): Finding[] {
    const wrong = list.filter(({ wanted, installed }) => wanted !== installed);
    if (wrong.length === 0) return [];
    const found = wrong.map(({ name, installed }) => `${name} ${installed ?? "is not there"}`).join(", ");
    const wanted = wrong.map(({ name, wanted: version }) => `${name} ${version}`).join(", ");
    return [{ level: "failure", ...asked, what: "npm packages", found, wanted, next: "npm ci" }];
}

/** The lab brings its own of both. */
function programs({ programs: { pulumi, kubectl }, lab: labProblems }: HereFacts): Finding[] {
    if (labProblems) return [];
    const findings: Finding[] = [];
    if (pulumi === undefined) {
        const next =
            "install it (https://www.pulumi.com/docs/install), at the version of @pulumi/pulumi in package.json";
        findings.push({
            level: "failure",
            ...asked,
            what: "pulumi",
            found: "not on the PATH",
            wanted: "its CLI: up, preview and down run it",
            next,
        });
    }
    if (kubectl === undefined) {
        const next = "install it, of about the cluster's version";
        findings.push({
            level: "warning",
            ...asked,
            what: "kubectl",
            found: "not on the PATH",
            wanted: "the next steps that m3perf tells use it",
            next,
        });
    }
    return findings;
}

/** Pulumi and kubectl go by these; m3perf's own calls do not. */
function proxies({ proxies: list, noProxy, server }: HereFacts, nodes: { address: string }[]): Finding[] {
    const [first] = list;
    if (!first) return [];
    const direct = (host: string) => noProxy.some((part) => matches(part, host));
    const through = [server, ...nodes.map(({ address }) => address)].filter(
        (host): host is string => host !== undefined && !isLocal(host) && !direct(host),
    );
    if (through.length === 0) return [];
    const found = `${first.variable}=${first.value}, and NO_PROXY does not name ${through.slice(0, 3).join(", ")}${through.length > 3 ? `, and ${through.length - 3} more` : ""}`;
    const wanted =
        "no proxy between here and the cluster: Pulumi and kubectl would ask it for the API server, and m3perf itself goes past it";
    return [
        {
            level: "warning",
            ...asked,
            what: "proxy",
            found,
            wanted,
            next: `export NO_PROXY=${[...noProxy, ...through].join(",")}`,
        },
    ];
}

const isLocal = (host: string) => host === "localhost" || host.startsWith("127.") || host === "::1";

/** As Go reads NO_PROXY: a name and what is below it, an address, a CIDR, or * for all. */
export function matches(part: string, host: string): boolean {
    if (part === "*" || part === host) return true;
    const [network = "", bits] = part.split("/");
    if (bits !== undefined) return inNetwork(host, network, Number(bits));
    return !isAddress(host) && host.endsWith(part.startsWith(".") ? part : `.${part}`);
}

function inNetwork(host: string, network: string, bits: number): boolean {
    const number = (text: string) => text.split(".").reduce((sum, octet) => sum * 256 + Number(octet), 0);
    const dotted = /^\d+(\.\d+){3}$/;
    if (!dotted.test(host) || !dotted.test(network) || !(bits >= 0 && bits <= 32)) return false;
    const size = 2 ** (32 - bits);
    return Math.floor(number(host) / size) === Math.floor(number(network) / size);
}

function names({ names: list }: HereFacts): Finding[] {
    return list.flatMap(({ name, why }): Finding[] => {
        if (why === undefined) return [];
        const next =
            "correct the name in the kubeconfig or site file, or this machine's DNS (/etc/resolv.conf, /etc/hosts)";
        return [{ level: "failure", ...asked, what: "DNS", found: `${name} is not resolved here: ${why}`, next }];
    });
}

function lab({ lab: problems }: HereFacts): Finding[] {
    return (problems ?? []).map(({ what, why, next }) => ({
        ...({ level: "failure", ...asked, what: "lab", found: why ? `${what} (${why})` : what } as const),
        ...(next ? { next } : {}),
    }));
}
