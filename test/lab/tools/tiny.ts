import { mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { chosenSets, type ToolSet } from "../../../lab/tools/sets.ts";

/** A set like those of sets.ts, which Go's own library is enough for: two binaries, built in seconds, without a network. */
export const tinySet: ToolSet = {
    name: "coredns", // the name only decides lock and folders, in a cache of the test's own
    title: "tiny 1.2.3",
    version: "1.2.3",
    binaries: { one: "./one", two: "./two" },
    variables: { "main.version": "1.2.3" },
    probe: { args: [], pattern: /^tiny (\S+)/ },
    memoryMiB: 256,
    coreMinutes: 0.1,
};

export async function writeTinyManifest(folder: string): Promise<void> {
    await mkdir(folder, { recursive: true });
    await writeFile(join(folder, "go.mod"), "module tiny\n\ngo 1.20\n");
    for (const name of ["one", "two"]) {
        await mkdir(join(folder, name));
        const source = `package main\n\nvar version = "unknown"\n\nfunc main() { println("tiny", version) }\n`;
        await writeFile(join(folder, name, "main.go"), source);
    }
}

/** What builder.ts builds. */
export function builtHere(manifest?: string): ToolSet {
    const [m3] = chosenSets(["m3"]);
    if (!m3) throw new Error("there is no set m3");
    return manifest ? tinySet : m3;
}
