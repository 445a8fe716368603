import { randomBytes } from "node:crypto";
import { open, readFile, realpath, rename, rm, stat } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { messageOf, UserError } from "../../support/errors.ts";
import { exitCodes } from "../cli/exit.ts";

/**
 * Puts `text` in the place of a file's content, whole or not at all; a link stays one, and mode and owner stay. Throws UserError, with
 * nothing written, when the file is not what it was when it was read: registries take their time, and an editor may be quicker.
 */
export async function writeBack(path: string, before: string, text: string): Promise<void> {
    let draft: string | undefined;
    try {
        const file = await realpath(path);
        const { mode, uid, gid } = await stat(file);
        // Not *.yaml: what lists the stacks must not find it.
        draft = join(dirname(file), `.${basename(file)}.${randomBytes(6).toString("hex")}`);
        const handle = await open(draft, "wx", mode & 0o777);
        try {
            await handle.writeFile(text);
            await handle.chmod(mode & 0o777); // whatever the umask took away
            await handle.chown(uid, gid).catch(() => {}); // only root may give files away
            await handle.sync();
        } finally {
            await handle.close();
        }
        if ((await readFile(file, "utf8")) !== before)
            throw new Error("it was changed meanwhile: run the same command again");
        await rename(draft, file);
    } catch (error) {
        const problem = { what: messageOf(error), why: "nothing was written" };
        throw new UserError(`${path} cannot be written`, problem, exitCodes.failed);
    } finally {
        if (draft !== undefined) await rm(draft, { force: true });
    }
}
