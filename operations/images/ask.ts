/** Whom to ask for an image's digest, and in which order: the mirror where one is named, then the registry of its name. */
import { UserError } from "../../support/errors.ts";
import { exitCodes } from "../cli/exit.ts";
import { apiHost, type ImageName } from "./name.ts";
import { digestOf, type Found } from "./registry.ts";
import { RegistryError } from "./registry-error.ts";
import { isLoopback, schemeOf, type Transport, usualTransport } from "./transport.ts";

export interface Asking {
    transport: Transport;
    /** "https://mirror.example:5000" */
    mirror?: string;
}

export interface Told extends Found {
    /** Host that told it. */
    by: string;
}

/** Throws RegistryError. `name` has a tag. */
export async function askDigest(name: ImageName, { transport, mirror }: Asking): Promise<Told> {
    const { host, repository, tag = "" } = name;
    const api = apiHost(host);
    const own = async () => {
        const found = await digestOf({ origin: `${schemeOf(api, transport)}://${api}`, repository, tag }, transport);
        return { ...found, by: host };
    };
    if (mirror === undefined) return await own();
    const by = new URL(mirror).host;
    try {
        return { ...(await digestOf({ origin: mirror, repository, tag, ns: host }, transport)), by };
    } catch (error) {
        if (!(error instanceof RegistryError) || error.trouble === "wrong") throw error;
        // As a node does: what the mirror does not have comes from where it is from.
        return await own().catch((second) => {
            if (!(second instanceof RegistryError)) throw second;
            throw new RegistryError(second.trouble, `${error.message}; ${second.message}`, second.next);
        });
    }
}

/** The options --mirror and --insecure-registry. Throws UserError. */
export function askingOf(mirror?: string, insecure?: string): Asking {
    const hosts = (insecure ?? "").split(",").filter((host) => host !== "");
    if (insecure !== undefined && hosts.length === 0) throw usage("--insecure-registry names no host", "HOST[:PORT],…");
    const odd = hosts.find((host) => !/^[A-Za-z0-9][A-Za-z0-9.-]*(:\d{1,5})?$/.test(host));
    if (odd !== undefined) throw usage(`--insecure-registry ${odd}`, "HOST[:PORT], as the image's name has it");
    const transport = { ...usualTransport, insecure: new Set(hosts) };
    return mirror === undefined ? { transport } : { transport, mirror: mirrorOrigin(mirror, transport) };
}

function mirrorOrigin(given: string, transport: Transport): string {
    // Held to its form first: URL would take line ends out and read 0x10 as an address.
    const [, scheme, host] =
        /^(?:(https?):\/\/)?([A-Za-z0-9][A-Za-z0-9.-]{0,252}(?::\d{1,5})?|\[[0-9a-f:]+\](?::\d{1,5})?)\/?$/.exec(
            given,
        ) ?? [];
    const text = `${scheme ?? schemeOf(host ?? "", transport)}://${host}`;
    if (host === undefined || !URL.canParse(text)) {
        throw usage(`--mirror ${given}`, "HOST[:PORT], or https://HOST[:PORT], with no path and no name or password");
    }
    const url = new URL(text);
    if (url.protocol === "http:" && !isLoopback(url.hostname) && !transport.insecure.has(host)) {
        throw usage(`--mirror ${given} is plain HTTP`, `https, or --insecure-registry ${host} where there is no TLS`);
    }
    return url.origin;
}

const usage = (title: string, allowed: string) =>
    new UserError(title, { what: `allowed: ${allowed}`, next: "m3perf help images" }, exitCodes.usage);
