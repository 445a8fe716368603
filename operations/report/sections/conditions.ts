import { stringify } from "yaml";
import { runFiles } from "../../scenarios/types.ts";
import { bytesText } from "../../watch/view/numbers.ts";
import { wholeText } from "../figures/words.ts";
import { type Html, html, table } from "../html/html.ts";
import type { LoadedRun } from "../read.ts";

/** Under what the figures were taken: versions, settings, load, machine. Pure. */
export function conditionsHtml({ run }: LoadedRun): Html {
    const versions = Object.entries(run.versions);
    const { load, machine } = run;
    return html`<h3 id="versions">Versions</h3>
${versions.length > 0 ? table("As the cluster and the tools told them", ["What", "Version"], versions) : html`<p>The run left none.</p>`}
<h3 id="settings">Settings</h3>
${Object.keys(run.settings).length > 0 ? html`<p>What the stack's file changes of the defaults (docs/settings-reference.md), without secrets.</p><pre tabindex="0">${stringify(run.settings).trimEnd()}</pre>` : html`<p>The stack's file changes nothing: every setting has its default (docs/settings-reference.md).</p>`}
<h3 id="load-plan">Load</h3>
${load ? html`<p>${wholeText(load.series)} series${load.replicas > 1 ? `, each sent by ${load.replicas} replicas` : ""}, a sample each ${load.intervalMs / 1000} s: ${wholeText((load.series * load.replicas * 1000) / load.intervalMs)} samples a second were intended, whatever M3 answered (open loop).</p><pre tabindex="0">${stringify(load).trimEnd()}</pre>` : html`<p>This scenario wrote nothing of its own.</p>`}
<h3 id="machine">Machine</h3>
${machine ? html`<p>${machine.cores} cores, ${bytesText(machine.memoryBytes)} of memory, kernel ${machine.kernel}. ${machine.note}</p>` : html`<p>The run does not tell.</p>`}`;
}

const files: [string, string][] = [
    [runFiles.run, "which run this is, and on what"],
    [runFiles.events, "what happened"],
    [runFiles.load, "writes, a line a second"],
    [runFiles.reads, "reads, a line a second"],
    [runFiles.ledger, "the outcome of every write request"],
    [runFiles.watch, "nodes, pods and M3's own figures (m3perf watch --replay shows them)"],
    [runFiles.readBack, "what became of the acknowledged samples"],
    [runFiles.verifyBefore, "m3perf verify before the run"],
    [runFiles.verifyAfter, "m3perf verify after it"],
    [runFiles.verdicts, "the verdicts"],
    [runFiles.markdown, "this report in short"],
];

/** The raw data beside this page. Pure. */
export function filesHtml(there: ReadonlySet<string>): Html {
    const rows = files.map(([name, what]) => [
        there.has(name) ? html`<a href="${name}">${name}</a>` : name,
        there.has(name) ? what : `${what} (not there)`,
    ]);
    return html`<p>Raw data, in the folder of this page; the links work where the page lies beside them.</p>${table("Files of the run", ["File", "What it holds"], rows)}`;
}
