import { isDeepStrictEqual } from "node:util";
import type { SettingProblem } from "../problems.ts";
import type { Scenario } from "../scenario.ts";
import { gatewaySchema, type Identity } from "../schema/identities.ts";
import type { Site } from "../site.ts";
import { rolesOf } from "../topology.ts";

/** Identities that cannot be taken for one another. */
export function identities(scenario: Scenario): SettingProblem[] {
    const all = scenario.identities;
    const problems = all.flatMap((identity, index) => [...alone(identity, index), ...twins(all, identity, index)]);
    return [
        ...problems,
        ...all.flatMap((identity, index) => copies(identity, index, scenario)),
        ...gatewayWithout(scenario),
    ];
}

/** Each copy of a Secret is an object with that name in its namespace. */
function copies({ secretIn }: Identity, index: number, { namespace }: Scenario): SettingProblem[] {
    return secretIn.flatMap((value, at) => {
        const path = `m3perf:identities[${index}].secretIn[${at}]`;
        if (value === namespace) return [{ path, value, reason: "is m3perf:namespace, which has the Secret itself" }];
        return secretIn.indexOf(value) < at ? [{ path, value, reason: "is there twice" }] : [];
    });
}

/** nginx takes a parameter of 4096 bytes (ngx_conf_file.c, NGX_CONF_BUFFER); the gateway's are these labels as JSON, some 40 bytes about each. */
const longest = { bytes: 4000, aboutEach: 40 };

function alone({ labels, reads, writes }: Identity, index: number): SettingProblem[] {
    const path = `m3perf:identities[${index}].labels`;
    const bytes = Object.entries(labels).reduce((sum, parts) => sum + parts.join("").length + longest.aboutEach, 0);
    if (bytes > longest.bytes) {
        const reason = `is ${bytes} bytes in the gateway's configuration, and nginx takes ${longest.bytes} for one identity: fewer or shorter ones`;
        return [{ path, value: Object.keys(labels).join(", "), reason }];
    }
    if (Object.keys(labels).length > 0) return [];
    if (writes) {
        return [
            { path, value: labels, reason: "must hold a label: its samples could not be told from those of others" },
        ];
    }
    if (reads === "own") {
        return [
            {
                path,
                value: labels,
                reason: "must hold a label (reads: own shows nothing but them), or reads must be all",
            },
        ];
    }
    return [];
}

function twins(all: Identity[], identity: Identity, index: number): SettingProblem[] {
    const before = all.slice(0, index);
    const problems: SettingProblem[] = [];
    const first = before.findIndex(({ name }) => name === identity.name);
    if (first >= 0) {
        const reason = `is m3perf:identities[${first}].name too: a name belongs to one identity`;
        problems.push({ path: `m3perf:identities[${index}].name`, value: identity.name, reason });
    }
    if (!identity.writes || Object.keys(identity.labels).length === 0) return problems;
    const other = before.find((one) => one.writes && Object.keys(one.labels).length > 0 && !apart(one, identity));
    if (other) {
        problems.push({
            path: `m3perf:identities[${index}].labels`,
            value: identity.labels,
            reason: `must differ from those of ${other.name} in the value of a label that both have, or one could send samples with all labels of the other`,
        });
    }
    return problems;
}

/** The gateway sets an identity's own labels only: others come from the sender. So one label must stand between two senders. */
function apart(a: Identity, b: Identity): boolean {
    return Object.entries(a.labels).some(([name, value]) => name in b.labels && b.labels[name] !== value);
}

/** Settings of a gateway that is not there would be ignored in silence. */
function gatewayWithout({ identities: all, gateway }: Scenario): SettingProblem[] {
    if (all.length > 0) return [];
    const defaults: Record<string, unknown> = gatewaySchema.parse({});
    return Object.entries(gateway)
        .filter(([key, value]) => !isDeepStrictEqual(value, defaults[key]))
        .map(([key, value]) => ({
            path: `m3perf:gateway.${key}`,
            value,
            reason: "is of no use: there is no gateway without m3perf:identities",
        }));
}

/** Nobody reaches M3's API past the gateway. */
export const gatewayOnly = ({ identities: all, gateway }: Scenario): boolean => all.length > 0 && gateway.exclusive;

/** The Service that a URL inside the cluster names. */
const hostOf = (url: string) => new URL(url).hostname.split(".")[0];

/** What is allowed where identities are set, but worth knowing. */
export function pastTheGateway(scenario: Scenario): string[] {
    if (!gatewayOnly(scenario)) return [];
    const { prometheus } = scenario;
    const used = (["remoteWrite", "remoteRead"] as const).filter(
        (key) => key === "remoteWrite" || prometheus.localStorage !== "agent",
    );
    const past = used.filter((key) => ["m3coordinator", "m3query"].includes(hostOf(prometheus[key].url) ?? ""));
    if (past.length === 0) return [];
    return [
        `the site's Prometheus goes past the gateway (m3perf:prometheus ${past.map((key) => `${key}.url`).join(", ")}): it has no identity, and where the network enforces NetworkPolicies it is cut off; give it one (m3perf:prometheus.identity, docs/identities.md)`,
    ];
}

/** Each replica of the gateway has a node of its own. */
export function gatewayReplicas(site: Site, { isolation, gateway }: Scenario): SettingProblem[] {
    const nodes = site.nodes.filter((node) => rolesOf(node, isolation).includes("coordinator")).length;
    if (gateway.replicas === undefined || gateway.replicas <= nodes) return [];
    return [
        {
            path: "m3perf:gateway.replicas",
            value: gateway.replicas,
            reason: `is more than the ${nodes} node(s) that may carry it: each replica has a node of its own`,
        },
    ];
}
