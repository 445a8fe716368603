/**
 * What a Pulumi plugin of ours is made of. A provider implements `ResourceProvider` (provider.ts) and its main is
 *   mainOf(() => servePlugin({ services: (server, plugin) => addProvider(server, plugin, provider, engineAddress()) }));
 * A language host adds its own service in `services`.
 */
export type { EngineLog, Severity } from "./engine.ts";
export { RpcFailure, rpcError, unimplemented } from "./failures.ts";
export * from "./provider.ts";
export { engineAddress, mainOf, type PluginServer, servePlugin } from "./server.ts";
export { addProvider } from "./service.ts";
export { fromStruct, toStruct } from "./structs.ts";
export * from "./values.ts";
