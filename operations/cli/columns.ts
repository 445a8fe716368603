/** Rows of cells under each other, two spaces between them; the first row may be a heading. Trailing spaces are cut. Pure. */
export function columns(rows: string[][], indent = ""): string[] {
    const widths = rows.reduce<number[]>(
        (widest, row) => row.map((cell, index) => Math.max(widest[index] ?? 0, cell.length)),
        [],
    );
    return rows.map((row) => {
        const cells = row.map((cell, index) => cell.padEnd(widths[index] ?? 0));
        return `${indent}${cells.join("  ")}`.trimEnd();
    });
}
