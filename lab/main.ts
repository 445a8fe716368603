/** `node lab/main.ts <verb>`: the lab's commands; `m3perf lab <verb>` starts this. */
import { parseArgs } from "node:util";
import { messageOf, UserError } from "../support/errors.ts";
import { createProgress } from "../support/progress.ts";
import {
    checkName,
    committedSite,
    followUsage,
    labDown,
    labStatus,
    m3dbNodeCounts,
    type NodeAction,
    nodeAction,
    nodeActions,
    requireLab,
    statusTable,
} from "./cluster/index.ts";
import { labEnvironment, shellExports } from "./environment.ts";
import { sshToNode } from "./ssh.ts";
import { checkMachine } from "./tools/index.ts";
import { bringLabUp, quickTools } from "./up.ts";

const usage = `usage: m3perf lab <verb> [--lab NAME]   (NAME: "lab" unless told)
  up [--m3db-nodes 3|6|9] [--json]
                            the lab of seven nodes, from whatever state it is in; with more M3DB nodes than three, or more
                            of them for one that is there
  down                      takes it down and leaves nothing
  check [--json]            what this machine lacks for it: kernel, memory, disk, Go, packages
  status [--json]           nodes, images and what each really holds, tools
  usage [--every SECONDS] [--json]
                            CPU and memory of each node by its own cgroup, again and again until stopped
  node ${nodeActions.join("|")} <node>
                            fails a node and brings it back; power-cycle: off and on, as a roll does it
  env [--json]              shell lines that put KUBECONFIG, kubectl and pulumi at hand: eval "$(m3perf lab env)"
  ssh <node> [command ...]  a shell on a node, or one command
`;

const stop = new AbortController();
for (const signal of ["SIGINT", "SIGTERM", "SIGHUP"] as const) {
    const end = () => stop.abort(new UserError("stopped", { what: `by ${signal}` }, signal === "SIGINT" ? 130 : 143));
    // A terminal that closes is told of by the kernel and again by m3perf; a second Ctrl-C ends at once.
    if (signal === "SIGHUP") process.on(signal, end);
    else process.once(signal, end);
}

try {
    process.exitCode = await main(process.argv.slice(2));
} catch (error) {
    const cause = stop.signal.aborted ? stop.signal.reason : error;
    console.error(cause instanceof UserError ? cause.message : error instanceof Error ? error.stack : messageOf(error));
    process.exitCode = cause instanceof UserError ? cause.exitCode : 1;
}

async function main(words: string[]): Promise<number> {
    const { values, positionals, remote } = parse(words);
    const [verb, ...rest] = positionals;
    const name = values.lab ?? "lab";
    const progress = createProgress();
    const signal = stop.signal;
    if (values.help || verb === undefined || verb === "help") {
        process.stdout.write(usage);
        return verb === undefined && !values.help ? 64 : 0;
    }
    checkName(name); // part of paths: before anything is looked at or built
    if (["down", "node"].includes(verb) && process.getuid?.() !== 0) {
        throw new UserError(`m3perf lab ${verb} needs root`, { what: "a lab's processes and networks are root's" }, 69);
    }
    if (verb === "up") {
        const metricsLater = values["metrics-later"] === true; // for us: `m3perf up` has enough to do until then
        await bringLabUp({ name, ...m3dbNodesOf(values["m3db-nodes"]), metricsLater, progress, signal });
        if (values.json) process.stdout.write(`${JSON.stringify({ timings: progress.timings })}\n`);
    } else if (verb === "down") {
        const done = await labDown({ name, progress });
        progress.say(`lab ${name}: ${done}`);
    } else if (verb === "status") {
        const status = await labStatus(name);
        process.stdout.write(values.json ? `${JSON.stringify(status, null, 2)}\n` : statusTable(status));
        return status.state === "up" ? 0 : 3; // systemctl's exit code for "not running"
    } else if (verb === "usage") {
        await followUsage(name, everyOf(values.every), values.json === true, signal);
    } else if (verb === "check") {
        // One that runs has what it needs; its tools may still be missing.
        const running = (await labStatus(name)).state !== "down";
        const problems = await checkMachine({ lab: !running });
        if (values.json) process.stdout.write(`${JSON.stringify({ problems }, null, 2)}\n`);
        else if (problems.length === 0) progress.say("this machine has all that a lab needs");
        else throw new UserError("this machine lacks what a lab needs", problems, 69);
    } else if (verb === "env") {
        const toolsOnly = values["tools-only"] === true;
        const environment = await labEnvironment({ name, progress, signal, toolsOnly });
        process.stdout.write(values.json ? `${JSON.stringify(environment, null, 2)}\n` : shellExports(environment));
    } else if (verb === "site") {
        process.stdout.write(committedSite()); // for us: sites/lab.yaml is made with it
    } else if (verb === "ssh") {
        return await sshToNode(name, rest[0], [...rest.slice(1), ...remote]);
    } else if (verb === "node") {
        const [action, node] = rest;
        if (!nodeActions.some((known) => known === action) || node === undefined) {
            throw new UserError("m3perf lab node: what to do, and to which node", { what: usage.trim() }, 64);
        }
        requireLab(name);
        const tools = await quickTools(signal);
        await nodeAction({ name, node, action: action as NodeAction, tools, progress, signal });
    } else {
        throw new UserError(`m3perf lab has no verb "${verb}"`, { what: usage.trim() }, 64);
    }
    return 0;
}

function m3dbNodesOf(text: string | undefined) {
    if (text === undefined) return {};
    const m3dbNodes = m3dbNodeCounts.find((known) => String(known) === text);
    if (m3dbNodes !== undefined) return { m3dbNodes };
    const what = `allowed: ${m3dbNodeCounts.join(", ")}, the same number in each of the three isolation groups`;
    throw new UserError(`--m3db-nodes ${text}`, { what }, 64);
}

function everyOf(text = "5"): number {
    const seconds = Number(text);
    if (seconds >= 0.1 && seconds <= 3600) return seconds;
    throw new UserError(`--every ${text}`, { what: "allowed: 0.1 to 3600 seconds" }, 64);
}

/** What follows `ssh <node>` is the remote command's own, options included. */
function parse(words: string[]) {
    const at = words.indexOf("ssh");
    const own = at < 0 ? words : words.slice(0, at + 2);
    try {
        const { values, positionals } = parseArgs({
            args: own,
            allowPositionals: true,
            options: {
                lab: { type: "string" },
                json: { type: "boolean" },
                every: { type: "string" },
                "m3db-nodes": { type: "string" },
                help: { type: "boolean", short: "h" },
                "tools-only": { type: "boolean" },
                "metrics-later": { type: "boolean" },
            },
        });
        const remote = at < 0 ? [] : words.slice(at + 2);
        return { values, positionals, remote: remote[0] === "--" ? remote.slice(1) : remote };
    } catch (error) {
        throw new UserError(`m3perf lab: ${messageOf(error)}`, { what: usage.trim() }, 64);
    }
}
