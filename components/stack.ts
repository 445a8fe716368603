import * as pulumi from "@pulumi/pulumi";
import { loadSettings, type Settings } from "../settings/index.ts";
import { messageOf, UserError } from "../support/errors.ts";

/**
 * The settings of the stack that runs. Without a cluster a preview goes on, with a warning that says what it could not check;
 * anything else stops. Throws pulumi.RunError, which the engine shows without a stack trace.
 */
export function settingsOfStack(): Settings {
    try {
        const settings = loadSettings({
            config: pulumi.runtime.allConfig(),
            isSecret: (key) => secretKeys().includes(key),
            stackFile: `Pulumi.${pulumi.getStack()}.yaml`,
        });
        const { missing } = settings.access;
        if (missing && !pulumi.runtime.isDryRun()) {
            throw new UserError(`no cluster is at hand: ${missing.why}`, {
                what: "only previews work without one",
                next: missing.next,
            });
        }
        if (missing) void pulumi.log.warn(withoutCluster(missing));
        for (const warning of settings.warnings) void pulumi.log.warn(warning);
        return settings;
    } catch (error) {
        if (error instanceof UserError) throw new pulumi.RunError(messageOf(error));
        throw error;
    }
}

/** The engine names the secret keys of the configuration to the program so (facts.md 2). */
function secretKeys(): string[] {
    return JSON.parse(process.env.PULUMI_CONFIG_SECRET_KEYS ?? "[]");
}

function withoutCluster(missing: { why: string; next: string }): string {
    return [
        `no cluster is at hand: ${missing.why}. This preview shows what the program declares; what could not be checked:`,
        "  - what is in the cluster already: everything that is not in the stack's state shows as new",
        "  - whether its API server takes the manifests (server-side dry run), and its nodes, storage class and Prometheus exist",
        `  what to do for a full preview: ${missing.next}`,
    ].join("\n");
}
