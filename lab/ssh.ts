import { spawn } from "node:child_process";
import { UserError } from "../support/errors.ts";
import { labStatus, layout, requireLab } from "./cluster/index.ts";

/** A shell on a lab's node, or one command; its exit code. Checks the host's key. */
export async function sshToNode(lab: string, node: string | undefined, command: string[]): Promise<number> {
    requireLab(lab);
    const { nodes } = await labStatus(lab);
    const found = nodes.find(({ name }) => name === node);
    if (!found) {
        const names = nodes.map(({ name }) => name).join(", ");
        throw new UserError(`the lab ${lab} has no node "${node ?? ""}"`, { what: `its nodes: ${names}` }, 64);
    }
    const files = layout(lab);
    const options = ["StrictHostKeyChecking=yes", `UserKnownHostsFile=${files.knownHosts}`, "ConnectTimeout=10"];
    const args = ["-i", files.sshKey, "-o", "IdentitiesOnly=yes", ...options.flatMap((option) => ["-o", option])];
    const child = spawn("ssh", ["-F", "none", ...args, `root@${found.address}`, ...command], { stdio: "inherit" });
    return await new Promise((resolve, reject) => {
        child.on("error", reject);
        child.on("close", (code) => resolve(code ?? 255));
    });
}
