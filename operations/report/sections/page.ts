import { type Drawn, emptyDrawn, withSample } from "../../watch/plot/traces.ts";
import { chartsOf } from "../figures/charts.ts";
import { nodePeaks, podPeaks } from "../figures/peaks.ts";
import { faultsOf, healsOf, periodOf, phasesOf } from "../figures/spans.ts";
import { dayAndClock, inOneLine, lastedText, stateText } from "../figures/words.ts";
import { timeAxis } from "../html/axes.ts";
import { chartHtml, type Shared } from "../html/chart.ts";
import { type Html, html } from "../html/html.ts";
import { navHtml, pageHtml, type Section, sectionHtml } from "../html/page.ts";
import type { LoadedRun } from "../read.ts";
import { collectionHtml } from "./collection.ts";
import { conditionsHtml, filesHtml } from "./conditions.ts";
import { honestHtml, limitsOf } from "./honest.ts";
import { keyFigures, keyFiguresHtml } from "./key-figures.ts";
import { readBackHtml } from "./read-back.ts";
import { errorsTable, peaksTable, spansTable } from "./tables.ts";
import { marksText, timelineHtml } from "./timeline.ts";
import { topologyHtml } from "./topology.ts";
import { verdictsHtml } from "./verdicts.ts";
import { verifyHtml } from "./verify.ts";

/** The page of a run: verdicts first, then what happened, figures over time, tables, and under what they were taken. Pure. */
export function runPage(run: LoadedRun, files: ReadonlySet<string>): string {
    const { scenario, question } = run.run;
    const sections = sectionsOf(run, files);
    const body = html`${headerHtml(run)}
${navHtml(sections)}
<main>
${sections.map(sectionHtml)}
</main>
<footer>Made by m3perf from ${run.run.id}. The page needs no network and runs no script.</footer>`;
    return pageHtml(`${scenario} ${run.run.id} – m3perf`, question ?? scenario, body);
}

function headerHtml({ run, missing }: LoadedRun): Html {
    const state = stateText[run.state] ?? stateText.running;
    const facts: [string, string][] = [
        ["Run", run.id],
        ["Began", dayAndClock(run.startedAt)],
        ...(run.endedAt === null ? [] : [["Lasted", lastedText(run.endedAt - run.startedAt)] as [string, string]]),
        ["Stack", run.stack],
        ["Site", run.site],
        ...(run.short ? [["Variant", "short"] as [string, string]] : []),
        ...(run.series === undefined ? [] : [["Series", `${run.series}, by --series`] as [string, string]]),
        ...(run.repeat?.of > 1 ? [["Repeat", `${run.repeat.index} of ${run.repeat.of}`] as [string, string]] : []),
        ...(run.versions.m3perf ? [["m3perf", run.versions.m3perf] as [string, string]] : []),
    ];
    return html`<header>
<p class="kicker">m3perf scenario report</p>
<h1>${run.scenario} <span class="badge ${state.tone}">${state.text}</span></h1>
<p class="question">${run.question}</p>
<dl class="facts">${facts.map(([name, value]) => html`<div><dt>${name}</dt><dd>${value}</dd></div>`)}</dl>
${run.error && html`<div class="notice" role="note"><strong>The run ended by an error:</strong> ${inOneLine(run.error)}</div>`}
${missing.length > 0 && html`<div class="notice" role="note"><strong>Not all of the run's data is there:</strong><ul>${missing.map((text) => html`<li>${text}</li>`)}</ul></div>`}
</header>`;
}

function sectionsOf(run: LoadedRun, files: ReadonlySet<string>): Section[] {
    const period = periodOf(run);
    const faults = faultsOf(run.events, period.to);
    const heals = healsOf(run.events, period.to);
    const phases = phasesOf(run.events, period.to);
    const shared: Shared = { time: timeAxis(period.from, period.to), faults, heals, phases };
    const drawn: Drawn = emptyDrawn();
    for (const sample of run.watch) withSample(drawn, sample);
    const charts = chartsOf(run, drawn, period);
    const pods = podPeaks(run.watch);
    const nodes = nodePeaks(run.watch);
    const hits = new Map(
        Map.groupBy(faults, ({ target }) => target ?? "")
            .entries()
            .map(([target, list]) => [target, list.map(({ label }) => label)] as const),
    );
    hits.delete("");
    const sections: Section[] = [
        { id: "key-figures", title: "Key figures", body: keyFiguresHtml(keyFigures(run, pods)) },
        { id: "timeline", title: "Timeline", body: timelineHtml(run, shared, drawn.events) },
        {
            id: "over-time",
            title: "Over time",
            body:
                charts.length > 0
                    ? html`${marksText(shared)}${charts.map((chart) => chartHtml(chart, shared))}`
                    : html`<p>The run left nothing to draw.</p>`,
        },
        ...(run.load.length + run.reads.length > 0
            ? [
                  {
                      id: "latency",
                      title: "Throughput and latency by step, fault and heal",
                      body: latencyHtml(run, [...phases, ...faults, ...heals], period),
                  },
              ]
            : []),
        ...(pods.length > 0
            ? [
                  {
                      id: "peaks",
                      title: "Peaks of pods and nodes",
                      body: html`${peaksTable("Pods: the most that each took in the run", pods, "pods")}${peaksTable("Nodes: the most that each took in the run", nodes, "nodes")}`,
                  },
              ]
            : []),
        ...(run.run.collection
            ? [{ id: "collection", title: "Collection by Prometheus", body: collectionHtml(run.run.collection) }]
            : []),
        { id: "read-back", title: "Read back", body: readBackHtml(run.readBack) },
        { id: "verify", title: "Verified before and after", body: verifyHtml(run.verifyBefore, run.verifyAfter) },
        { id: "topology", title: "Topology", body: topologyHtml(run.run.environment, run.watch[0], hits) },
        { id: "limits", title: "What this can and cannot tell", body: honestHtml(limitsOf(run)) },
        { id: "conditions", title: "Versions, settings, load, machine", body: conditionsHtml(run) },
        { id: "files", title: "Files", body: filesHtml(files) },
    ];
    const anchors = new Set([...sections, ...charts].map(({ id }) => id));
    return [{ id: "verdicts", title: "Verdicts", body: verdictsHtml(run.verdicts, anchors) }, ...sections];
}

function latencyHtml(run: LoadedRun, spans: Shared["faults"], period: { from: number; to: number }): Html {
    return html`${spansTable("Writes, in samples; latency of acknowledged requests", run.load, spans, period)}
${errorsTable("Errors of writes, by text", run.load)}
${spansTable("Reads, in queries; latency of answered ones", run.reads, spans, period)}
${errorsTable("Errors of reads, by text", run.reads)}`;
}
