/** pulumi-resource-command, the substitute. */
import { addProvider, engineAddress, mainOf, servePlugin } from "../shared/index.ts";
import { commandProvider } from "./provider.ts";

mainOf(() =>
    servePlugin({
        services: (server, plugin) =>
            addProvider(server, plugin, commandProvider(process.env.M3PERF_PLUGIN_VERSION ?? "0.0.0"), engineAddress()),
    }),
);
