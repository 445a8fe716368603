/**
 * A real browser for tests of pages: Debian's Chromium without a window, driven by playwright-core, which brings no browser of its own. Where
 * there is none it is installed as the lab's own packages are.
 */
import { fileURLToPath, pathToFileURL } from "node:url";
import { type Browser, chromium, type Page } from "playwright-core";
import { ensurePackages, isDebian } from "../../lab/tools/packages.ts";
import { findExecutable, searchPath } from "../../lab/tools/system.ts";
import { UserError } from "../../support/errors.ts";
import { createProgress } from "../../support/progress.ts";

/** Package → why the tests need it. */
const packageReasons: Record<string, string> = {
    chromium: "the browser",
    "fonts-dejavu-core": "without a font there is no text to look at",
};

async function browserPath(): Promise<string> {
    const find = async () => {
        for (const name of ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"]) {
            const path = await findExecutable(name, searchPath());
            if (path) return path;
        }
        return undefined;
    };
    const found = await find();
    if (found) return found;
    if (await isDebian()) await ensurePackages({ progress: createProgress(), names: Object.keys(packageReasons) });
    const installed = await find();
    if (installed) return installed;
    throw new UserError("there is no browser to look at pages with", {
        what: "neither chromium nor google-chrome is on the PATH, and Debian's package chromium is not to be had",
        next: "install Chromium or Chrome, then run this again",
    });
}

export interface View {
    page: Page;
    /** Calls one of the functions of looks.js. */
    look<Answer = string[]>(name: string): Promise<Answer>;
    /** What the browser had to say, and what it asked for, beside the page itself. */
    said: string[];
    asked: string[];
}

export interface BrowserBench {
    open(file: string, options?: { width?: number; colorScheme?: "light" | "dark" }): Promise<View>;
    end(): Promise<void>;
}

export async function browserBench(): Promise<BrowserBench> {
    // Chromium's own sandbox does not start as root, which the suites run as.
    const args = process.getuid?.() === 0 ? ["--no-sandbox"] : [];
    const browser: Browser = await chromium.launch({ executablePath: await browserPath(), args });
    return {
        async open(file, { width = 1280, colorScheme = "light" } = {}) {
            const context = await browser.newContext({ viewport: { width, height: 900 }, colorScheme });
            await context.addInitScript({ path: fileURLToPath(new URL("looks.js", import.meta.url)) });
            const page = await context.newPage();
            page.setDefaultTimeout(40_000);
            const [said, asked]: [string[], string[]] = [[], []];
            const url = pathToFileURL(file).href;
            page.on("console", (message) => said.push(message.text()));
            page.on("pageerror", (error) => said.push(String(error)));
            page.on("dialog", (dialog) => {
                said.push(`dialog: ${dialog.message()}`);
                dialog.dismiss().catch(() => {});
            });
            page.on("request", (request) => {
                if (request.url() !== url && request.url() !== "data:,") asked.push(request.url());
            });
            await page.goto(url, { waitUntil: "load" });
            return { page, look: (name) => page.evaluate(`looks.${name}()`), said, asked };
        },
        end: () => browser.close(),
    };
}
