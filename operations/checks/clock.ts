import { askEach, type Check, count, fail, pass } from "./check.ts";

/** Seconds by which a node's clock may be off: far more than clocks that are kept by NTP ever are. */
const limit = 2;

/**
 * How far a clock is from ours at the least, in seconds: ahead positive, behind negative. It was asked between `before` and `after`
 * (our ms) and told whole seconds, so it stood at `date` or up to a second later at some moment between. 0: it may be the same. Pure.
 */
export function skewAtLeast(date: number, before: number, after: number): number {
    const ahead = date - after;
    const behind = before - (date + 1000);
    return (ahead > 0 ? ahead : behind > 0 ? -behind : 0) / 1000;
}

export const clocks: Check = {
    id: "nodes.clock",
    system: "nodes",
    title: "no node's clock is off",
    source: "header Date of each kubelet's /healthz, against this machine's clock: to the second, so only a skew of more is seen",
    means: "Samples get wrong times or are refused as too old or too far ahead, and etcd's leases and M3's elections get unsteady.",
    async run({ environment, kubernetes, now }) {
        const { answers, errors } = await askEach(
            environment.nodes.map(({ name }) => name),
            async (node) => {
                const before = now();
                const { status, date, body } = await kubernetes.kubelet(node, "/healthz");
                const after = now();
                // 502 and 503 are the API server's own, with its own clock: nodes.ready names a kubelet that is down.
                if (status !== 200 || date === undefined) {
                    return `not told: /healthz answered ${status} ${body.slice(0, 80).trim()}`.trim();
                }
                return skewAtLeast(Date.parse(date), before, after);
            },
        );
        const off = answers.flatMap(({ name, answer }) => {
            if (typeof answer === "string" || Math.abs(answer) <= limit) return [];
            return [
                `${name}: at least ${Math.abs(answer).toFixed(1)} s ${answer > 0 ? "ahead of" : "behind"} this machine`,
            ];
        });
        const silent = [
            ...errors,
            ...answers.flatMap(({ name, answer }) => (typeof answer === "string" ? `${name}: ${answer}` : [])),
        ];
        const told = environment.nodes.length - silent.length;
        if (off.length > 0) {
            return fail(
                [...off, ...silent],
                told > 1 && off.length === told
                    ? "this machine's own clock is off, or no node's is kept by NTP"
                    : "the clock of the host is not kept by NTP (chronyd, systemd-timesyncd)",
                "on that host: chronyc tracking, or timedatectl",
            );
        }
        if (told === 0) return pass(`no kubelet told its time: ${silent[0]}`);
        return pass(
            `${count(told, "node")} within ${limit} s of this machine's clock${silent.length > 0 ? `; ${silent.join("; ")}` : ""}`,
        );
    },
};
