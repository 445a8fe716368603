/** The executable pulumi-resource-kubernetes: m3perf's substitute of the official provider plugin. */
import { addProvider, engineAddress, mainOf, servePlugin } from "../shared/index.ts";
import { KubernetesProvider } from "./provider.ts";

mainOf(async () => {
    const provider = new KubernetesProvider(process.env.M3PERF_PLUGIN_VERSION ?? "0.0.0");
    await servePlugin({
        services: (server, plugin) => addProvider(server, plugin, provider, engineAddress()),
        onStop: () => provider.close(),
    });
});
