import * as pulumi from "@pulumi/pulumi";
import type { OperatedPrometheus } from "../../settings/site.ts";
import { messageOf, UserError } from "../../support/errors.ts";
import { CustomObjectsApi } from "../../support/kubernetes-client.ts";
import { clientsOf, orUndefined } from "../kubernetes.ts";
import { labelsFor, type Selector } from "./selected.ts";

export interface Selection {
    rules: Record<string, string>;
    podMonitors: Record<string, string>;
    warnings: string[];
    /** Why the resource could not be read, though it may be there. */
    unread?: string;
}

interface Prometheus {
    spec?: { ruleSelector?: Selector | null; podMonitorSelector?: Selector | null };
}

/** No preview waits longer for a cluster that does not answer. */
const limit = 10_000;

/** What a Prometheus custom resource selects rules and monitors by. Reads only. */
export async function selectionOf({ namespace, name }: OperatedPrometheus, kubeconfig: string): Promise<Selection> {
    const at = { group: "monitoring.coreos.com", version: "v1", plural: "prometheuses", namespace, name };
    const unknown = (why: string): Selection => ({
        rules: {},
        podMonitors: {},
        warnings: [
            `by which labels Prometheus ${namespace}/${name} selects rules and monitors is not known (${why}): m3perf:observe.rules.resourceLabels gives them`,
        ],
    });
    let timer: NodeJS.Timeout | undefined;
    const late = new Promise<never>((_, reject) => {
        timer = setTimeout(() => reject(new Error(`no answer for ${limit / 1000} s`)), limit);
    });
    try {
        const objects = clientsOf(kubeconfig).config.makeApiClient(CustomObjectsApi);
        const call = orUndefined(objects.getNamespacedCustomObject(at) as Promise<Prometheus>);
        const found = await Promise.race([late, call]);
        if (!found) return unknown("there is no such resource");
        const rules = labelsFor("ruleSelector", found.spec?.ruleSelector);
        const monitors = labelsFor("podMonitorSelector", found.spec?.podMonitorSelector);
        const problems = [rules.problem, monitors.problem].filter((one) => one !== undefined);
        return {
            rules: rules.labels,
            podMonitors: monitors.labels,
            warnings: problems.map((problem) => `Prometheus ${namespace}/${name}: ${problem} of m3perf's`),
        };
    } catch (error) {
        return { ...unknown(messageOf(error)), unread: messageOf(error) };
    } finally {
        clearTimeout(timer);
    }
}

/**
 * What an update may go by. A read that failed is no answer: without the labels that the resource selects by, what is there would lose its
 * rules and monitors. Where labels are given, those do. Throws pulumi.RunError.
 */
export function certain(selection: Selection, { namespace, name }: OperatedPrometheus, given: object): Selection {
    const { unread } = selection;
    if (unread === undefined || pulumi.runtime.isDryRun() || Object.keys(given).length > 0) return selection;
    const error = new UserError("the labels of rules and monitors are not known; they stay as they are", {
        what: `Prometheus ${namespace}/${name} could not be read: ${unread}`,
        why: "it selects rules and monitors by labels, and without them it would drop those that it has",
        next: "run it again; or give the labels: m3perf:observe.rules.resourceLabels",
    });
    throw new pulumi.RunError(messageOf(error));
}
