import { UserError } from "../../support/errors.ts";
import { exec, run } from "../../support/exec.ts";
import { exitCodes } from "../cli/exit.ts";

/** What git knows of the change that is reviewed. The clone is only read: no checkout, no worktree, nothing to clean up in it. */

export interface Change {
    /** As it was asked for, or found. */
    base: string;
    /** Commit where this side left the base: what others did there since is not this change's. */
    commit: string;
    /** Paths from the folder, of everything that differs from `commit`, uncommitted and untracked files too. */
    paths: string[];
}

/** Bases that are tried where none is named. */
const usual = ["origin/HEAD", "origin/main", "origin/master", "main", "master"];

export async function changeSince(folder: string, named?: string): Promise<Change> {
    const git = (...words: string[]) => exec("git", words, { cwd: folder, timeout: 60 }).catch(noGit);
    if ((await git("rev-parse", "--is-inside-work-tree")).code !== 0) {
        const next = "run it in a clone (git clone), not in an unpacked archive";
        throw new UserError(`${folder} is no git repository`, { what: "--changed compares with a commit", next }, 69);
    }
    for (const base of named === undefined ? usual : [named]) {
        const found = await git("merge-base", "--", base, "HEAD");
        if (found.code !== 0) continue;
        const commit = found.stdout.trim();
        const differ = await run("git", ["diff", "--name-only", "--no-renames", "-z", "--relative", commit, "--"], {
            cwd: folder,
        });
        const untracked = await run("git", ["ls-files", "-z", "--others", "--exclude-standard"], { cwd: folder });
        return { base, commit, paths: [...new Set([...names(differ), ...names(untracked)])].sort() };
    }
    throw new UserError(
        named === undefined ? "there is no base to compare with" : `there is no common commit with "${named}"`,
        {
            what: named === undefined ? `tried: ${usual.join(", ")}` : "it is no commit here, or its history is not",
            next: "m3perf preview --changed --base REF; in a shallow clone: git fetch --unshallow origin",
        },
        exitCodes.usage,
    );
}

const names = (text: string) => text.split("\0").filter((name) => name !== "");

function noGit(error: Error): never {
    if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
    throw new UserError("there is no git on the PATH", { what: "--changed compares with a commit" }, 69);
}

/** The files of a commit, put into an empty folder. */
export async function filesOfCommit(folder: string, commit: string, into: string): Promise<void> {
    const archive = `${into}.tar`;
    await run("git", ["archive", "--format=tar", "-o", archive, commit], { cwd: folder });
    await run("tar", ["-xf", archive, "-C", into]);
}

/** What is in the working tree, as far as git would take it. */
export async function filesOfWorkingTree(folder: string): Promise<string[]> {
    return names(await run("git", ["ls-files", "-z", "--cached", "--others", "--exclude-standard"], { cwd: folder }));
}
