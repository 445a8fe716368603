import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { parseDocument } from "yaml";
import type { Progress } from "../../../support/progress.ts";
import { clusterHands } from "../../access/cluster-hands.ts";
import type { Connection } from "../../access/kubernetes.ts";
import type { Values } from "../../cli/verbs.ts";
import { readStackSettings } from "../../doctor/settings.ts";
import { workOnLab } from "../../lab.ts";
import { bringUp } from "../../stack/bring.ts";
import { pulumi } from "../../stack/pulumi.ts";
import { openSession, type Session, target } from "../../stack/session.ts";
import type { Hands } from "../faults/hands.ts";
import type { NodeControl } from "../nodes/control.ts";
import { labNodes } from "../nodes/lab.ts";
import { siteHands } from "../nodes/site-hands.ts";
import { siteNodes } from "../nodes/ssh.ts";

/** What real faults are made with. `folder`: where a copy of changed settings is kept. */
export async function realHands(
    values: Values,
    session: Session,
    connection: Pick<Connection, "call" | "config">,
    { progress, folder }: { progress: Progress; folder: string },
): Promise<Hands> {
    return {
        nodes: await realNodes(values, session),
        cluster: clusterHands(connection.call, connection.config),
        pause: (milliseconds) => sleep(milliseconds),
        async settings(change) {
            const settings = Object.keys(change).length === 0 ? values : await changed(values, change, folder);
            const session = await openSession(settings, { say: progress.say });
            try {
                await bringUp(session, progress);
            } finally {
                await session.close();
            }
        },
    };
}

/** The nodes of a lab, or the hosts of a site over SSH. */
export async function realNodes(values: Values, session: Session | undefined): Promise<NodeControl> {
    const { lab, site } = target(values);
    if (lab !== null) return labNodes(lab, workOnLab);
    const { settings, stackKey } = readStackSettings(values);
    return siteNodes(siteHands(settings, site, stackKey ?? (session && (await secretKey(session)))));
}

/** The stack's secret, which only Pulumi can read; undefined: it has none, or it cannot be read. */
async function secretKey(session: Session): Promise<string | undefined> {
    const { code, stdout } = await pulumi(session, ["config", "get", "m3perf:sshPrivateKey"], { withConfig: true });
    return code === 0 && stdout.trim() !== "" ? `${stdout.trim()}\n` : undefined;
}

/** The command line with a settings file that differs from the stack's by the change. */
async function changed(values: Values, change: Record<string, unknown>, folder: string): Promise<Values> {
    const path = join(folder, "changed-settings.yaml");
    await writeFile(path, changedSettings(target(values).file.text, change), { mode: 0o600 });
    return { ...values, settings: path };
}

/** "m3db.image" is the key `image` of the setting m3perf:m3db. Pure. */
export function changedSettings(text: string, change: Record<string, unknown>): string {
    const document = parseDocument(text);
    for (const [key, value] of Object.entries(change)) {
        const [first = "", ...rest] = key.split(".");
        document.setIn(["config", `m3perf:${first}`, ...rest], document.createNode(value));
    }
    return document.toString();
}
