/**
 * Pictures of a page for the documentation: bin/bootstrap node test/browser/picture.ts PAGE.html OUT.png [SELECTOR] [WIDTH]. Without a selector: what a
 * reader sees first.
 */
import { userPath } from "../../support/paths.ts";
import { browserBench } from "./bench.ts";

const [file, out, selector, width] = process.argv.slice(2);
if (file === undefined || out === undefined) {
    console.error("picture.ts PAGE.html OUT.png [SELECTOR] [WIDTH]");
    process.exit(64);
}
const bench = await browserBench();
try {
    const { page } = await bench.open(userPath(file), { width: Number(width ?? 1280) });
    const path = userPath(out);
    if (selector === undefined) await page.screenshot({ path });
    else await page.locator(selector).first().screenshot({ path });
} finally {
    await bench.end();
}
