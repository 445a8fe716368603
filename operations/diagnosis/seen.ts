import type { Environment } from "../../settings/environment.ts";
import type { CheckResult } from "../checks/run.ts";

/** The results of one run of the checks, as the recognisers ask for them. */
export class Seen {
    readonly environment: Environment;
    readonly #results: Map<string, CheckResult>;

    constructor(results: CheckResult[], environment: Environment) {
        this.environment = environment;
        this.#results = new Map(results.map((result) => [result.id, result]));
    }

    failed(id: string): CheckResult | undefined {
        const result = this.#results.get(id);
        return result?.ok === false ? result : undefined;
    }

    /** It ran, and all was well. */
    passed(id: string): boolean {
        return this.#results.get(id)?.ok === true;
    }

    /** Evidence of a check that failed; of one that passed or did not run: none. */
    lines(id: string): string[] {
        return this.failed(id)?.evidence ?? [];
    }

    /** Lines of failed checks that match, with what the pattern's first group caught. */
    find(ids: string | string[], pattern: RegExp): { line: string; about: string }[] {
        return [ids].flat().flatMap((id) =>
            this.lines(id).flatMap((line) => {
                const match = pattern.exec(line);
                return match ? [{ line, about: match[1] ?? id }] : [];
            }),
        );
    }

    /** Those of `names` that a line of a failed check begins with. */
    named(id: string, names: string[]): string[] {
        const lines = this.lines(id);
        return names.filter((name) => lines.some((line) => line.startsWith(`${name}:`) || line.startsWith(`${name} `)));
    }

    /** Database pods of an isolation group: "m3-cluster-rep1-0" is of the second. */
    podsOfGroup(group: string | undefined): string[] {
        const { name, pods, isolationGroups } = this.environment.cluster;
        const index = group === undefined ? -1 : isolationGroups.indexOf(group);
        return index < 0 ? [] : pods.filter((pod) => pod.startsWith(`${name}-rep${index}-`));
    }

    /** Names of nodes with a role. */
    nodesWith(role: Environment["nodes"][number]["roles"][number]): string[] {
        return this.environment.nodes.filter(({ roles }) => roles.includes(role)).map(({ name }) => name);
    }
}
