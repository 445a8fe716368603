import type { Environment } from "../../../settings/environment.ts";
import { UserError } from "../../../support/errors.ts";
import { createProgress } from "../../../support/progress.ts";
import { type Address, addressesOf } from "../../open/addresses.ts";
import { type Carry, openForward } from "../../open/forward.ts";
import { podBehind } from "../../open/target.ts";
import { type Reached, reach } from "../../stack/reach.ts";
import { columns } from "../columns.ts";
import { exitCodes } from "../exit.ts";
import { printJson } from "../output.ts";
import type { Values } from "../verbs.ts";

export async function main(values: Values, words: string[]): Promise<number> {
    const { say } = createProgress();
    const reached = await reach(values, say);
    const all = addressesOf(reached.environment);
    const chosen = words.length === 0 ? all : words.map((word) => named(all, word));
    if (words.length === 0 || values.print) {
        if (values.json) printJson(chosen);
        else process.stdout.write(addressesText(chosen));
        return exitCodes.ok;
    }
    const { PortForward } = await import("../../../support/kubernetes-client.ts");
    const forwards = await Promise.all(
        chosen.map(async (address) => {
            const carry = carryTo(reached, address, new PortForward(reached.config, false));
            const forward = await openForward(carry, { say });
            const url = `${address.tls ? "https" : "http"}://${forward.address}`;
            return { name: address.name, url, ...forward };
        }),
    );
    if (values.json) printJson(forwards.map(({ name, url }) => ({ name, url })));
    else for (const { name, url } of forwards) process.stdout.write(`${name}  ${url}\n`);
    for (const line of certificateNotes(reached.environment, chosen)) say(line);
    say("Ctrl-C ends it");
    const code = await new Promise<number>((resolve) => {
        process.once("SIGINT", () => resolve(exitCodes.interrupted));
        process.once("SIGTERM", () => resolve(exitCodes.terminated));
    });
    await Promise.all(forwards.map((forward) => forward.close()));
    return code;
}

/** Throws UserError. Pure. */
export function named(all: Address[], word: string): Address {
    const found = all.find(({ name }) => name === word);
    if (found) return found;
    throw new UserError(
        `m3perf open ${word}`,
        { what: `allowed: ${all.map(({ name }) => name).join(", ")}` },
        exitCodes.usage,
    );
}

export function addressesText(addresses: Address[]): string {
    const rows = addresses.map(({ name, url, nodePorts }) => [name, url, nodePorts.join(" ") || "none"]);
    return `${columns([["NAME", "INSIDE THE CLUSTER", "AT THE NODES"], ...rows]).join("\n")}\n`;
}

/** Where the certificates are that an address asks for, or is known by. The names localhost and 127.0.0.1 are in theirs. Pure. */
export function certificateNotes({ namespace, etcd, gateway }: Environment, chosen: Address[]): string[] {
    return chosen
        .filter(({ tls }) => tls)
        .map(({ name }) => {
            const secret = name === "etcd" ? etcd.tls?.secret : gateway?.identities[0]?.secret;
            const files = name === "etcd" ? "ca.crt, tls.crt and tls.key" : "ca.crt";
            return `${name} speaks TLS: ${files} are in the Secret ${secret} of ${namespace} (docs/tls.md)`;
        });
}

interface Forwarder {
    portForward(...args: Parameters<import("@kubernetes/client-node").PortForward["portForward"]>): Promise<unknown>;
}

/** By the API server's port-forward: it carries bytes, so HTTP of any kind and everything else on TCP. */
function carryTo({ call }: Reached, address: Address, forwarder: Forwarder): Carry {
    return async (input, output, error, closed) => {
        const { pod, port } = await podBehind(call, address);
        const socket = (await forwarder.portForward(address.namespace, pod, [port], output, error, input)) as WebSocket;
        socket.onclose = closed;
        return () => socket.close();
    };
}
