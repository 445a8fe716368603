import { existsSync } from "node:fs";
import { mkdir, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { parseDocument } from "yaml";
import { UserError } from "../../support/errors.ts";
import { labDir, projectRoot, stateDir, userPath } from "../../support/paths.ts";
import { exitCodes } from "../cli/exit.ts";
import type { Values } from "../cli/verbs.ts";
import { askLab, defaultLab, type LabEnvironment, type LabState, labEnvironment } from "../lab.ts";
import { noPulumi, pulumi } from "./pulumi.ts";
import { readStackFile, type StackFile } from "./settings.ts";

/** All that is needed to run `pulumi` on one stack. */
export interface Session {
    project: string;
    stack: string;
    /** "lab" or the path of a site file. */
    site: string;
    /** Name of the lab; null for a site of the user's own. */
    lab: string | null;
    env: NodeJS.ProcessEnv;
    /** Settings file for `--config-file`; null: the stack's own file in the clone. */
    configFile: string | null;
    /** CLI and plugins in use; empty for a site of the user's own. */
    choices: LabEnvironment["choices"];
    /** The lab is down: only a preview works, against nothing. */
    idle: boolean;
    /**
     * A folder that looks like this project to `pulumi stack`: there the CLI writes the stack's salt, and not into the
     * tracked Pulumi.<stack>.yaml. The others are told of that file by --config-file. For a site of the user's own: the clone.
     */
    folder: string;
    /** Forgets what was made up for this session alone. */
    close(): Promise<void>;
}

/** What a command line names, before anything is started. Throws UserError. */
export function target(values: Values): { file: StackFile; site: string; lab: string | null } {
    const text = (name: string) => (typeof values[name] === "string" ? values[name] : undefined);
    const file = readStackFile(text("stack") ?? "dev", text("settings"));
    const given = text("site");
    const site = given ?? file.site;
    if (site !== "lab") {
        if (values.lab !== undefined) {
            throw new UserError(
                "--lab is for the site `lab`",
                { what: `the site is ${site}`, next: "leave --lab out, or add --site lab" },
                exitCodes.usage,
            );
        }
        const path = given && userPath(given);
        if (path && !existsSync(path)) {
            const problem = {
                what: `--site ${given}`,
                next: "sites/reference.yaml is one to start from; or --site lab",
            };
            throw new UserError(`there is no site file ${path}`, problem, exitCodes.usage);
        }
        return { file, site: path ?? site, lab: null };
    }
    return { file, site, lab: text("lab") ?? defaultLab };
}

export interface OpenOptions {
    /** The lab need not run: only the tools are made ready. */
    toolsOnly?: boolean;
    say(line: string): void;
}

/** Makes ready what `pulumi` needs on the stack that the command line names. Throws UserError. */
export async function openSession(values: Values, { toolsOnly = false, say }: OpenOptions): Promise<Session> {
    const { file, site, lab } = target(values);
    const base = { project: "m3perf", stack: file.stack, site, lab };
    if (lab === null) {
        const folder = stateDir("stacks");
        const own = site === file.site && values.settings === undefined;
        const configFile = own ? null : await writeSettings(file, site, folder);
        const close = async () => {};
        return { ...base, env: process.env, configFile, choices: [], idle: false, folder: projectRoot, close };
    }
    // A preview of a lab that is down has nothing to look at and must leave nothing: its state is made up and forgotten.
    const idle = toolsOnly && (await askLab<LabState>(["status", "--lab", lab])).state === "down";
    const { env, choices } = await labEnvironment(lab, idle, say);
    // The other way of giving a passphrase would win over the lab's own file.
    const { PULUMI_CONFIG_PASSPHRASE: _, ...inherited } = process.env;
    if (idle) {
        const scratch = await mkdtemp(join(tmpdir(), "m3perf-preview-"));
        const made = { PULUMI_BACKEND_URL: `file://${scratch}`, PULUMI_CONFIG_PASSPHRASE: scratch };
        // Where the lab `lab` runs, `site: lab` would mean that one.
        const configFile = await writeSettings(file, lab === defaultLab ? site : "sites/lab.yaml", scratch);
        const close = () => rm(scratch, { recursive: true, force: true });
        return { ...base, env: { ...inherited, ...env, ...made }, configFile, choices, idle, folder: scratch, close };
    }
    const folder = labDir(lab, "pulumi", "project");
    const configFile = await writeSettings(file, lab === defaultLab ? site : labDir(lab, "site.yaml"), folder);
    return { ...base, env: { ...inherited, ...env }, configFile, choices, idle, folder, close: async () => {} };
}

/** Copies a stack's settings, with `site` in place of its own, into a folder; keeps the salt of an earlier copy. */
async function writeSettings(file: StackFile, site: string, folder: string): Promise<string> {
    await mkdir(folder, { recursive: true, mode: 0o700 });
    const path = join(folder, `Pulumi.${file.stack}.yaml`);
    const earlier = await readFile(path, "utf8").catch(() => "");
    await writeFile(path, copyOfSettings(file.text, site, earlier), { mode: 0o600 });
    return path;
}

/** The text of such a copy. Pure. */
export function copyOfSettings(text: string, site: string, earlier: string): string {
    const document = parseDocument(text);
    document.setIn(["config", "m3perf:site"], site);
    const salt = parseDocument(earlier).get("encryptionsalt");
    if (!document.has("encryptionsalt") && salt !== undefined) document.set("encryptionsalt", salt);
    return document.toString();
}

/**
 * Creates the stack where it does not exist yet. With a passphrase, the CLI adds the stack's `encryptionsalt` to
 * Pulumi.<stack>.yaml when it creates the stack and in any run that finds none there (pkg/cmd/pulumi/stack/secrets.go), and no
 * setting turns that off. A stack is created from any folder with the same project name: so this happens beside the copy of
 * its settings that `--config-file` names, and the clone stays clean under git.
 */
export async function ensureStack(session: Session): Promise<void> {
    const { folder } = session;
    if (folder !== projectRoot) {
        await writeFile(join(folder, "Pulumi.yaml"), `name: ${session.project}\nruntime: nodejs\n`);
    }
    const { code, stderr } = await pulumi(session, ["stack", "select", "--create"], { cwd: folder }).catch((error) => {
        throw noPulumi(error);
    });
    if (code !== 0) {
        throw new UserError(
            `the stack "${session.stack}" could not be opened`,
            { what: stderr.trim().split("\n").slice(-6).join("\n    "), next: "check the backend (pulumi whoami -v)" },
            exitCodes.unavailable,
        );
    }
}

/** Forgets the settings' copy and the salt of a stack that is gone. */
export async function forgetStack({ configFile }: Session): Promise<void> {
    if (configFile) await rm(configFile, { force: true });
}
