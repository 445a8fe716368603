import type { Environment } from "../../settings/environment.ts";
import type { CheckResult } from "../checks/run.ts";
import { Seen } from "./seen.ts";
import type { Sign, Trouble } from "./trouble.ts";
import { troubles as known } from "./troubles/index.ts";

export interface Found {
    trouble: Trouble;
    sign: Sign;
}

/** A trouble that no other one brings about, and what it brings about. */
export interface Root extends Found {
    consequences: Found[];
}

export interface Diagnosis {
    roots: Root[];
    /** Checks that failed and that no trouble found explains. */
    unexplained: CheckResult[];
    /** Ids of the checks that failed. */
    failed: string[];
    checked: number;
}

/** Which troubles one run of the checks tells of, root causes first. Pure. */
export function diagnose(results: CheckResult[], environment: Environment, troubles: Trouble[] = known): Diagnosis {
    const seen = new Seen(results, environment);
    const found = troubles.flatMap((trouble): Found[] => {
        const sign = trouble.recognise(seen);
        return sign ? [{ trouble, sign }] : [];
    });
    const failed = results.filter(({ ok }) => !ok);
    const explained = new Set(found.flatMap(({ trouble }) => [...Object.keys(trouble.tells), ...trouble.wake]));
    return {
        roots: rootsOf(found, seen),
        unexplained: failed.filter(({ id }) => !explained.has(id)),
        failed: failed.map(({ id }) => id),
        checked: results.length,
    };
}

/** Each trouble goes under the first one that brings it about; of two that bring about each other, the first is the cause. */
function rootsOf(found: Found[], seen: Seen): Root[] {
    const bringers = new Map<string, Found>();
    const origin = (id: string): string => {
        const from = bringers.get(id);
        return from ? origin(from.trouble.id) : id;
    };
    for (const cause of found) {
        for (const id of cause.trouble.brings(cause.sign, seen)) {
            const there = found.some(({ trouble }) => trouble.id === id);
            if (there && !bringers.has(id) && origin(cause.trouble.id) !== id) bringers.set(id, cause);
        }
    }
    return found
        .filter(({ trouble }) => !bringers.has(trouble.id))
        .map((root) => ({
            ...root,
            consequences: found.filter(
                ({ trouble }) => trouble !== root.trouble && origin(trouble.id) === root.trouble.id,
            ),
        }));
}
