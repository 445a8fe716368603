import { runOutput } from "@pulumi/command/local/run.js";
import { kubernetesProvider } from "./components/provider.ts";
import { settingsOfStack } from "./components/stack.ts";

// Pulumi has each stack trace looked up in source maps, and takes several for each resource. There are none here: Node strips the types
// and keeps every position. That was a tenth of a preview (bench/README.md).
delete (Error as { prepareStackTrace?: unknown }).prepareStackTrace;

const settings = settingsOfStack(); // throws all wrong settings at once, before any resource

// The engine starts the plugins, and the cluster answers, while the rest of the program is loaded (bench/README.md). That of commands
// is started by the first call of it, which would otherwise be a command's, whose turn comes late.
const provider = kubernetesProvider(settings);
runOutput({ command: "true" });
const { lookFirst } = await import("./components/first-look.ts");
const looked = lookFirst(settings);
looked.catch(() => {}); // the program awaits it
const { declareEnvironment } = await import("./components/program.ts");

export const environment = await declareEnvironment(settings, provider, looked);
