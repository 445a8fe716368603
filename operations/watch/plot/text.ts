/** Text and figures inside of a drawing or a page. Pure. */

/** A coordinate, no more exact than an eye. */
export const n = (value: number) => String(Number(value.toFixed(1)));

/** Text of any origin as text of SVG or HTML, between tags or in an attribute with quotes of either kind. */
export const escaped = (text: string) =>
    text
        .replaceAll("&", "&amp;")
        .replaceAll("<", "&lt;")
        .replaceAll(">", "&gt;")
        .replaceAll('"', "&quot;")
        .replaceAll("'", "&#39;");
