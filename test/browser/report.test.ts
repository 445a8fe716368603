import assert from "node:assert/strict";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { compare, writeComparison } from "../../operations/report/compare/index.ts";
import { writeReport } from "../../operations/report/index.ts";
import { runFiles } from "../../operations/scenarios/types.ts";
import { writeRun } from "../support/run-folder.ts";
import { type BrowserBench, browserBench } from "./bench.ts";
import { crowded } from "./crowded.ts";
import { hostile, hostileRun } from "./hostile.ts";

describe("the report in a browser", function () {
    this.timeout(120_000);
    let bench: BrowserBench;
    let folder: string;
    const pages: Record<string, string> = {};

    before(async function () {
        // The first time, the browser is installed.
        this.timeout(600_000);
        bench = await browserBench();
        folder = mkdtempSync(join(tmpdir(), "m3perf-pages-"));
        const run = (name: string) => join(folder, name, "1");
        pages.whole = (await writeReport(writeRun(run("whole")))).html;
        pages.crowded = (await writeReport(writeRun(run("crowded"), {}, crowded))).html;
        const cut = writeRun(run("cut"), {}, (one) => {
            one.run.endedAt = null;
            one.run.state = "running";
        });
        for (const file of [
            runFiles.load,
            runFiles.reads,
            runFiles.watch,
            runFiles.verdicts,
            runFiles.readBack,
            runFiles.verifyAfter,
        ])
            rmSync(join(cut, file));
        pages.cut = (await writeReport(cut)).html;
        for (const repeat of [1, 2, 3]) {
            writeRun(join(folder, "dedicated", String(repeat)), { seed: repeat, id: `d${repeat}` });
            writeRun(join(folder, "colocated", String(repeat)), { seed: repeat + 7, slower: 1.4, id: `c${repeat}` });
        }
        const comparison = await compare([join(folder, "dedicated"), join(folder, "colocated"), run("whole")]);
        pages.comparison = await writeComparison(comparison, join(folder, "comparison.html"));
    });
    after(async () => {
        await bench?.end();
        if (folder) rmSync(folder, { recursive: true });
    });

    for (const name of ["whole", "crowded", "cut", "comparison"]) {
        for (const width of [1280, 390]) {
            it(`${name}, ${width} px wide: nothing asked for, nothing said, nothing out of place, no text on another`, async () => {
                const { page, look, said, asked } = await bench.open(pages[name] as string, { width });
                assert.deepEqual(said, []);
                assert.deepEqual(asked, []);
                assert.deepEqual(await look("outOfPlace"), []);
                assert.deepEqual(await look("overlapping"), []);
                assert.deepEqual(await look("astray"), []);
                await page.context().close();
            });
        }
        for (const colorScheme of ["light", "dark"] as const) {
            it(`${name}, ${colorScheme}: every text can be read`, async () => {
                const { page, look } = await bench.open(pages[name] as string, { colorScheme });
                assert.deepEqual(await look("pale"), []);
                await page.context().close();
            });
        }
    }

    it("begins with the verdicts; each leads to its evidence, and files to what lies beside the page", async () => {
        const { page } = await bench.open(pages.whole as string);
        assert.equal(await page.locator("main table").first().getAttribute("class"), "verdicts");
        assert.equal(await page.locator("main h2").first().textContent(), "Verdicts");
        const targets = await page
            .locator(".verdicts a")
            .evaluateAll((links) => links.map((link) => link.getAttribute("href")));
        assert.deepEqual(targets, [
            "#read-back",
            "#collection",
            "#write-errors",
            "#timeline",
            "#write-latency",
            "#verify",
            "#read-back",
        ]);
        await page.locator(".verdicts a", { hasText: "latency percentiles" }).click();
        const top = await page.locator("#write-latency").evaluate((chart) => chart.getBoundingClientRect().top);
        assert.ok(top >= 0 && top < 900, `the chart is at ${top}`);
        const files = await page
            .locator("#files a")
            .evaluateAll((links) => links.map((link) => link.getAttribute("href")));
        assert.ok(files.length >= 9);
        for (const file of files) assert.ok(existsSync(join(folder, "whole", "1", file ?? "")), file ?? "");
        await page.context().close();
    });

    it("marks the fault in every chart, over the time that it lasted", async () => {
        const { page } = await bench.open(pages.whole as string);
        const charts = await page.locator("#over-time figure.chart").count();
        assert.ok(charts >= 12, `${charts} charts`);
        assert.equal(await page.locator("#over-time rect.fault").count(), charts);
        const [x, width] = await page
            .locator("#over-time rect.fault")
            .first()
            .evaluate((band) => [band.getAttribute("x"), band.getAttribute("width")]);
        // 240 to 420 of 640 seconds.
        assert.deepEqual([x, width], ["37.5%", "28.13%"]);
        await page.context().close();
    });

    it("prints in light colours, on several pages, without the list of links", async () => {
        const { page, look } = await bench.open(pages.whole as string, { colorScheme: "dark" });
        const pdf = await page.pdf({ format: "A4" });
        assert.equal(pdf.subarray(0, 5).toString(), "%PDF-");
        const sheets = pdf.toString("latin1").match(/\/Type\s*\/Page\b/g)?.length ?? 0;
        assert.ok(sheets >= 4 && sheets <= 14, `${sheets} pages`);
        await page.emulateMedia({ media: "print" });
        assert.equal(await look<string>("ground"), "rgb(255, 255, 255)");
        assert.equal(await page.locator("nav").isVisible(), false);
        await page.context().close();
    });

    it("shows what a run says as text, whatever it says", async () => {
        const file = (await writeReport(writeRun(join(folder, "hostile", "1"), {}, hostileRun))).html;
        const { page, look, said, asked } = await bench.open(file);
        assert.deepEqual(said, []);
        assert.deepEqual(asked, []);
        const found = await look<object>("planted");
        assert.deepEqual(found, { planted: null, scripts: 0, styles: 1, others: 0, handlers: 0, links: [] });
        const text = (await page.locator("body").textContent()) ?? "";
        for (const place of ["the title of a fault", "an error", "a verdict", "a version", "a pod"]) {
            assert.ok(text.includes(`${place} ${hostile}`), `${place} is not shown as it is`);
        }
        assert.deepEqual(await look("outOfPlace"), []);
        await page.context().close();
    });

    it("lets nothing run even if something came in", async () => {
        const { page, look } = await bench.open(pages.whole as string);
        assert.deepEqual(await look<object>("breakIn"), { planted: null, styled: false });
        await page.context().close();
    });
});
