/** What faults are injected with, so that the same ones run in the suite's lab and wherever else they are tried. */
import type { Kubernetes } from "../../../operations/access/kubernetes.ts";
import type { DiagnosisJson } from "../../../operations/diagnosis/report.ts";
import type { Environment } from "../../../settings/environment.ts";

export interface Hand {
    environment: Environment;
    kubernetes: Kubernetes;
    /** Throws unless it succeeds. */
    kubectl(...args: string[]): Promise<string>;
    /** `m3perf lab …`. Throws unless it succeeds. */
    lab(...words: string[]): Promise<void>;
    /** `m3perf diagnose`, whatever it finds. */
    diagnose(): Promise<DiagnosisJson>;
}

export interface Fault {
    name: string;
    /** The trouble that is to be named as the only root cause. */
    trouble: string;
    /** Troubles that have to be listed under it. */
    consequences?: string[];
    /** Checks that have to fail. */
    failing: string[];
    /** What the evidence of the trouble has to say. */
    says?: RegExp;
    /** Returns when the fault is there. */
    inject(hand: Hand): Promise<void>;
    /** Undoes it; also where the injection came half its way, or not to its beginning. */
    heal(hand: Hand): Promise<void>;
    /** Seconds that verify waits for all to be well again; 180 unless told. */
    recovers?: number;
}

/** Why a diagnosis is not the one that a fault asks for; undefined: it is. Pure. */
export function misses(fault: Fault, { troubles, unexplained, failed }: DiagnosisJson): string | undefined {
    const roots = troubles.map(({ id }) => id);
    if (roots.join() !== fault.trouble) return `named: ${roots.join(", ") || "nothing"}; wanted: ${fault.trouble}`;
    const [root] = troubles;
    const below = root?.consequences.map(({ id }) => id) ?? [];
    const absent = (fault.consequences ?? []).filter((id) => !below.includes(id));
    if (absent.length > 0)
        return `not listed under ${fault.trouble}: ${absent.join(", ")} (there are: ${below.join(", ")})`;
    const passed = fault.failing.filter((id) => !failed.includes(id));
    if (passed.length > 0) return `passed: ${passed.join(", ")}; failed: ${failed.join(", ")}`;
    const said = root?.evidence.join("\n") ?? "";
    if (fault.says && !fault.says.test(said)) return `the evidence does not say ${fault.says}: ${said}`;
    if (unexplained.length > 0) return `not explained: ${unexplained.map(({ id }) => id).join(", ")}`;
    return undefined;
}
