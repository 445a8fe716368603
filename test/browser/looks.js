/** Run inside of a page by test/browser/bench.ts: each function looks at it and returns what is wrong, in words. */
const looks = {};

/** What reaches beyond the page's edges, drawings without a size, a page that is wider than the screen. */
looks.outOfPlace = () => {
    const wrong = [];
    const width = document.documentElement.clientWidth;
    if (document.documentElement.scrollWidth > width) {
        wrong.push(`the page is ${document.documentElement.scrollWidth} px wide on a screen of ${width}`);
    }
    // What lies in a part that scrolls by itself may be wider.
    const seen = (element) => element.checkVisibility() && element.closest(".scroll, pre") === null;
    for (const svg of document.querySelectorAll("svg")) {
        // One inside of another is as large as its lines, and a line may be flat.
        if (!seen(svg) || svg.parentElement?.closest("svg")) continue;
        const { width: w, height: h } = svg.getBoundingClientRect();
        if (w < 1 || h < 1) wrong.push(`svg in ${svg.closest("[id]")?.id} is ${w} by ${h}`);
    }
    for (const element of document.querySelectorAll("svg, svg text, p, dd, dt, li, h1, h2, h3, figcaption")) {
        if (!seen(element)) continue;
        const { left, right, width: w } = element.getBoundingClientRect();
        if (w > 0 && (left < -1 || right > width + 1)) {
            const text = element.textContent?.trim().slice(0, 40);
            wrong.push(
                `<${element.tagName}> "${text}" of ${element.closest("[id]")?.id} lies at ${Math.round(left)} to ${Math.round(right)}`,
            );
        }
    }
    for (const card of document.querySelectorAll(".topology g")) {
        const frame = card.querySelector("rect").getBoundingClientRect();
        for (const text of card.querySelectorAll("text")) {
            if (text.getBoundingClientRect().right > frame.right) wrong.push(`"${text.textContent}" leaves its card`);
        }
    }
    return wrong;
};

/** Texts of one drawing that lie on each other. */
looks.overlapping = () => {
    const wrong = [];
    for (const svg of document.querySelectorAll("main svg")) {
        if (!svg.checkVisibility() || svg.parentElement?.closest("svg")) continue;
        const texts = [...svg.querySelectorAll("text")].filter((text) => text.checkVisibility());
        const boxes = texts.map((text) => ({ text: text.textContent ?? "", box: text.getBoundingClientRect() }));
        for (const [index, { text, box }] of boxes.entries()) {
            for (const other of boxes.slice(index + 1)) {
                const across = Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left);
                const down = Math.min(box.bottom, other.box.bottom) - Math.max(box.top, other.box.top);
                // A line of text is taller than its letters.
                if (across > 1 && down > 4) wrong.push(`"${text}" and "${other.text}" in ${svg.closest("[id]")?.id}`);
            }
        }
    }
    return wrong;
};

/** Texts with less contrast to what is behind them than WCAG 2 asks of normal text (4.5). */
looks.pale = () => {
    const channels = (color) => (color.match(/[\d.]+/g) ?? []).map(Number);
    const luminance = (rgb) => {
        const [r = 0, g = 0, b = 0] = rgb.slice(0, 3).map((value) => {
            const part = value / 255;
            return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
        });
        return 0.2126 * r + 0.7152 * g + 0.0722 * b;
    };
    const behind = (element) => {
        for (let one = element; one; one = one.parentElement) {
            const color = channels(getComputedStyle(one).backgroundColor);
            if ((color[3] ?? 1) > 0) return color;
        }
        return [255, 255, 255];
    };
    const wrong = [];
    for (const element of document.querySelectorAll("body *")) {
        const own = [...element.childNodes].some((node) => node.nodeType === 3 && node.textContent?.trim());
        if (!own || !element.checkVisibility() || /^(title|desc|style)$/i.test(element.tagName)) continue;
        const style = getComputedStyle(element);
        const [a, b] = [
            luminance(channels(element instanceof SVGElement ? style.fill : style.color)),
            luminance(behind(element)),
        ];
        const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
        if (contrast < 4.5) wrong.push(`${contrast.toFixed(2)}: ${element.textContent?.trim().slice(0, 40)}`);
    }
    return wrong;
};

/** Links that lead nowhere, ids that are there twice, drawings that say nothing to who cannot see them, headings that skip a level. */
looks.astray = () => {
    const wrong = [];
    const ids = [...document.querySelectorAll("[id]")].map(({ id }) => id);
    for (const id of ids) if (ids.indexOf(id) !== ids.lastIndexOf(id)) wrong.push(`id ${id} twice`);
    for (const link of document.querySelectorAll("a[href^='#']")) {
        const id = link.getAttribute("href")?.slice(1) ?? "";
        if (!document.getElementById(id)) wrong.push(`#${id} leads nowhere`);
        else if (!document.getElementById(id)?.checkVisibility()) wrong.push(`#${id} is not to be seen`);
    }
    for (const svg of document.querySelectorAll("svg[role=img]")) {
        const names = svg.getAttribute("aria-labelledby")?.split(" ") ?? [];
        const told = [...names.map((id) => document.getElementById(id)?.textContent), svg.getAttribute("aria-label")];
        if (!told.some((text) => text?.trim()) || !svg.querySelector("title"))
            wrong.push(`svg in ${svg.closest("[id]")?.id} has no words`);
    }
    for (const svg of document.querySelectorAll("svg:not([role=img]):not([aria-hidden=true])")) {
        if (!svg.parentElement?.closest("svg"))
            wrong.push(`svg in ${svg.closest("[id]")?.id} is neither a picture nor hidden`);
    }
    let level = 0;
    for (const heading of document.querySelectorAll("h1, h2, h3, h4")) {
        const own = Number(heading.tagName[1]);
        if (own > level + 1) wrong.push(`<h${own}> ${heading.textContent} after <h${level}>`);
        level = own;
    }
    for (const mark of ["header", "main", "nav", "footer"])
        if (document.querySelectorAll(mark).length !== 1) wrong.push(`no one <${mark}>`);
    return wrong;
};

/** What came in with a run's words, or would have run. */
looks.planted = () => ({
    planted: globalThis.planted ?? null,
    scripts: document.scripts.length,
    styles: document.querySelectorAll("style").length,
    others: document.querySelectorAll("img, iframe, object, embed, form, base, link[rel=stylesheet]").length,
    handlers: [...document.querySelectorAll("*")].flatMap(({ attributes }) =>
        [...attributes].filter(({ name }) => name.startsWith("on")),
    ).length,
    links: [...document.querySelectorAll("a")]
        .map((link) => link.getAttribute("href") ?? "")
        .filter((href) => !/^(#[\w-]+|[\w-]+\.(jsonl?|md))$/.test(href)),
});

/** Tries to have something run, load and be styled, and tells what of it did. */
looks.breakIn = () => {
    const script = document.createElement("script");
    script.textContent = "globalThis.planted = 1";
    document.body.append(script);
    const more =
        '<img src="http://127.0.0.1:9/x" onerror="globalThis.planted = 1"><p style="color:red" id="styled">x</p>';
    document.body.insertAdjacentHTML("beforeend", more);
    return {
        planted: globalThis.planted ?? null,
        styled: getComputedStyle(document.getElementById("styled")).color === "rgb(255, 0, 0)",
    };
};

looks.ground = () => getComputedStyle(document.body).backgroundColor;

globalThis.looks = looks;
