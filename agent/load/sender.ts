/** Where the bodies of a write load go, and what came of each. */
import { remoteWriteHeaders } from "../remote-write.ts";
import type { Answer } from "./engine.ts";
import { openExchanges } from "./exchange.ts";
import { authorization } from "./tokens.ts";
import type { LoadPlan } from "./types.ts";

export interface Sender {
    /** Posts one body to the next URL in turn, with the tenant's token. Never rejects; when it settles, the body is not needed any more. */
    post(body: Buffer, tenant: number): Promise<Answer>;
    close(): void;
}

/** `tokens`: one for all tenants, or one for each; none: requests carry none. */
export function createSender({ urls, ca, concurrency, timeoutMs }: LoadPlan, tokens: string[] = []): Sender {
    // Node's servers close idle connections after 5 s.
    const exchanges = openExchanges({ concurrency, timeoutMs, idleMs: 4000, ca });
    const targets = urls.map((text) => new URL(text));
    const withToken = tokens.map((token) => ({ ...remoteWriteHeaders, ...authorization(token) }));
    let turn = 0;
    return {
        post(body, tenant) {
            const target = targets[turn++ % targets.length];
            if (target === undefined) throw new Error("a plan without URLs");
            const headers = withToken[tokens.length > 1 ? tenant : 0] ?? remoteWriteHeaders;
            return exchanges.post(target, headers, body, () => undefined);
        },
        close: () => exchanges.close(),
    };
}
