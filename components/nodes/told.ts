/** How many lines a program tells of its nodes: the engine shows them twice and keeps them in the state. */
const most = 100;

/** The lines, of a large site the first of them and how many more there are. */
export function toldLines(lines: string[]): string {
    const shown = lines.slice(0, most);
    return [...shown, ...(lines.length > most ? [`… and ${lines.length - most} more`] : [])].join("\n");
}
