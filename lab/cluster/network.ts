/**
 * The lab's network: a bridge in the control plane's namespace, a link from it to each host and one to this machine.
 * Every link ends in a namespace that goes with its machine, so none is left when the machines are gone.
 */
import { exec, run } from "../../support/exec.ts";
import { type AddressPlan, hostAddress, podSubnet } from "./addresses.ts";
import type { LabHost } from "./hosts.ts";
import { runInside } from "./machine.ts";

const bridge = "hosts0";

interface Link {
    ifname: string;
    flags: string[];
    ifalias?: string;
}

interface Route {
    dst: string;
}

/** Networks that this machine has routes to, in CIDR notation. */
export async function machineRoutes(): Promise<string[]> {
    const routes = JSON.parse(await run("ip", ["-json", "-4", "route", "show", "table", "all"])) as Route[];
    return routes.map(({ dst }) => dst);
}

/** The bridge, its address, and this machine's own link to it. `pid`: process 1 of the control plane. */
export async function ensureControlPlaneNetwork(plan: AddressPlan, lab: string, pid: number): Promise<void> {
    const links = await linksOf(pid);
    if (!links.includes("outside")) {
        // What is left of a control plane that died goes first.
        await deleteLink(plan.link);
        const peer = ["peer", "name", "outside", "netns", String(pid)];
        await run("ip", ["link", "add", "name", plan.link, "type", "veth", ...peer]);
        await run("ip", ["link", "set", "dev", plan.link, "alias", linkAlias(lab)]);
    }
    await batch(pid, [
        ...(links.includes(bridge) ? [] : ["link set dev lo up", `link add name ${bridge} type bridge`]),
        `address replace ${plan.controlPlane}/24 dev ${bridge}`,
        `link set dev ${bridge} up`,
        `link set dev outside master ${bridge} up`,
        `route replace default via ${plan.gateway}`,
    ]);
    await guard(plan, pid);
    await batch(undefined, [
        `address replace ${plan.gateway}/24 dev ${plan.link}`,
        `link set dev ${plan.link} up`,
        // Pods are reached through the control plane, which knows every host; Services through the master's kube-proxy.
        `route replace ${plan.podNetwork} via ${plan.controlPlane} dev ${plan.link}`,
        `route replace ${plan.serviceNetwork} via ${hostAddress(plan, 1)} dev ${plan.link}`,
    ]);
}

/** The host's link to the bridge, its address and its routes to the other hosts' pods. */
export async function ensureHostNetwork(
    plan: AddressPlan,
    host: LabHost,
    hosts: readonly LabHost[],
    pids: { controlPlane: number; host: number },
): Promise<void> {
    const { name } = host;
    if (!(await linksOf(pids.host)).includes("eth0")) {
        // The kernel may not have removed the port of a host that was just powered off.
        if ((await linksOf(pids.controlPlane)).includes(name)) {
            await runInside(pids.controlPlane, "network", ["ip", "link", "delete", "dev", name]).catch(() => {});
        }
        await batch(pids.controlPlane, [`link add name ${name} type veth peer name eth0 netns ${pids.host}`]);
    }
    const address = hostAddress(plan, host.ordinal);
    const others = hosts.filter((other) => other.name !== name);
    await batch(pids.controlPlane, [`link set dev ${name} master ${bridge} up`]);
    await guard(plan, pids.host);
    await batch(pids.host, [
        "link set dev lo up",
        `address replace ${address}/24 dev eth0`,
        "link set dev eth0 up",
        `route replace default via ${plan.gateway}`,
        ...others.map(({ ordinal }) => `route replace ${podSubnet(plan, ordinal)} via ${hostAddress(plan, ordinal)}`),
    ]);
    await batch(pids.controlPlane, [`route replace ${podSubnet(plan, host.ordinal)} via ${address}`]);
}

/**
 * Only the lab itself and this machine (by its own address in the lab's network) reach the lab's SSH, API and pods, also where
 * this machine forwards packets for others. Comes before everything else that looks at a packet.
 */
function guardRules(plan: AddressPlan): string {
    const own = ["127.0.0.0/8", plan.hostNetwork, plan.podNetwork, plan.serviceNetwork].join(", ");
    return `table inet m3perf
delete table inet m3perf
table inet m3perf {
    chain outside {
        type filter hook prerouting priority -310; policy accept;
        ip saddr != { ${own} } drop
    }
}
`;
}

async function guard(plan: AddressPlan, pid: number): Promise<void> {
    await runInside(pid, "network", ["nft", "--file", "-"], { input: guardRules(plan) });
}

/** Whether the host's port at the bridge is down. `pid`: process 1 of the control plane. */
export async function partitionedHosts(pid: number): Promise<string[]> {
    const links = JSON.parse(await runInside(pid, "network", ["ip", "-json", "link", "show"])) as Link[];
    return links.filter(({ flags }) => !flags.includes("UP")).map(({ ifname }) => ifname);
}

/**
 * Cuts a host off, or connects it again, at the bridge's side: taken down inside the host, its own end would lose its
 * routes (facts.md 3.11).
 */
export async function setConnected(pid: number, host: string, connected: boolean): Promise<void> {
    await runInside(pid, "network", ["ip", "link", "set", "dev", host, connected ? "up" : "down"]);
}

/** This machine's links of the lab, found by their alias; more than one only if something went wrong. */
export async function machineLinks(lab: string): Promise<string[]> {
    const links = JSON.parse(await run("ip", ["-json", "link", "show"])) as Link[];
    return links.filter(({ ifalias }) => ifalias === linkAlias(lab)).map(({ ifname }) => ifname);
}

export async function deleteLink(name: string): Promise<void> {
    await exec("ip", ["link", "delete", "dev", name]);
}

function linkAlias(lab: string): string {
    return `m3perf lab ${lab}`;
}

/** Names of the links in a machine's network. */
async function linksOf(pid: number): Promise<string[]> {
    const links = JSON.parse(await runInside(pid, "network", ["ip", "-json", "link", "show"])) as Link[];
    return links.map(({ ifname }) => ifname);
}

/** Commands of ip(8), one process for all of them; in a machine's network, or in this machine's own. */
async function batch(pid: number | undefined, lines: string[]): Promise<void> {
    const options = { input: `${lines.join("\n")}\n`, timeout: 30 };
    const command = ["ip", "-batch", "-"];
    if (pid === undefined) await run("ip", command.slice(1), options);
    else await runInside(pid, "network", command, options);
}
