import assert from "node:assert/strict";
import { run } from "../../support/exec.ts";

export interface GoModule {
    path: string;
    version: string;
    /** As go.sum has it: "h1:…"; Go itself compares the download with sum.golang.org. */
    sum: string;
}

/** Folder of a module's files, downloaded by the Go command where it is not there yet. */
export async function goModule({ path, version, sum }: GoModule): Promise<string> {
    // In no module of its own: a go.mod further up must not have a say.
    const stdout = await run("go", ["mod", "download", "-json", `${path}@${version}`], { cwd: "/", timeout: 240 });
    const found = JSON.parse(stdout) as { Dir: string; Sum: string };
    assert.equal(found.Sum, sum, `${path}@${version} is not what it was`);
    return found.Dir;
}

/** The community's Helm charts, kube-prometheus-stack with the prometheus-operator's CRDs among them. */
export const helmCharts: GoModule = {
    path: "github.com/prometheus-community/helm-charts",
    version: "v0.0.0-20260828105119-ed5d7d9b5933",
    sum: "h1:5+f9HcKpurn9DWdl0b8PsT7TkEzfCDwcx2KbWYnrnPU=",
};

/** The prometheus-operator's API in Go, of an older release than the charts' CRDs (0.93.1). */
export const operatorApi: GoModule = {
    path: "github.com/prometheus-operator/prometheus-operator/pkg/apis/monitoring",
    version: "v0.86.0",
    sum: "h1:qHIsKfA2yDNx6Ch+B8sEMNy4sDq+uijCVZBscziNe+M=",
};

/** Prometheus of the lab's release, as upstream has it. */
export const prometheusSource: GoModule = {
    path: "github.com/prometheus/prometheus",
    version: "v0.42.0",
    sum: "h1:G769v8covTkOiNckXFIwLx01XE04OE6Fr0JPA0oR2nI=",
};
