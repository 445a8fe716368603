import type { V1PodTemplateSpec } from "@kubernetes/client-node";
import { UserError } from "../../support/errors.ts";
import { plain } from "../../support/plain.ts";
import { flagValue } from "./flags.ts";
import type { PodParts } from "./pod.ts";
import type { Rolling } from "./workload.ts";

/** Which container of a pod template is Prometheus, and what of it may be changed. Pure. */

/** Index of Prometheus' container: the one that is named, or has --config.file, or is the only one. */
export function containerOf(template: V1PodTemplateSpec, named: string | undefined): number {
    const containers = template.spec?.containers ?? [];
    const found = containers.findIndex(({ name, args = [] }) =>
        named === undefined ? flagValue(args, "--config.file") !== undefined : name === named,
    );
    if (found >= 0) return found;
    if (named === undefined && containers.length === 1) return 0;
    const names = containers.map(({ name }) => name).join(", ");
    throw new UserError(
        named === undefined ? "no container has the argument --config.file" : `there is no container ${named}`,
        { what: `prometheus.container in the site file names the one that is Prometheus; there are: ${names}` },
    );
}

export function partsOf(workload: Rolling, named: string | undefined): PodParts {
    const template = workload.spec?.template as V1PodTemplateSpec;
    const container = template.spec?.containers[containerOf(template, named)];
    const claims = workload.spec && "volumeClaimTemplates" in workload.spec ? workload.spec.volumeClaimTemplates : [];
    return {
        image: container?.image ?? "",
        args: container?.args ?? [],
        volumes: plain(template.spec?.volumes ?? []),
        mounts: plain(container?.volumeMounts ?? []),
        claims: (claims ?? []).flatMap(({ metadata }) => metadata?.name ?? []),
    };
}
