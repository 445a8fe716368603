/** Command lines and environments of the processes that the language host starts: pure functions of the requests. */
import { resolve } from "node:path";
import type * as proto from "@pulumi/pulumi/proto/language_pb.js";
import type { PropertyMap } from "../shared/index.ts";

/** Arguments for Node: the options of Pulumi.yaml (`nodeargs`), the SDK's `cmd/run`, its flags, then the program. */
export function programArguments(
    request: proto.RunRequest,
    command: string,
    engine: string,
    options: PropertyMap,
): string[] {
    const info = request.getInfo();
    const flags: [string, string][] = [
        ["monitor", request.getMonitorAddress()],
        ["engine", engine],
        ["organization", request.getOrganization()],
        ["project", request.getProject()],
        ["root-directory", info?.getRootDirectory() ?? ""],
        ["stack", request.getStack()],
        ["pwd", request.getPwd()],
        ["parallel", String(request.getParallel())],
    ];
    return [
        ...nodeArguments(options),
        ...(request.getAttachDebugger() ? ["--inspect-brk=127.0.0.1:0"] : []),
        command,
        ...flags.filter(([, value]) => value !== "").flatMap(([name, value]) => [`--${name}`, value]),
        ...(request.getDryrun() ? ["--dry-run"] : []),
        info?.getEntryPoint() || request.getProgram() || ".",
        ...request.getArgsList(),
    ];
}

/** Config travels in the environment, not on the command line, where others could read its secrets. */
export function programEnvironment(request: proto.RunRequest, options: PropertyMap): NodeJS.ProcessEnv {
    const config: Record<string, string> = {};
    request.getConfigMap().forEach((value, key) => {
        config[key] = value;
    });
    const env: NodeJS.ProcessEnv = {
        ...process.env,
        PULUMI_CONFIG: JSON.stringify(config),
        PULUMI_CONFIG_SECRET_KEYS: JSON.stringify(request.getConfigsecretkeysList()),
    };
    // As the official host does: TypeScript goes through ts-node unless Pulumi.yaml says `typescript: false`.
    if (options.typescript !== false) env.PULUMI_NODEJS_TYPESCRIPT = "true";
    else delete env.PULUMI_NODEJS_TYPESCRIPT;
    const root = request.getInfo()?.getRootDirectory() ?? "";
    if (typeof options.tsconfig === "string") env.PULUMI_NODEJS_TSCONFIG_PATH = resolve(root, options.tsconfig);
    return env;
}

/** A source plugin is started with its folder, then the engine's own arguments. */
export function pluginArguments(request: proto.RunPluginRequest, command: string, options: PropertyMap): string[] {
    const info = request.getInfo();
    const folder = resolve(info?.getProgramDirectory() ?? "", info?.getEntryPoint() || ".");
    return [...nodeArguments(options), command, folder, ...request.getArgsList()];
}

function nodeArguments(options: PropertyMap): string[] {
    return typeof options.nodeargs === "string" ? options.nodeargs.split(/\s+/).filter((text) => text !== "") : [];
}
