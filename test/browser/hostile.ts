import type { RunData } from "../../operations/scenarios/types.ts";

/** What would run, load or break out of its place if any of it were taken for more than text. */
export const hostile = `"'></title></style></svg></script><script>window.planted=1</script><img src=x onerror=window.planted=1><a href="javascript:window.planted=1">&lt;b&gt; \${1+1} url(http://127.0.0.1:9/)`;

const said = (place: string) => `${place} ${hostile}`;

/** Puts it wherever a run has words of its own, keys included. */
export function hostileRun(run: Omit<RunData, "folder">): void {
    const record = run.run;
    Object.assign(record, {
        scenario: said("a scenario"),
        question: said("a question"),
        id: said("an id"),
        state: "error",
        error: said("an error of the run"),
        stack: said("a stack"),
        site: said("a site"),
        settings: { [said("a setting")]: said("its value") },
        versions: { m3perf: said("a version"), [said("a tool")]: said("its version") },
    });
    record.machine.note = said("a note");
    record.machine.kernel = said("a kernel");
    for (const node of record.environment.nodes) node.name = said(node.name);
    record.environment.cluster.name = said("a cluster");
    record.environment.prometheus.service = said("a service");
    for (const event of run.events) {
        event.title = said(event.kind === "fault" ? "the title of a fault" : "a title");
        event.target = said("a target");
        event.detail = said("a detail");
    }
    for (const interval of [...run.load, ...run.reads]) interval.errors = { [said("an error")]: 2 };
    for (const sample of run.watch) {
        for (const pod of sample.pods)
            Object.assign(pod, {
                name: said(pod.component === "etcd" ? "a pod" : pod.name),
                node: said(pod.node ?? ""),
                lastEnd: said("an end"),
            });
        for (const node of sample.nodes) Object.assign(node, { name: said(node.name), state: said("a state") });
    }
    for (const side of [record.collection?.prometheus, record.collection?.m3]) {
        if (side?.widest) side.widest.series = said("a series");
    }
    const { readBack } = run;
    if (readBack) {
        readBack.sampled = said("a sample");
        readBack.replicas = Object.fromEntries(
            Object.entries(readBack.replicas).map(([pod, copy]) => [
                said(pod),
                { ...copy, examples: [said("an example")] },
            ]),
        );
    }
    for (const check of run.verifyAfter ?? [])
        Object.assign(check, {
            ok: false,
            title: said("a check"),
            id: said("its id"),
            evidence: [said("evidence")],
            cause: said("a cause"),
            next: said("a step"),
        });
    for (const verdict of run.verdicts) {
        Object.assign(verdict, {
            id: said(verdict.id),
            title: said("a verdict"),
            measured: said("a figure"),
            objective: said("an objective"),
            why: said("a reason"),
        });
        verdict.evidence = [
            { file: said("a file"), what: said("what") },
            { file: "load.jsonl", what: said("latency") },
            { file: "__proto__", what: "x" },
            { file: "javascript:1", what: said("y") },
        ];
    }
}
