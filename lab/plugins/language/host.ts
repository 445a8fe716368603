/**
 * The LanguageRuntime service for Node programs (pulumi/language.proto), a substitute for pulumi-language-nodejs: runs
 * programs and source plugins with this process' own Node, which takes TypeScript as it is (`typescript: false`).
 * Code generation (`pulumi convert`, `package add`) and policy packs are not served: those calls answer UNIMPLEMENTED.
 */
import type * as grpc from "@grpc/grpc-js";
import languageServices from "@pulumi/pulumi/proto/language_grpc_pb.js";
import type * as proto from "@pulumi/pulumi/proto/language_pb.js";
import messages from "@pulumi/pulumi/proto/language_pb.js";
import pluginMessages from "@pulumi/pulumi/proto/plugin_pb.js";
import empties from "google-protobuf/google/protobuf/empty_pb.js";
import { messageOf } from "../../../support/errors.ts";
import { fromStruct, type PluginServer, type PropertyMap, rpcError, unimplemented } from "../shared/index.ts";
import { packageManager, packageManagers, programDependencies } from "./dependencies.ts";
import { pluginArguments, programArguments, programEnvironment } from "./invocation.ts";
import { requiredPackages } from "./packages.ts";
import { runNode, sdkCommand, stop, stopAll } from "./program.ts";

export interface LanguageHost {
    version: string;
    /** The engine's gRPC address, for the program's log. */
    engine: string;
}

type Unary<Request, Response> = (request: Request, signal: AbortSignal) => Promise<Response> | Response;

export function addLanguageHost(server: grpc.Server, plugin: PluginServer, host: LanguageHost): void {
    let engine = host.engine;
    const unary =
        <Request, Response>(handler: Unary<Request, Response>): grpc.handleUnaryCall<Request, Response> =>
        (call, callback) => {
            Promise.resolve()
                .then(() => handler(call.request, aborted(call, plugin)))
                .then(
                    (response) => callback(null, response),
                    (error: unknown) => callback(rpcError(error)),
                );
        };

    server.addService(languageServices.LanguageRuntimeService as unknown as grpc.ServiceDefinition, {
        handshake: unary((request: proto.LanguageHandshakeRequest) => {
            engine = request.getEngineAddress() || engine;
            return new messages.LanguageHandshakeResponse();
        }),
        getPluginInfo: unary(() => new pluginMessages.PluginInfo().setVersion(host.version)),
        getRequiredPlugins: unary((request: proto.GetRequiredPluginsRequest) => {
            const list = requiredPackages(request.getInfo()?.getProgramDirectory() || request.getPwd());
            return new messages.GetRequiredPluginsResponse().setPluginsList(
                list.map(({ name, version, server: url }) =>
                    new pluginMessages.PluginDependency()
                        .setName(name)
                        .setKind("resource")
                        .setVersion(version)
                        .setServer(url),
                ),
            );
        }),
        getRequiredPackages: unary((request: proto.GetRequiredPackagesRequest) =>
            new messages.GetRequiredPackagesResponse().setPackagesList(
                requiredPackages(directoryOf(request.getInfo())).map(packageDependency),
            ),
        ),
        run: unary((request: proto.RunRequest, signal) => runProgram(request, engine, signal)),
        runtimeOptionsPrompts: unary((request: proto.RuntimeOptionsRequest) => prompts(request)),
        template: unary(() => new messages.TemplateResponse()),
        about: unary(() => new messages.AboutResponse().setExecutable(process.execPath).setVersion(process.version)),
        getProgramDependencies: unary((request: proto.GetProgramDependenciesRequest) =>
            new messages.GetProgramDependenciesResponse().setDependenciesList(
                programDependencies(directoryOf(request.getInfo()), request.getTransitivedependencies()).map(
                    ({ name, version }) => new messages.DependencyInfo().setName(name).setVersion(version),
                ),
            ),
        ),
        installDependencies: (call: grpc.ServerWritableStream<proto.InstallDependenciesRequest, unknown>) => {
            streamed(call, () => installDependencies(call, plugin));
        },
        runPlugin: (call: grpc.ServerWritableStream<proto.RunPluginRequest, unknown>) => {
            streamed(call, () => runPlugin(call, plugin));
        },
        cancel: unary(() => {
            stopAll();
            return new empties.Empty();
        }),
    });
}

async function runProgram(request: proto.RunRequest, engine: string, signal: AbortSignal): Promise<proto.RunResponse> {
    const response = new messages.RunResponse();
    const directory = directoryOf(request.getInfo()) || request.getPwd();
    let command: string;
    try {
        command = sdkCommand(directory, "run");
    } catch (error) {
        return response.setError(messageOf(error));
    }
    const options = optionsOf(request.getInfo());
    const { error, bail } = await runNode(programArguments(request, command, engine, options), {
        cwd: directory,
        env: programEnvironment(request, options),
        onStart: (child) => signal.addEventListener("abort", () => stop(child)),
    });
    // A program that was told to end has no error of its own: the engine says "cancelled".
    return response.setBail(bail || signal.aborted).setError(signal.aborted ? "" : error);
}

async function installDependencies(
    call: grpc.ServerWritableStream<proto.InstallDependenciesRequest, unknown>,
    plugin: PluginServer,
): Promise<void> {
    const directory = directoryOf(call.request.getInfo()) || call.request.getDirectory();
    const manager = packageManager(directory, optionsOf(call.request.getInfo()).packagemanager);
    const signal = aborted(call, plugin);
    const { error } = await runNode(["install"], {
        command: manager,
        cwd: directory,
        env: process.env,
        onStart: (child) => signal.addEventListener("abort", () => stop(child)),
        onOutput: (stream, data) => {
            const message = new messages.InstallDependenciesResponse();
            call.write(stream === "stdout" ? message.setStdout(data) : message.setStderr(data));
        },
    });
    if (error) throw new Error(`"${manager} install" failed in ${directory}: ${error}`);
}

async function runPlugin(
    call: grpc.ServerWritableStream<proto.RunPluginRequest, unknown>,
    plugin: PluginServer,
): Promise<void> {
    const { request } = call;
    const signal = aborted(call, plugin);
    const directory = directoryOf(request.getInfo()) || request.getProgram();
    if (request.getKind() === "analyzer") throw unimplemented("policy packs");
    const command = sdkCommand(directory, "run-plugin");
    const env = Object.fromEntries(
        request.getEnvList().map((entry) => {
            const at = entry.indexOf("=");
            return [entry.slice(0, at), entry.slice(at + 1)];
        }),
    );
    const { code, error } = await runNode(pluginArguments(request, command, optionsOf(request.getInfo())), {
        cwd: request.getPwd(),
        env: { ...process.env, ...env },
        onStart: (child) => signal.addEventListener("abort", () => stop(child)),
        onOutput: (stream, data) => {
            const message = new messages.RunPluginResponse();
            call.write(stream === "stdout" ? message.setStdout(data) : message.setStderr(data));
        },
    });
    if (code === 127) throw new Error(error);
    call.write(new messages.RunPluginResponse().setExitcode(code));
}

/** `pulumi new` asks for the package manager unless the template names one. */
function prompts(request: proto.RuntimeOptionsRequest): proto.RuntimeOptionsResponse {
    const response = new messages.RuntimeOptionsResponse();
    if (optionsOf(request.getInfo()).packagemanager !== undefined) return response;
    const choice = (name: string) =>
        new messages.RuntimeOptionPrompt.RuntimeOptionValue()
            .setPrompttype(messages.RuntimeOptionPrompt.RuntimeOptionType.STRING)
            .setStringvalue(name)
            .setDisplayname(name);
    return response.setPromptsList([
        new messages.RuntimeOptionPrompt()
            .setKey("packagemanager")
            .setDescription("The package manager to use for installing dependencies")
            .setPrompttype(messages.RuntimeOptionPrompt.RuntimeOptionType.STRING)
            .setChoicesList(packageManagers.map(choice))
            .setDefault(choice("npm")),
    ]);
}

function packageDependency(
    wanted: ReturnType<typeof requiredPackages>[number],
): InstanceType<typeof pluginMessages.PackageDependency> {
    const message = new pluginMessages.PackageDependency()
        .setName(wanted.name)
        .setKind("resource")
        .setVersion(wanted.version)
        .setServer(wanted.server);
    if (wanted.parameterization) {
        message.setParameterization(
            new pluginMessages.PackageParameterization()
                .setName(wanted.parameterization.name)
                .setVersion(wanted.parameterization.version)
                .setValue(wanted.parameterization.value),
        );
    }
    return message;
}

function directoryOf(info: proto.ProgramInfo | undefined): string {
    return info?.getProgramDirectory() ?? "";
}

function optionsOf(info: proto.ProgramInfo | undefined): PropertyMap {
    return fromStruct(info?.getOptions());
}

function streamed(call: grpc.ServerWritableStream<unknown, unknown>, work: () => Promise<void>): void {
    work().then(
        () => call.end(),
        (error: unknown) => call.emit("error", rpcError(error)),
    );
}

/** Aborted when the engine gives up this call or the host is to stop. */
function aborted(call: { on(event: "cancelled", listener: () => void): unknown }, plugin: PluginServer): AbortSignal {
    const controller = new AbortController();
    call.on("cancelled", () => controller.abort(new Error("the call was cancelled")));
    return AbortSignal.any([plugin.signal, controller.signal]);
}
