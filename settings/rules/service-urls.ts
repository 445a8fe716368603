import { nearestOf } from "../../support/nearest.ts";
import type { SettingProblem } from "../problems.ts";
import { gatewayPort } from "../prometheus/identity.ts";
import type { Scenario } from "../scenario.ts";
import type { Site } from "../site.ts";
import { gatewayOnly } from "./identities.ts";

interface Service {
    port: string;
    /** Absent: no port of a node leads there. */
    nodePort?: string | undefined;
    /** "https:" where it speaks nothing else; plain http unless told. */
    protocol?: "https:";
    for: string[];
}

/**
 * Services of ours that Prometheus may be pointed to, and the NodePort of each. Reading from the coordinator works as well: M3
 * gives both the same handlers (query/api/v1/httpd/handler.go).
 */
const services = (scenario: Scenario): Record<string, Service> => ({
    m3coordinator: {
        port: "7201",
        nodePort: gatewayOnly(scenario) ? undefined : String(scenario.coordinator.nodePort),
        for: ["remoteWrite", "remoteRead"],
    },
    m3query: {
        port: "7201",
        nodePort: gatewayOnly(scenario) ? undefined : String(scenario.query.nodePort),
        for: ["remoteRead"],
    },
    ...(scenario.identities.length > 0
        ? {
              m3gateway: {
                  port: String(gatewayPort),
                  nodePort: scenario.gateway.nodePort?.toString(),
                  for: ["remoteWrite", "remoteRead"],
                  ...(scenario.tls.gateway ? { protocol: "https:" as const } : {}),
              },
          }
        : {}),
});

/** Each URL that leads to the cluster leads to a service and a port where M3 answers; what lies outside is not ours to judge. */
export function serviceUrls(site: Site, scenario: Scenario): SettingProblem[] {
    return (["remoteWrite", "remoteRead"] as const).flatMap((use) => {
        const value = scenario.prometheus[use].url;
        const reason = wrongTarget(new URL(value), use, site, scenario);
        return reason === undefined ? [] : [{ path: `m3perf:prometheus.${use}.url`, value, reason }];
    });
}

function wrongTarget(url: URL, use: string, site: Site, scenario: Scenario): string | undefined {
    const known = services(scenario);
    const [name = "", namespace, svc = "svc"] = url.hostname.split(".");
    const service = Object.entries(known).find(([one]) => one === name)?.[1];
    if (["localhost", "127.0.0.1", "[::1]"].includes(url.hostname))
        return "is Prometheus' own pod: use the name of a service, like m3coordinator.m3db";
    const host = url.hostname.replace(/^\[(.*)\]$/, "$1"); // an IPv6 address stands in brackets
    if (site.nodes.some(({ address, name: node }) => [address, node].includes(host)))
        return wrongNodePort(url, use, known, scenario);
    if (service && svc === "svc" && namespace !== undefined && namespace !== scenario.namespace) {
        const right = url.href.replace(`${name}.${namespace}`, `${name}.${scenario.namespace}`);
        return `points to the namespace ${namespace}, and m3perf:namespace is ${scenario.namespace}: use ${right}`;
    }
    if (svc !== "svc" || (namespace !== scenario.namespace && !(namespace === undefined && service))) return undefined;

    const taking = Object.keys(known).filter((one) => known[one]?.for.includes(use));
    if (!service) {
        if (name === "m3gateway") return "points to m3gateway, which is not there without m3perf:identities";
        const near = nearestOf(name, taking);
        const hint = near ? `did you mean ${near}?` : `use ${taking.join(" or ")}`;
        return `points to ${name}, which is no service for ${spoken(use)} in namespace ${scenario.namespace}: ${hint}`;
    }
    if (namespace === undefined && site.prometheus.namespace !== scenario.namespace)
        return `names ${name} without its namespace, and Prometheus is in another, ${site.prometheus.namespace}: use ${name}.${scenario.namespace}`;
    const scheme = wrongScheme(url, service);
    if (scheme !== undefined) return scheme;
    if (url.port !== service.port) return `has the port ${portOf(url)}, and ${name} answers on ${service.port}`;
    return undefined;
}

/** A URL without a port has its scheme's. */
const portOf = ({ port, protocol }: URL) => port || (protocol === "https:" ? "443" : "80");

function wrongScheme(url: URL, { protocol = "http:" }: { protocol?: "http:" | "https:" }): string | undefined {
    if (url.protocol === protocol) return undefined;
    return protocol === "http:"
        ? "asks for https, and M3 speaks plain http: use http://"
        : "asks for plain http, and with m3perf:tls.gateway the gateway speaks https: use https://";
}

/** Writes to the query's port have a reason of their own (remote-storage.ts). */
function wrongNodePort(
    url: URL,
    use: string,
    known: ReturnType<typeof services>,
    scenario: Scenario,
): string | undefined {
    const all = Object.entries(known).filter(([, { nodePort }]) => nodePort !== undefined);
    const asked = all.find(([, { nodePort }]) => nodePort === url.port)?.[1];
    if (asked) return wrongScheme(url, asked);
    const right = all.filter(([, one]) => one.for.includes(use)).map(([name, { nodePort }]) => `${nodePort} (${name})`);
    const has = `has the port ${portOf(url)} of a node, and ${spoken(use)} is answered on`;
    if (right.length > 0) return `${has} ${right.join(" or ")}`;
    return `${has} none: nothing goes past the gateway (m3perf:gateway.exclusive); use m3gateway.${scenario.namespace}:${gatewayPort}, or give the gateway a nodePort`;
}

const spoken = (use: string) => (use === "remoteWrite" ? "remote write" : "remote read");
