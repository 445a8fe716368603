import { fitted, type Line, span, type Tone, widthOf } from "./text.ts";

export interface Cell {
    text: string;
    tone?: Tone;
}

export interface Column<Row> {
    title: string;
    align?: "left" | "right";
    /** The column with the highest goes first where all do not fit; one without stays. */
    drop?: number;
    /** It may be cut to this many characters where all do not fit. */
    least?: number;
    cell(row: Row): Cell;
}

const gap = 2;

/** A heading and a line for each row, none longer than `width`: columns go, then texts are cut. Pure. */
export function table<Row>(columns: Column<Row>[], rows: Row[], width: number): Line[] {
    const all = columns.map((column) => {
        const cells = rows.map((row) => column.cell(row));
        const natural = Math.max(widthOf(column.title), ...cells.map(({ text }) => widthOf(text)), 0);
        return { column, cells, width: natural };
    });
    const total = () => shown.reduce((sum, one) => sum + one.width + gap, -gap);
    let shown = all;
    // First the texts that may be cut give way a little, then columns go, then the texts are cut as far as needed.
    const shrink = () => {
        for (const one of shown) {
            const { least } = one.column;
            if (least === undefined || total() <= width) continue;
            one.width = Math.max(least, one.width - (total() - width));
        }
    };
    for (;;) {
        if (total() <= width) break;
        const before = shown.map((one) => one.width);
        shrink();
        if (total() <= width) break;
        const most = Math.max(...shown.map(({ column }) => column.drop ?? 0));
        if (most === 0) break;
        shown.forEach((one, index) => {
            one.width = before[index] ?? one.width;
        });
        shown = shown.filter(({ column }) => (column.drop ?? 0) !== most);
    }
    const line = (cellOf: (index: number) => Cell): Line => {
        const spans: Line = [];
        let left = width;
        shown.forEach(({ column, width: wanted }, index) => {
            const space = index === 0 ? 0 : gap;
            const room = Math.min(wanted, left - space);
            if (room <= 0) return;
            const { text, tone } = cellOf(index);
            if (space > 0) spans.push(span(" ".repeat(space)));
            spans.push(span(fitted(text, room, column.align), tone));
            left -= space + room;
        });
        return spans;
    };
    return [
        line((index) => ({ text: shown[index]?.column.title ?? "", tone: "dim" })),
        ...rows.map((_, row) => line((index) => shown[index]?.cells[row] ?? { text: "" })),
    ];
}
