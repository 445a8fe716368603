/** pulumi-language-nodejs, the substitute: started by the CLI with the engine's address as its last argument. */
import { engineAddress, mainOf, servePlugin } from "../shared/index.ts";
import { addLanguageHost } from "./host.ts";
import { killAll, stopAll } from "./program.ts";

process.on("exit", killAll);

mainOf(() =>
    servePlugin({
        services: (server, plugin) => {
            plugin.signal.addEventListener("abort", stopAll);
            addLanguageHost(server, plugin, {
                version: process.env.M3PERF_PLUGIN_VERSION ?? "0.0.0",
                engine: engineAddress(),
            });
        },
    }),
);
