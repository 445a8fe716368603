/** The program of tests on virtual machines: the components that work on hosts, with no cluster around them. */
import { readFileSync } from "node:fs";
import { HostTuning } from "../../../components/nodes/HostTuning.ts";
import { KernelUpgrade } from "../../../components/nodes/KernelUpgrade.ts";
import type { Host } from "../../../settings/hosts.ts";
import type { KernelSettings } from "../../../settings/kernel.ts";

/** What hosts.json of the project's folder holds. */
export interface HostsProgram {
    kernel?: { hosts: Host[]; settings: KernelSettings; bootLimit: number };
    tuning?: { hosts: Host[] };
}

const { kernel, tuning } = JSON.parse(readFileSync("hosts.json", "utf8")) as HostsProgram;

const tuned = tuning ? [new HostTuning("tuning", tuning)] : [];
const upgrade =
    kernel &&
    new KernelUpgrade(
        "kernels",
        { hosts: kernel.hosts, kernel: kernel.settings, cluster: null, limits: { boot: kernel.bootLimit } },
        { dependsOn: tuned },
    );

export const kernels = upgrade?.kernels;
