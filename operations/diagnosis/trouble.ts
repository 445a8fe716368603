import type { Environment } from "../../settings/environment.ts";
import type { Seen } from "./seen.ts";

/** What a trouble shows itself by in one run of the checks. */
export interface Sign {
    /** certain: the evidence allows nothing else. likely: it fits, and so might something else. */
    sure: "certain" | "likely";
    /** Lines of the checks' evidence that tell it. */
    why: string[];
    /** Pods, nodes, workloads, namespaces, … that have it. */
    about: string[];
    /** More exact than the trouble's own cause. */
    cause?: string;
    /** More exact than the trouble's own commands. */
    fix?: string[];
}

/** Names that commands need. */
export interface Names {
    /** Kubernetes namespace of M3 and etcd. */
    namespace: string;
    cluster: string;
    /** Namespace of Prometheus. */
    monitoring: string;
    /** Commands that show Prometheus' configuration and what it says. */
    inspect: string[];
    /** Commands for this environment (cli/addressed.ts); absent: as they are. */
    address?: (text: string) => string;
}

/** A known trouble of an environment: what it looks like, how the checks tell it, what to do. Data, but for its recogniser. */
export interface Trouble {
    id: string;
    title: string;
    /** What a user notices. */
    looks: string[];
    cause: string;
    /** Checks of verify that tell it, each with what its evidence says. */
    tells: Record<string, string>;
    /** Checks that may fail in its wake. */
    wake: string[];
    /** Troubles that it brings about: where both are there, those are listed under it. */
    brings(sign: Sign, seen: Seen): string[];
    /** Steps, each Markdown with its command in backquotes; `about`: what has it. */
    fix(names: Names, about: string[]): string[];
    prevention: string;
    /** Page of docs/ that tells more. */
    docs: string;
    /** Pure. Undefined: it is not there. */
    recognise(seen: Seen): Sign | undefined;
}

export function namesOf({ namespace, cluster, prometheus }: Environment): Names {
    return {
        namespace,
        cluster: cluster.name,
        monitoring: prometheus.namespace,
        inspect: prometheus.inspect ?? [
            `kubectl -n ${prometheus.namespace} get configmap ${prometheus.configMap} -o yaml`,
            `kubectl -n ${prometheus.namespace} logs deployment/${prometheus.deployment}`,
        ],
    };
}

/** A trouble that was told by `lines`; none, no trouble. */
export function told(
    lines: { line: string; about: string }[],
    more: Partial<Omit<Sign, "why" | "about">> = {},
): Sign | undefined {
    if (lines.length === 0) return undefined;
    const about = [...new Set(lines.map((one) => one.about))];
    return { sure: "certain", why: lines.map(({ line }) => line), about, ...more };
}

/** A step that is a command. */
export const run = (command: string, note?: string) => `\`${command}\`${note ? `: ${note}` : ""}`;
