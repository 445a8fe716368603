/** Serves a ResourceProvider over the protocol of pulumi/provider.proto. */
import type * as grpc from "@grpc/grpc-js";
import pluginMessages from "@pulumi/pulumi/proto/plugin_pb.js";
import providerServices from "@pulumi/pulumi/proto/provider_grpc_pb.js";
import type * as proto from "@pulumi/pulumi/proto/provider_pb.js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import empties from "google-protobuf/google/protobuf/empty_pb.js";
import { type EngineLog, engineLog } from "./engine.ts";
import { rpcError, unimplemented } from "./failures.ts";
import type { CallContext, CheckRequest, CheckResult, DiffRequest, DiffResult, ResourceProvider } from "./provider.ts";
import type { PluginServer } from "./server.ts";
import { fromStruct, toStruct } from "./structs.ts";

type Handler<Request, Response> = (request: Request, context: CallContext) => Promise<Response> | Response;

/** Adds the provider's service to a server. `address` is the engine's, "" when it attaches later. */
export function addProvider(server: grpc.Server, plugin: PluginServer, provider: ResourceProvider, address: string) {
    let log: EngineLog = engineLog(address);
    const attach = (target: string) => {
        if (target === "" || target === address) return;
        log.close();
        log = engineLog(target);
    };
    const unary =
        <Request, Response>(handler: Handler<Request, Response>): grpc.handleUnaryCall<Request, Response> =>
        (call, callback) => {
            const controller = new AbortController();
            call.on("cancelled", () => controller.abort(new Error("the call was cancelled")));
            const context = { signal: AbortSignal.any([plugin.signal, controller.signal]), log };
            Promise.resolve()
                .then(() => handler(call.request, context))
                .then((response) => log.flushed().then(() => callback(null, response)))
                .catch((error: unknown) => log.flushed().then(() => callback(rpcError(error))));
        };

    server.addService(providerServices.ResourceProviderService as unknown as grpc.ServiceDefinition, {
        handshake: unary((request: proto.ProviderHandshakeRequest) => {
            attach(request.getEngineAddress());
            return new messages.ProviderHandshakeResponse()
                .setAcceptSecrets(true)
                .setAcceptResources(false)
                .setAcceptOutputs(false)
                .setSupportsAutonamingConfiguration(true);
        }),
        attach: unary((request: { getAddress(): string }) => {
            attach(request.getAddress());
            return new empties.Empty();
        }),
        getPluginInfo: unary(() => new pluginMessages.PluginInfo().setVersion(provider.version)),
        getSchema: unary(() => {
            throw unimplemented("this substitute has no schema; the official plugin does");
        }),
        parameterize: unary(() => {
            throw unimplemented("Parameterize");
        }),
        getMapping: unary(() => new messages.GetMappingResponse()),
        getMappings: unary(() => new messages.GetMappingsResponse()),
        checkConfig: unary(async (request: proto.CheckRequest, context) =>
            checkResponse(
                provider.checkConfig
                    ? await provider.checkConfig(checkRequest(request), context)
                    : { inputs: fromStruct(request.getNews()) },
            ),
        ),
        diffConfig: unary(async (request: proto.DiffRequest, context) =>
            diffResponse(
                provider.diffConfig ? await provider.diffConfig(diffRequest(request), context) : { changes: {} },
            ),
        ),
        configure: unary(async (request: proto.ConfigureRequest, context) => {
            await provider.configure?.(fromStruct(request.getArgs()), context);
            return new messages.ConfigureResponse()
                .setAcceptsecrets(true)
                .setSupportspreview(true)
                .setAcceptresources(false)
                .setAcceptoutputs(false)
                .setSupportsAutonamingConfiguration(true);
        }),
        check: unary(async (request: proto.CheckRequest, context) =>
            checkResponse(await provider.check(checkRequest(request), context)),
        ),
        diff: unary(async (request: proto.DiffRequest, context) =>
            diffResponse(await provider.diff(diffRequest(request), context)),
        ),
        create: unary(async (request: proto.CreateRequest, context) => {
            const { id, outputs } = await provider.create(
                {
                    ...identity(request),
                    inputs: fromStruct(request.getProperties()),
                    preview: request.getPreview(),
                    timeout: request.getTimeout(),
                },
                context,
            );
            return new messages.CreateResponse().setId(id).setProperties(toStruct(outputs));
        }),
        read: unary(async (request: proto.ReadRequest, context) => {
            const found = await provider.read(
                {
                    ...identity(request),
                    id: request.getId(),
                    outputs: fromStruct(request.getProperties()),
                    inputs: fromStruct(request.getInputs()),
                },
                context,
            );
            const response = new messages.ReadResponse();
            if (!found) return response;
            return response.setId(found.id).setProperties(toStruct(found.outputs)).setInputs(toStruct(found.inputs));
        }),
        update: unary(async (request: proto.UpdateRequest, context) => {
            const outputs = await provider.update(
                {
                    ...identity(request),
                    id: request.getId(),
                    olds: fromStruct(request.getOlds()),
                    oldInputs: fromStruct(request.getOldInputs()),
                    news: fromStruct(request.getNews()),
                    preview: request.getPreview(),
                    timeout: request.getTimeout(),
                    ignoreChanges: request.getIgnorechangesList(),
                },
                context,
            );
            return new messages.UpdateResponse().setProperties(toStruct(outputs));
        }),
        delete: unary(async (request: proto.DeleteRequest, context) => {
            await provider.delete(
                {
                    ...identity(request),
                    id: request.getId(),
                    outputs: fromStruct(request.getProperties()),
                    inputs: fromStruct(request.getOldInputs()),
                    timeout: request.getTimeout(),
                },
                context,
            );
            return new empties.Empty();
        }),
        invoke: unary(async (request: proto.InvokeRequest, context) => {
            if (!provider.invoke) throw unimplemented(`the function ${request.getTok()}`);
            const result = await provider.invoke(request.getTok(), fromStruct(request.getArgs()), context);
            return new messages.InvokeResponse().setReturn(toStruct(result));
        }),
        call: unary((request: proto.CallRequest) => {
            throw unimplemented(`the method ${request.getTok()}`);
        }),
        construct: unary((request: proto.ConstructRequest) => {
            throw unimplemented(`the component ${request.getType()}`);
        }),
        cancel: unary(() => {
            plugin.cancel();
            return new empties.Empty();
        }),
    });
}

interface Identified {
    getUrn(): string;
    getType(): string;
    getName(): string;
}

/** Type and name, from the URN where an older engine does not send them. */
function identity(request: Identified): { urn: string; type: string; name: string } {
    const urn = request.getUrn();
    const [, , types = "", ...names] = urn.split("::");
    return {
        urn,
        type: request.getType() || (types.split("$").at(-1) ?? ""),
        name: request.getName() || names.join("::"),
    };
}

function checkRequest(request: proto.CheckRequest): CheckRequest {
    const autonaming = request.getAutonaming();
    const modes = ["propose", "enforce", "disable"] as const;
    return {
        ...identity(request),
        olds: request.hasOlds() && request.getOlds()?.getFieldsMap().getLength() ? fromStruct(request.getOlds()) : null,
        news: fromStruct(request.getNews()),
        randomSeed: request.getRandomseed_asU8(),
        autonaming: autonaming
            ? { proposedName: autonaming.getProposedName(), mode: modes[autonaming.getMode()] ?? "propose" }
            : null,
    };
}

function checkResponse(result: CheckResult): proto.CheckResponse {
    const failures = (result.failures ?? []).map(({ property, reason }) =>
        new messages.CheckFailure().setProperty(property).setReason(reason),
    );
    return new messages.CheckResponse().setInputs(toStruct(result.inputs)).setFailuresList(failures);
}

function diffRequest(request: proto.DiffRequest): DiffRequest {
    return {
        ...identity(request),
        id: request.getId(),
        olds: fromStruct(request.getOlds()),
        oldInputs: fromStruct(request.getOldInputs()),
        news: fromStruct(request.getNews()),
        ignoreChanges: request.getIgnorechangesList(),
    };
}

function diffResponse(result: DiffResult): proto.DiffResponse {
    const kinds = ["add", "add-replace", "delete", "delete-replace", "update", "update-replace"];
    const response = new messages.DiffResponse();
    const paths = Object.entries(result.changes);
    for (const [path, { kind, inputDiff }] of paths) {
        const change = new messages.PropertyDiff()
            .setKind(kinds.indexOf(kind) as proto.PropertyDiff.Kind)
            .setInputdiff(inputDiff);
        response.getDetaileddiffMap().set(path, change);
    }
    const topLevel = (path: string) => path.split(/[.[]/, 1)[0] ?? path;
    return response
        .setChanges(
            paths.length > 0
                ? messages.DiffResponse.DiffChanges.DIFF_SOME
                : messages.DiffResponse.DiffChanges.DIFF_NONE,
        )
        .setHasdetaileddiff(true)
        .setDiffsList([...new Set(paths.map(([path]) => topLevel(path)))])
        .setReplacesList(paths.filter(([, { kind }]) => kind.endsWith("-replace")).map(([path]) => path))
        .setStablesList(result.stables ?? [])
        .setDeletebeforereplace(result.deleteBeforeReplace ?? false);
}
