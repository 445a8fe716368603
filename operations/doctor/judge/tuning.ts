import { m3dbTuning } from "../../../settings/tuning.ts";
import type { HostFacts } from "../facts.ts";
import { answered, type Examined, type Finding } from "../finding.ts";

/** The kernel parameters that are asked for. */
export const tunedSysctls = [...Object.keys(m3dbTuning.atLeast), ...Object.keys(m3dbTuning.exactly)];

/** One thing that M3DB's documentation asks of its hosts and that is otherwise. */
export interface Mistuned {
    what: string;
    found: string;
    wanted: string;
    /** How it is set by hand. */
    byHand: string;
    /** It is set already, for the next start: what to do then. */
    pending?: string;
}

/**
 * M3DB's nodes against what its documentation asks for. A warning as long as nobody promised it; a failure where
 * m3perf:hosts.tuning does. Kernels that several nodes share are not M3DB's to tune: not judged.
 */
export function tuning(examined: Examined): Finding[] {
    const { site, scenario } = examined;
    if (site.sharedKernel) return [];
    const promised = scenario.hosts.tuning;
    return answered(examined)
        .filter(({ node }) => node.roles.includes("m3db"))
        .flatMap(({ node, facts }) =>
            mistuned(facts).map(({ what, found, wanted, byHand, pending }) => ({
                level: promised && !pending ? ("failure" as const) : ("warning" as const),
                node: node.name,
                fact: "tuning" as const,
                what,
                found,
                wanted,
                next: pending ?? (promised ? byUp : `${askUp}; by hand: ${byHand}`),
            })),
        );
}

const byUp = "m3perf up sets it (m3perf:hosts.tuning)";
const askUp = "m3perf:hosts: {tuning: true} has m3perf up set it";

/** Pure; what a host does not tell is not judged. */
export function mistuned({ sysctls, swapMi, openFiles }: HostFacts): Mistuned[] {
    const wrong: Mistuned[] = [];
    for (const [key, least] of Object.entries(m3dbTuning.atLeast)) {
        const found = sysctls[key];
        if (found !== undefined && found < least)
            wrong.push({
                what: key,
                found: `${found}`,
                wanted: `at least ${least}`,
                byHand: `sysctl -w ${key}=${least}`,
            });
    }
    for (const [key, value] of Object.entries(m3dbTuning.exactly)) {
        const found = sysctls[key];
        // Less swapping than asked for does no harm.
        if (found !== undefined && found > value)
            wrong.push({ what: key, found: `${found}`, wanted: `${value}`, byHand: `sysctl -w ${key}=${value}` });
    }
    if (swapMi !== undefined && swapMi > 0)
        wrong.push({
            what: "swap",
            found: `${swapMi} MiB`,
            wanted: "off",
            byHand: "swapoff -a, and out of /etc/fstab",
        });
    if (openFiles && openFiles.limit < m3dbTuning.openFiles) {
        const isSet = (openFiles.configured ?? 0) >= m3dbTuning.openFiles;
        wrong.push({
            what: `open files of ${openFiles.runtime}`,
            found: `${openFiles.limit}`,
            wanted: `at least ${m3dbTuning.openFiles}`,
            byHand: `LimitNOFILE=${m3dbTuning.openFiles} in systemctl edit ${openFiles.runtime}`,
            // Nobody restarts a runtime below running databases (components/nodes/tuning): the next boot does.
            ...(isSet ? { pending: `set already: it holds from the next start of ${openFiles.runtime} on` } : {}),
        });
    }
    return wrong;
}
