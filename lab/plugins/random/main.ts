/** pulumi-resource-random, the substitute. */
import { addProvider, engineAddress, mainOf, servePlugin } from "../shared/index.ts";
import { randomProvider } from "./provider.ts";

mainOf(() =>
    servePlugin({
        services: (server, plugin) =>
            addProvider(server, plugin, randomProvider(process.env.M3PERF_PLUGIN_VERSION ?? "0.0.0"), engineAddress()),
    }),
);
