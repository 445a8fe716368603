import { readdirSync } from "node:fs";
import { dirname } from "node:path";
import { UserError } from "../../support/errors.ts";
import { labDir } from "../../support/paths.ts";
import type { Image, Tool } from "../types.ts";
import { freeIndex, labLimit } from "./addresses.ts";
import { readJson, writeWhole } from "./files.ts";
import { labHosts, type M3dbNodes, type MachineSize } from "./hosts.ts";
import { layout } from "./layout.ts";
import { machineRoutes } from "./network.ts";

/** What a lab's folder tells of it. Which processes run is never recorded: their cgroups tell. */
export interface LabRecord {
    version: 1;
    index: number;
    /** The machine's size when the lab was made; its hosts' sizes follow. */
    machine: MachineSize;
    /** Three where it is not told. */
    m3dbNodes?: M3dbNodes;
    /** `up` got to its end. */
    complete: boolean;
    /** Digest of the add-ons that were applied. */
    addOns?: string;
    /** Digest of all that the lab was made from: our sources, tools, images. */
    made?: string;
    images: Image[];
    tools: Tool[];
}

const labsFolder = () => dirname(labDir("x"));

/** Held for a moment to choose an index, to note or put back kernel settings. */
export const machineLock = "/run/m3perf/.lock";

export function readRecord(lab: string): LabRecord | undefined {
    const record = readJson<LabRecord>(layout(lab).record);
    return record?.version === 1 ? record : undefined;
}

export async function writeRecord(lab: string, record: LabRecord): Promise<void> {
    await writeWhole(layout(lab).record, `${JSON.stringify(record, null, 2)}\n`);
}

/** Names of the labs that have a folder. */
export function knownLabs(): string[] {
    try {
        return readdirSync(labsFolder(), { withFileTypes: true })
            .filter((entry) => entry.isDirectory())
            .map(({ name }) => name);
    } catch {
        return [];
    }
}

/** The lab's record; a new one, with an index that is free, when it has none. Call under the machine-wide lock. */
export async function ensureRecord(lab: string, machine: MachineSize): Promise<LabRecord> {
    const existing = readRecord(lab);
    if (existing) return existing;
    const taken = knownLabs().flatMap((name) => readRecord(name)?.index ?? []);
    const index = freeIndex(taken, await machineRoutes());
    if (index === undefined) {
        throw new UserError("no addresses are free for a lab", {
            what: `labs on this machine: ${knownLabs().join(", ")}; routes of this machine touch the others' networks`,
            why: `a lab <i> of 0..${labLimit - 1} uses 10.77.<i>.0/24, 10.(88+i).0.0/16 and 10.(96+i).0.0/16`,
            next: "take a lab down (m3perf lab down --lab NAME), or end what has these routes (ip route)",
        });
    }
    const record: LabRecord = { version: 1, index, machine, complete: false, images: [], tools: [] };
    await writeRecord(lab, record);
    return record;
}

export function hostsOf(record: LabRecord) {
    return labHosts(record.machine, record.m3dbNodes);
}

/** A lab's name is part of paths, cgroups and link aliases. Throws UserError for one that does not fit. */
export function checkName(lab: string): void {
    if (/^[a-z][a-z0-9-]{0,19}$/.test(lab)) return;
    const what = "allowed: lower-case letters, digits and hyphens, beginning with a letter, at most 20";
    throw new UserError(`"${lab}" cannot be a lab's name`, { what }, 64);
}
