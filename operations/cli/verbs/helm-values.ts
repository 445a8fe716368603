import { observedOf } from "../../../components/observe/facts.ts";
import { observeValues } from "../../../components/observe/helm.ts";
import { helmValues, helmValuesText } from "../../../settings/prometheus/helm-values.ts";
import type { HelmChart } from "../../../settings/site.ts";
import { UserError } from "../../../support/errors.ts";
import { readStackSettings } from "../../doctor/settings.ts";
import { exitCodes } from "../exit.ts";
import { printJson } from "../output.ts";
import type { Values } from "../verbs.ts";

const charts: HelmChart[] = ["prometheus", "kube-prometheus-stack"];

export function main(values: Values): Promise<number> {
    const { settings, unread } = readStackSettings(values);
    const { scenario, site } = settings;
    const secret = unread.filter((path) => /^m3perf:(prometheus|observe)/.test(path));
    if (secret.length > 0) {
        throw new UserError(`${secret.join(", ")}: a secret, which only Pulumi can read`, {
            what: "values for Helm are printed in the clear: keep secrets in a Secret, and name it in credentials",
        });
    }
    const own = site.prometheus.kind === "helm" ? site.prometheus.chart : "prometheus";
    const chart = chartOf(typeof values.chart === "string" ? values.chart : own);
    const observe = observeValues(chart, observedOf(settings), scenario.observe, scenario.prometheus);
    if (values.json) printJson(helmValues(chart, scenario.prometheus, observe));
    else process.stdout.write(helmValuesText(chart, scenario.prometheus, observe));
    return Promise.resolve(exitCodes.ok);
}

function chartOf(text: string): HelmChart {
    const found = charts.find((chart) => chart === text);
    if (found) return found;
    throw new UserError(`--chart = ${text}`, { what: `allowed: ${charts.join(", ")}` }, exitCodes.usage);
}
