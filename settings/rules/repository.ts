import { posix } from "node:path";
import type { SettingProblem } from "../problems.ts";
import type { Scenario } from "../scenario.ts";
import type { Site } from "../site.ts";

/** Folders of the system: an export of one, writable by every node, would hand the host over. */
const systems = "bin boot dev etc home lib lib64 opt proc root run sbin srv sys tmp usr var".split(" ");

/** In an export, "*", "10.0.0.0/8" or "@group" would be more than one host. */
function openClients(site: Site): SettingProblem[] {
    return site.nodes.flatMap(({ address }, index) => {
        if (/^[A-Za-z0-9.:-]+$/.test(address)) return [];
        const reason = "is no address of one host: the repository is exported to the nodes' addresses and no others";
        return [{ path: `site ${site.name}: nodes[${index}].address`, value: address, reason }];
    });
}

/** The repository's folder is one of its own, and pods that use a local one can get to its node. */
export function repository(site: Site, scenario: Scenario): SettingProblem[] {
    const source = site.repository?.source;
    if (!source) return [];
    const at = `site ${site.name}: repository.source`;
    const problems: SettingProblem[] = [];
    const [key, folder] = source.kind === "existing" ? ["path", source.path] : ["directory", source.directory];
    const refuse = (reason: string) => problems.push({ path: `${at}.${key}`, value: folder, reason });
    if (!/^[A-Za-z0-9/._-]+$/.test(folder)) refuse("must be of letters, digits, dots, dashes, underscores and slashes");
    else if (posix.normalize(folder) !== folder || (folder.endsWith("/") && folder !== "/"))
        refuse(`must be written plainly: ${posix.normalize(folder).replace(/(?!^)\/$/, "")}`);
    // What somebody else exports is theirs to choose.
    else if (source.kind !== "existing" && (folder === "/" || systems.includes(folder.slice(1))))
        refuse("belongs to the system: give the repository a folder of its own, like /srv/m3perf");
    if (source.kind === "export") problems.push(...openClients(site));
    if (source.kind === "local" && scenario.isolation === "dedicated") {
        const node = site.nodes.find(({ name }) => name === source.node);
        if (node?.roles.includes("m3db")) {
            const reason = "is a node that M3DB has to itself: the pods that use the repository may not run there";
            problems.push({ path: `${at}.node`, value: source.node, reason });
        }
    }
    return problems;
}
