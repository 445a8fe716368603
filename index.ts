import { kubernetesProvider } from "./components/provider.ts";
import { settingsOfStack } from "./components/stack.ts";

const settings = settingsOfStack(); // throws all wrong settings at once, before any resource

// The engine starts the provider's plugin while the rest of the program is loaded and looks at the cluster (bench/README.md).
const provider = kubernetesProvider(settings);
const { declareEnvironment } = await import("./components/program.ts");

export const environment = await declareEnvironment(settings, provider);
