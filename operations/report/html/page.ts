import { createHash } from "node:crypto";
import { Html, html } from "./html.ts";
import { style } from "./style.ts";

const hashOf = (text: string) => `'sha256-${createHash("sha256").update(text).digest("base64")}'`;

/**
 * One page that needs nothing else: it may load nothing, run nothing and send nothing, and only its own style element holds; the icon is an empty
 * one of its own, or a browser asks the server for one. Pure.
 */
export function pageHtml(title: string, description: string, body: Html): string {
    const policy = `default-src 'none'; style-src ${hashOf(style)}; img-src data:; base-uri 'none'; form-action 'none'`;
    return html`<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<meta name="description" content="${description}">
<title>${title}</title>
<link rel="icon" href="data:,">
<style>${new Html(style)}</style>
</head>
<body>
${body}
</body>
</html>
`.text;
}

/** A section of the page, with the heading that its link in the list of sections has, too. */
export interface Section {
    id: string;
    title: string;
    body: Html;
}

export const sectionHtml = ({ id, title, body }: Section): Html =>
    html`<section id="${id}" aria-labelledby="${id}-heading">
<h2 id="${id}-heading">${title}</h2>
${body}
</section>
`;

export const navHtml = (sections: Section[]): Html =>
    html`<nav aria-label="Sections"><ul>${sections.map(({ id, title }) => html`<li><a href="#${id}">${title}</a></li>`)}</ul></nav>`;
