/** Property paths as Pulumi writes them: spec.containers[0].image, metadata.annotations["a.b/c"]. */

export type Path = (string | number)[];

export function pathText(path: Path): string {
    let text = "";
    for (const step of path) {
        if (typeof step === "number") text += `[${step}]`;
        else if (/^[A-Za-z_$][\w$-]*$/.test(step)) text += text === "" ? step : `.${step}`;
        else text += `[${JSON.stringify(step)}]`;
    }
    return text;
}

/** The inverse, for `ignoreChanges`; "*" stays a step. Undefined when the text is no path. */
export function parsePath(text: string): Path | undefined {
    const path: Path = [];
    const step = /^(?:\[(\d+)\]|\["((?:[^"\\]|\\.)*)"\]|\[(\*)\]|\.?([^.[\]"]+))/;
    for (let rest = text; rest !== ""; ) {
        const match = step.exec(rest);
        if (!match) return undefined;
        const [whole, index, quoted, star, plain] = match;
        if (index !== undefined) path.push(Number(index));
        else if (quoted !== undefined) path.push(JSON.parse(`"${quoted}"`) as string);
        else path.push(star ?? plain ?? "");
        rest = rest.slice(whole.length);
    }
    return path;
}

/** Whether `path` is `rule` or lies below it; "*" in a rule stands for any one step. */
export function isWithin(path: Path, rule: Path): boolean {
    return rule.length <= path.length && rule.every((step, index) => step === "*" || step === path[index]);
}
