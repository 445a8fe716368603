/** Where the bodies of a write load go, and what came of each. */
import { remoteWriteHeaders } from "../remote-write.ts";
import type { Answer } from "./engine.ts";
import { openExchanges } from "./exchange.ts";
import type { LoadPlan } from "./types.ts";

export interface Sender {
    /** Posts one body to the next URL in turn. Never rejects; when it settles, the body is not needed any more. */
    post(body: Buffer): Promise<Answer>;
    close(): void;
}

export function createSender({ urls, concurrency, timeoutMs }: LoadPlan): Sender {
    // Node's servers close idle connections after 5 s.
    const exchanges = openExchanges({ concurrency, timeoutMs, idleMs: 4000 });
    const targets = urls.map((text) => new URL(text));
    let turn = 0;
    return {
        post(body) {
            const target = targets[turn++ % targets.length];
            if (target === undefined) throw new Error("a plan without URLs");
            return exchanges.post(target, remoteWriteHeaders, body, () => undefined);
        },
        close: () => exchanges.close(),
    };
}
