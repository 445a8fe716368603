/** What rules are before they are written down for Prometheus. */

/** Rates look at this much: four scrapes of a minute apart, and the window of every recorded series. */
export const window = "5m";

export interface RecordingRule {
    /** level:metric:operations */
    record: string;
    expr: string;
    /** What it is, for a person. */
    title: string;
}

export interface AlertRule {
    alert: string;
    /** What is looked at. On a healthy environment it gives data, which a test asks of the live lab; `when` makes it an alert. */
    value: string;
    when: string;
    /** Why `value` gives nothing in m3perf's lab; the test sees that it does not, and takes it for no failure. */
    notInLab?: string;
    /** Prometheus duration. */
    for: string;
    severity: "critical" | "warning";
    /** May have Prometheus' templates, like {{ $labels.pod }}. */
    summary: string;
    cause: string;
    /** Command line that shows more, or puts it right. */
    next: string;
}

export const exprOf = ({ value, when }: AlertRule) => `${value} ${when}`;

export interface RuleGroup {
    name: string;
    rules: object[];
}
