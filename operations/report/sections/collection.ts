import type { Collection, CollectionSide, MissingSeries } from "../../scenarios/types.ts";
import { clockOf, lastedText, wholeText } from "../figures/words.ts";
import { figure, type Html, html, table } from "../html/html.ts";

/** Whether the site's own Prometheus went on to collect, and whether M3 has it. Pure. */
export function collectionHtml(collection: Collection): Html {
    const { from, to, intervalSeconds, prometheus, m3, lost } = collection;
    const sides: [string, CollectionSide][] = [
        ["Prometheus itself", prometheus],
        ["M3", m3],
    ];
    const rows = sides.map(([name, { series, samples, widest, error }]) => [
        name,
        error ? "-" : wholeText(series),
        error ? "-" : wholeText(samples),
        error
            ? html`<span class="bad">${error}</span>`
            : widest
              ? html`${lastedText(widest.seconds * 1000)}<span class="why">${clockOf(widest.from)} to ${clockOf(widest.to)} UTC, ${widest.series}</span>`
              : "no series has two samples",
    ]);
    const told =
        lost > 0
            ? html`<strong class="bad">${wholeText(lost)} samples that Prometheus has are not in M3.</strong>`
            : prometheus.samples === 0
              ? html`<strong class="bad">Prometheus has no sample of that time.</strong>`
              : html`M3 has every sample that Prometheus has.`;
    return html`<p>The series <code>up</code> of the site's own Prometheus from ${clockOf(from)} to ${clockOf(to)} UTC, a sample each ${intervalSeconds} s. ${prometheus.error || m3.error ? "" : told} Between two samples there is always one interval; what is wider is a gap.</p>
${table("The same series on both sides", ["Side", figure("series"), figure("samples"), "widest time between two samples"], rows)}
${collection.missing ? missingHtml(collection.missing) : ""}`;
}

/** What M3's replicas themselves say to what a query did not give. */
function missingHtml(missing: MissingSeries[]): Html {
    const rows = missing.map(({ series, samples, from, to, copies, error }) => [
        series,
        wholeText(samples),
        `${clockOf(from)} to ${clockOf(to)} UTC`,
        [
            ...Object.entries(copies).map(([pod, count]) => `${pod}: ${wholeText(count)}`),
            ...(error ? [error] : []),
        ].join(", "),
    ]);
    return table(
        "What M3 did not give, and how much of it each replica has by the series' id",
        ["Series", figure("samples"), "when", "replicas"],
        rows,
    );
}
