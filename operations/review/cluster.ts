import { existsSync } from "node:fs";
import { fromSite, locateSite, readSite } from "../../settings/locate.ts";
import { messageOf } from "../../support/errors.ts";
import type { Values } from "../cli/verbs.ts";
import { nothingChanged } from "../stack/events.ts";
import { pulumi, runEngine } from "../stack/pulumi.ts";
import { openSession, type Session } from "../stack/session.ts";
import { readStackFile } from "../stack/settings.ts";

/** What `up` would change where the stack stands: a preview against its state and its cluster, of the files as they are here. */
export type ClusterChanges =
    | { changes: Record<string, number>; unchanged: boolean; lines: string[] }
    | { failed: string };

/** Undefined: the stack stands nowhere that this machine knows of. */
export async function changesOnCluster(stack: string, lab: string | undefined): Promise<ClusterChanges | undefined> {
    const { site } = readStackFile(stack);
    if (site !== "lab" && !kubeconfigAtHand(site)) return undefined;
    const values: Values = { stack, ...(site === "lab" && lab !== undefined ? { lab } : {}) };
    let session: Session | undefined;
    try {
        session = await openSession(values, { toolsOnly: true, say: () => {} });
        if (session.idle || !(await stands(session))) return undefined;
        const lines: string[] = [];
        const {
            code,
            changes = {},
            errors,
            said,
        } = await runEngine(session, ["preview"], {
            line: (text) => lines.push(text),
            note: () => {},
        });
        if (code !== 0) return { failed: errors.join("\n") || said };
        return { changes, unchanged: nothingChanged(changes), lines: lines.filter((line) => /^[-+~±=] /.test(line)) };
    } catch (error) {
        return { failed: messageOf(error) };
    } finally {
        await session?.close();
    }
}

function kubeconfigAtHand(site: string): boolean {
    const located = locateSite(site);
    const written = readSite(site, located);
    const kubeconfig = "content" in written && (written.content as { kubeconfig?: unknown } | null)?.kubeconfig;
    return typeof kubeconfig === "string" && existsSync(fromSite(located.path, kubeconfig));
}

/** Whether its backend has resources of it. A stack that is not there is an error to the CLI. */
async function stands(session: Session): Promise<boolean> {
    const { code, stdout } = await pulumi(session, ["stack", "export"]).catch(() => ({ code: 1, stdout: "" }));
    if (code !== 0) return false;
    const { deployment } = JSON.parse(stdout) as { deployment?: { resources?: unknown[] } };
    return (deployment?.resources?.length ?? 0) > 1;
}
