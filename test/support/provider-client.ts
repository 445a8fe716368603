/**
 * Speaks with a provider plugin as Pulumi's engine does: starts the executable, answers its log calls, and offers the
 * protocol in plain values. The plugin is the official one, or any other, where the environment names it.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import * as grpc from "@grpc/grpc-js";
import engineServices from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import type { LogRequest } from "@pulumi/pulumi/proto/engine_pb.js";
import type { ResourceProviderClient } from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import providerServices from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import type * as proto from "@pulumi/pulumi/proto/provider_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import statuses from "@pulumi/pulumi/proto/status_pb.js";
import empties from "google-protobuf/google/protobuf/empty_pb.js";
import { bundle, type PluginSource } from "../../lab/plugins/bundle.ts";
import { fromStruct, type PropertyMap, toStruct } from "../../lab/plugins/shared/index.ts";

export interface LogLine {
    severity: number;
    message: string;
    urn: string;
    ephemeral: boolean;
}

export interface PlainDiff {
    changes: number;
    replaces: string[];
    deleteBeforeReplace: boolean;
    /** Path to kind: 0 add, 1 add-replace, 2 delete, 3 delete-replace, 4 update, 5 update-replace. */
    detailed: Record<string, number>;
}

/** An error of the plugin; `partial` is there when it made the object but not ready. */
export class PluginFailure extends Error {
    readonly partial: { id: string; outputs: PropertyMap; inputs: PropertyMap; reasons: string[] } | undefined;
    constructor(error: grpc.ServiceError) {
        super(error.details);
        const [bytes] = error.metadata?.get("grpc-status-details-bin") ?? [];
        const [any] = bytes
            ? statuses.Status.deserializeBinary(new Uint8Array(Buffer.from(bytes))).getDetailsList()
            : [];
        const detail = any?.unpack(
            messages.ErrorResourceInitFailed.deserializeBinary,
            "pulumirpc.ErrorResourceInitFailed",
        );
        this.partial = detail
            ? {
                  id: detail.getId(),
                  outputs: fromStruct(detail.getProperties()),
                  inputs: fromStruct(detail.getInputs()),
                  reasons: detail.getReasonsList(),
              }
            : undefined;
    }
}

export class ProviderClient {
    readonly log: LogLine[];
    readonly process: ChildProcess;
    readonly #client: ResourceProviderClient;
    readonly #stop: () => Promise<void>;

    constructor(log: LogLine[], process: ChildProcess, client: ResourceProviderClient, stop: () => Promise<void>) {
        this.log = log;
        this.process = process;
        this.#client = client;
        this.#stop = stop;
    }

    async configure(config: PropertyMap): Promise<void> {
        const request = new messages.ConfigureRequest()
            .setArgs(toStruct(config))
            .setAcceptsecrets(true)
            .setSendsOldInputs(true)
            .setSendsOldInputsToDelete(true);
        for (const [key, value] of Object.entries(config)) {
            request.getVariablesMap().set(`kubernetes:config:${key}`, String(value));
        }
        await this.#call("configure", request);
    }

    async checkConfig(news: PropertyMap): Promise<{ property: string; reason: string }[]> {
        const request = new messages.CheckRequest().setNews(toStruct(news));
        const response: proto.CheckResponse = await this.#call("checkConfig", request);
        return response.getFailuresList().map((item) => ({ property: item.getProperty(), reason: item.getReason() }));
    }

    async diffConfig(olds: PropertyMap, news: PropertyMap): Promise<PlainDiff> {
        const request = new messages.DiffRequest()
            .setOlds(toStruct(olds))
            .setOldInputs(toStruct(olds))
            .setNews(toStruct(news));
        return plainDiff(await this.#call("diffConfig", request));
    }

    async check(
        urn: string,
        news: PropertyMap,
        olds?: PropertyMap,
    ): Promise<{ inputs: PropertyMap; failures: { property: string; reason: string }[] }> {
        const request = new messages.CheckRequest().setUrn(urn).setNews(toStruct(news)).setRandomseed(seedOf(urn));
        if (olds) request.setOlds(toStruct(olds));
        const response: proto.CheckResponse = await this.#call("check", request);
        return {
            inputs: fromStruct(response.getInputs()),
            failures: response
                .getFailuresList()
                .map((item) => ({ property: item.getProperty(), reason: item.getReason() })),
        };
    }

    async diff(
        urn: string,
        id: string,
        olds: PropertyMap,
        oldInputs: PropertyMap,
        news: PropertyMap,
    ): Promise<PlainDiff> {
        const request = new messages.DiffRequest()
            .setUrn(urn)
            .setId(id)
            .setOlds(toStruct(olds))
            .setOldInputs(toStruct(oldInputs))
            .setNews(toStruct(news));
        return plainDiff(await this.#call("diff", request));
    }

    async create(
        urn: string,
        inputs: PropertyMap,
        options: { preview?: boolean; timeout?: number } = {},
    ): Promise<{ id: string; outputs: PropertyMap }> {
        const request = new messages.CreateRequest()
            .setUrn(urn)
            .setProperties(toStruct(inputs))
            .setPreview(options.preview ?? false)
            .setTimeout(options.timeout ?? 0);
        const response: proto.CreateResponse = await this.#call("create", request);
        return { id: response.getId(), outputs: fromStruct(response.getProperties()) };
    }

    async update(
        urn: string,
        id: string,
        olds: PropertyMap,
        oldInputs: PropertyMap,
        news: PropertyMap,
        options: { preview?: boolean; timeout?: number; ignoreChanges?: string[] } = {},
    ): Promise<PropertyMap> {
        const request = new messages.UpdateRequest()
            .setUrn(urn)
            .setId(id)
            .setOlds(toStruct(olds))
            .setOldInputs(toStruct(oldInputs))
            .setNews(toStruct(news))
            .setPreview(options.preview ?? false)
            .setTimeout(options.timeout ?? 0)
            .setIgnorechangesList(options.ignoreChanges ?? []);
        const response: proto.UpdateResponse = await this.#call("update", request);
        return fromStruct(response.getProperties());
    }

    async read(
        urn: string,
        id: string,
        outputs: PropertyMap = {},
        inputs: PropertyMap = {},
    ): Promise<{ id: string; outputs: PropertyMap; inputs: PropertyMap }> {
        const request = new messages.ReadRequest()
            .setUrn(urn)
            .setId(id)
            .setProperties(toStruct(outputs))
            .setInputs(toStruct(inputs));
        const response: proto.ReadResponse = await this.#call("read", request);
        return {
            id: response.getId(),
            outputs: fromStruct(response.getProperties()),
            inputs: fromStruct(response.getInputs()),
        };
    }

    async delete(
        urn: string,
        id: string,
        outputs: PropertyMap,
        inputs: PropertyMap = {},
        options: { timeout?: number } = {},
    ): Promise<void> {
        const request = new messages.DeleteRequest()
            .setUrn(urn)
            .setId(id)
            .setProperties(toStruct(outputs))
            .setOldInputs(toStruct(inputs))
            .setTimeout(options.timeout ?? 0);
        await this.#call("delete", request);
    }

    async cancel(): Promise<void> {
        await this.#call("cancel", new empties.Empty());
    }

    async version(): Promise<string> {
        const response: { getVersion(): string } = await this.#call("getPluginInfo", new empties.Empty());
        return response.getVersion();
    }

    stop(): Promise<void> {
        return this.#stop();
    }

    #call<Response>(method: string, request: object): Promise<Response> {
        const methods = this.#client as unknown as Record<string, (request: object, done: Done<Response>) => void>;
        return new Promise((resolve, reject) => {
            methods[method]?.call(this.#client, request, (error, response) =>
                error ? reject(new PluginFailure(error)) : resolve(response),
            );
        });
    }
}

type Done<Response> = (error: grpc.ServiceError | null, response: Response) => void;

function plainDiff(response: proto.DiffResponse): PlainDiff {
    const detailed: Record<string, number> = {};
    response.getDetaileddiffMap().forEach((change, path) => {
        detailed[path] = change.getKind();
    });
    return {
        changes: response.getChanges(),
        replaces: response.getReplacesList(),
        deleteBeforeReplace: response.getDeletebeforereplace(),
        detailed,
    };
}

function seedOf(urn: string): Uint8Array {
    return new Uint8Array(Buffer.from(urn.padEnd(32, ".").slice(-32)));
}

/** Starts the executable at `executable`, or a substitute of ours bundled for this run. */
export async function startProvider(
    source: PluginSource,
    options: { executable?: string; env?: NodeJS.ProcessEnv } = {},
): Promise<ProviderClient> {
    const dir = mkdtempSync(join(tmpdir(), "m3perf-plugin-"));
    const executable = options.executable ?? join(dir, `pulumi-resource-${source.folder}`);
    if (!options.executable) await bundle(source, executable);
    const log: LogLine[] = [];
    const engine = new grpc.Server();
    engine.addService(engineServices.EngineService as unknown as grpc.ServiceDefinition, {
        log: (call: grpc.ServerUnaryCall<LogRequest, object>, done: grpc.sendUnaryData<object>) => {
            const { severity, message, urn, ephemeral } = call.request.toObject();
            log.push({ severity, message, urn, ephemeral });
            done(null, new empties.Empty());
        },
        getRootResource: unanswered,
        setRootResource: unanswered,
        startDebugging: unanswered,
        requirePulumiVersion: unanswered,
    });
    const enginePort = await new Promise<number>((resolve, reject) => {
        engine.bindAsync("127.0.0.1:0", grpc.ServerCredentials.createInsecure(), (error, port) =>
            error ? reject(error) : resolve(port),
        );
    });
    const child = spawn(executable, [`127.0.0.1:${enginePort}`], {
        stdio: ["ignore", "pipe", "inherit"],
        env: options.env ?? process.env,
    });
    const port = await new Promise<string>((resolve, reject) => {
        let text = "";
        child.stdout?.setEncoding("utf8").on("data", (chunk: string) => {
            text += chunk;
            if (text.includes("\n")) resolve(text.trim());
        });
        child.once("error", reject);
        child.once("close", (code) => reject(new Error(`${executable} ended with ${code} before it told its port`)));
    });
    const client = new providerServices.ResourceProviderClient(`127.0.0.1:${port}`, grpc.credentials.createInsecure());
    const stop = async () => {
        client.close();
        engine.forceShutdown();
        if (child.exitCode === null && child.signalCode === null) {
            const ended = new Promise((resolve) => child.once("close", resolve));
            child.kill("SIGTERM");
            await ended;
        }
        rmSync(dir, { recursive: true, force: true });
    };
    return new ProviderClient(log, child, client, stop);
}

function unanswered(_call: unknown, done: grpc.sendUnaryData<object>): void {
    done({ code: grpc.status.UNIMPLEMENTED });
}
