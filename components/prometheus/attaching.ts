import { messageOf, UserError } from "../../support/errors.ts";
import { attach, type Backup, detach, digest } from "./attachment.ts";
import type { RemoteEndpoints } from "./remote-config.ts";

/** What attaching asks of the live Prometheus (live-prometheus.ts). */
export interface LivePrometheus {
    read(): Promise<{ text: string; backup: Backup | undefined }>;
    keep(backup: Backup): Promise<void>;
    forget(): Promise<void>;
    write(text: string): Promise<void>;
    roll(version: string | undefined): Promise<void>;
}

/**
 * Keeps the original, writes remote write and read into the configuration, rolls Prometheus. When Prometheus does not come up
 * with it, takes them out again, whatever others have changed in the meantime, and throws UserError with `next`.
 */
export async function attachTo(live: LivePrometheus, endpoints: RemoteEndpoints, next: string): Promise<void> {
    const before = await live.read();
    const wanted = attach(before.text, before.backup, endpoints);
    await live.keep(wanted.backup);
    if (before.text !== wanted.text) await live.write(wanted.text);
    try {
        await live.roll(digest(wanted.text));
    } catch (error) {
        // A Prometheus that does not start must not stay behind, least of all one that no state knows of. The roll took
        // minutes: what stands there now need not be what we wrote.
        const now = await live.read();
        await live.write(detach(now.text, wanted.backup));
        const again = await live.roll(undefined).then(
            () => "",
            (failure: unknown) => `with it, too: ${messageOf(failure)}`,
        );
        await live.forget();
        throw new UserError(
            "Prometheus did not come up with remote write and read; its own configuration was restored",
            { what: messageOf(error), ...(again ? { why: again } : {}), next },
        );
    }
}
