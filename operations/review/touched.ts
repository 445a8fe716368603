/** Which stacks a change of files touches. Pure. */

/** A stack file on one side of the change. */
export interface StackSite {
    stack: string;
    /** `m3perf:site`: "lab" or a path from the project's folder. */
    site: string;
}

export interface Touched {
    stack: string;
    /** kept: the file is on both sides. */
    status: "new" | "kept" | "gone";
    /** The changed files that touch it: its own, its site's; "the program". */
    why: string[];
}

/** What the program is made of: index.ts imports from these, and the versions of Pulumi's providers are npm's. */
const program =
    /^(index\.ts|Pulumi\.yaml|package\.json|package-lock\.json|tsconfig\.json|(components|settings|agent|support)\/.+)$/;
/** Made of the schemas for readers and editors; the program reads none of it. */
const described = /^settings\/reference\//;

/** `changed`: paths from the project's folder; `before`, `after`: the stack files of both sides. */
export function touchedStacks(changed: string[], before: StackSite[], after: StackSite[]): Touched[] {
    const paths = new Set(changed);
    const everywhere = ofProgram(changed).length > 0 ? ["the program"] : [];
    const names = [...new Set([...before, ...after].map(({ stack }) => stack))].sort();
    return names.flatMap((stack): Touched[] => {
        const sides = [before, after].map((side) => side.find((one) => one.stack === stack));
        const [was, is] = sides;
        const own = `Pulumi.${stack}.yaml`;
        const sites = sides.flatMap((side) => (side ? [siteFile(side.site)] : []));
        const why = [...new Set([own, ...sites])].filter((path) => paths.has(path));
        const all = [...why, ...everywhere];
        if (all.length === 0) return [];
        return [{ stack, status: was === undefined ? "new" : is === undefined ? "gone" : "kept", why: all }];
    });
}

/** The file that a site's name stands for where no lab runs. */
export const siteFile = (site: string) => (site === "lab" ? "sites/lab.yaml" : site.replace(/^\.\//, ""));

/** Those that touch every stack. */
export const ofProgram = (changed: string[]) => changed.filter((path) => program.test(path) && !described.test(path));
