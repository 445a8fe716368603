/** Ports of this machine for processes whose own are a pod's, and waiting until they answer. */
import { waitFor } from "../../../support/wait.ts";
import { freePort } from "../../support/apiserver.ts";
import type { Running } from "./processes.ts";

export const freePorts = (count: number) => Promise.all(Array.from({ length: count }, freePort));

/** Waits until a path answers 200, and with what is asked for. Where a database is needed for that, its end is told at once. */
export async function answers(
    port: number,
    path: string,
    right = (_text: string) => true,
    database?: Running,
): Promise<void> {
    await waitFor({ what: `127.0.0.1:${port}${path} to answer`, timeout: 180, every: 0.5 }, async () => {
        if (database?.ended()) return true;
        const answer = await fetch(`http://127.0.0.1:${port}${path}`);
        const text = await answer.text();
        if (!answer.ok) throw new Error(`${answer.status} ${text.slice(0, 200)}`);
        return right(text);
    });
    if (database?.ended()) throw new Error(`m3dbnode ended: ${fatalIn(database.output)}`);
}

/** What a process of M3 says as it ends; its other lines are of thousands of characters where a shard of each fails. */
const fatalIn = (output: string) => (/^.*"level":"fatal".*$/m.exec(output)?.[0] ?? output).slice(-500);

/** Fixed ports are the pods': here all processes share a machine. */
export async function onFreePorts(config: object, port: number, m3msg?: number): Promise<object> {
    const free = { "7201": port, "7210": port, "7203": 0, "7507": m3msg ?? 0, "7202": 0 };
    let text = JSON.stringify(config);
    for (const [fixed, given] of Object.entries(free)) {
        const listen = new RegExp(`"listenAddress":"[\\d.]+:${fixed}"`);
        text = text.replace(listen, `"listenAddress":"127.0.0.1:${given || (await freePort())}"`);
    }
    return JSON.parse(text);
}
