import type { Environment } from "../../settings/environment.ts";

export type IdScheme = NonNullable<Environment["cluster"]["idScheme"]>;

/**
 * The id of a series in M3DB, as coordinators make it of its tags (M3 1.5.0, query/models/tags_id_schemes.go). Undefined where a
 * name or a value would have to be escaped: for looking at some series, the others are enough. Pure.
 */
export function seriesId(tags: Record<string, string>, scheme: IdScheme): string | undefined {
    const sorted = Object.entries(tags).sort(([a], [b]) => (a < b ? -1 : 1));
    if (!sorted.flat().every((text) => /^[ !#-[\]-~]*$/.test(text))) return undefined;
    if (scheme === "quoted") return `{${sorted.map(([name, value]) => `${name}="${value}"`).join(",")}}`;
    const parts = sorted.flat();
    return `${parts.map(({ length }) => length).join(",")}!${parts.join("")}`;
}

/** The same for a series as PromQL shows it: there, its metric's name is in `__name__`, whatever tag M3 keeps it in. */
export function seriesIdOf({ cluster }: Environment, metric: Record<string, string>): string | undefined {
    const { __name__: name, ...labels } = metric;
    const tags = name === undefined ? labels : { ...labels, [cluster.metricName ?? "__name__"]: name };
    return seriesId(tags, cluster.idScheme ?? "quoted");
}
