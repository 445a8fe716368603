/** Everything that does not fit, failures first; pure. */
import type { Examined, Finding } from "../finding.ts";
import { clocks } from "./clock.ts";
import { cluster } from "./cluster.ts";
import { disk } from "./disk.ts";
import { firewall } from "./firewall.ts";
import { ground } from "./ground.ts";
import { here } from "./here.ts";
import { machine } from "./machine.ts";
import { reach } from "./reach.ts";
import { tuning } from "./tuning.ts";

export function judge(examined: Examined): Finding[] {
    const findings = [here, ground, reach, machine, firewall, disk, clocks, cluster, tuning].flatMap((part) =>
        part(examined),
    );
    const first = findings.filter(({ level }) => level === "failure");
    return [...first, ...findings.filter(({ level }) => level === "warning")];
}
