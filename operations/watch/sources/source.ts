import { jsonOf } from "../../access/http.ts";
import type { Get } from "../api.ts";

/** What one look is given. */
export interface Look {
    get: Get;
    /** Ends the look: whatever has not answered by then has failed. */
    signal: AbortSignal;
    /** ms since 1970: what a sample is stamped with. */
    now(): number;
    /** ms of a clock that nobody steps: what rates and pauses are told by. */
    elapsed(): number;
}

/** Something that is looked at again and again. It keeps what it saw last, so that a look that fails takes nothing away. */
export interface Source {
    id: string;
    /** Not looked at more often than this. */
    everyMs: number;
    /** Rejects where it saw nothing; resolves with a text where a part did not answer. */
    look(look: Look): Promise<string | undefined>;
}

export async function getJson<T>({ get, signal }: Look, path: string, query?: Record<string, string>): Promise<T> {
    return jsonOf<T>(await get(path, signal, query), `GET ${path}`);
}

/**
 * Looks at several parts side by side. Rejects with the first fault when every one failed; else resolves with a word on those that
 * did, if any.
 */
export async function sideBySide<T>(parts: [name: string, look: () => Promise<T>][]): Promise<string | undefined> {
    const results = await Promise.allSettled(parts.map(([, look]) => look()));
    const faults = results.flatMap((result, index) => (result.status === "rejected" ? [{ index, ...result }] : []));
    const [first] = faults;
    if (first === undefined) return undefined;
    if (faults.length === parts.length) throw first.reason;
    const names = faults.map(({ index }) => parts[index]?.[0]).join(", ");
    const reason = first.reason instanceof Error ? first.reason.message : String(first.reason);
    return `${names}: ${reason}`;
}
