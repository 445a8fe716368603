import type { CallContext } from "../../shared/index.ts";
import type { Connection } from "../cluster/connection.ts";
import type { Requests } from "../resource/requests.ts";
import type { RunKnowledge } from "../run.ts";
import type { ProviderSettings } from "../settings.ts";

/** What an operation on a resource works with. */
export interface Scope {
    connection: Connection;
    settings: ProviderSettings;
    run: RunKnowledge;
    context: CallContext;
}

/** Requests for one resource: the server's warnings become the resource's. */
export function requestsFor(scope: Scope, urn: string, dryRun: boolean): Requests {
    return {
        connection: scope.connection,
        dryRun,
        force: scope.settings.patchForce,
        onWarning: (text) => {
            if (scope.settings.suppressDeprecationWarnings && /deprecated/i.test(text)) return;
            scope.run.warnOnce(scope.context, `the API server warns: ${text}`, urn);
        },
    };
}
