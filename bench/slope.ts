/**
 * `npm run bench:slope [-- --sizes 10,100,1000]`: what one resource more costs the engine with the plugins that are in use here.
 * A flat program of so many ConfigMaps on a real API server on loopback: up from nothing, preview, no-op up, destroy; an empty
 * program is the floor. Then the whole program of m3perf for sites of so many nodes (nodes.ts), with `--kwok` on nodes that kwok
 * simulates. Prints Markdown.
 */
import { availableParallelism, loadavg } from "node:os";
import { parseArgs } from "node:util";
import { messageOf } from "../support/errors.ts";
import { sharedApiServer, stopSharedApiServer } from "../test/support/apiserver.ts";
import { prepareTools } from "../test/support/binaries.ts";
import { type PulumiProject, pulumiProject } from "../test/support/pulumi.ts";
import { measureNodes, ofNodes } from "./nodes.ts";
import { measured, type Spent } from "./spent.ts";
import { slopeOf } from "./statistics.ts";

const { values } = parseArgs({
    options: {
        sizes: { type: "string", default: "10,100,1000,4000" },
        nodes: { type: "string", default: "10,100,1000" },
        kwok: { type: "boolean", default: false },
    },
});
const numbersOf = (text: string) => text.split(",").filter(Boolean).map(Number);

const program = `
import * as pulumi from "@pulumi/pulumi";
import * as k8s from "@pulumi/kubernetes";
const count = Number(process.env.BENCH_COUNT);
const provider = new k8s.Provider("k8s", { kubeconfig: process.env.TEST_KUBECONFIG });
for (let index = 0; index < count; index += 1)
    new k8s.core.v1.ConfigMap("map-" + index, { metadata: { name: "map-" + index, namespace: "default" }, data: { index: String(index) } }, { provider });
`;

const commands: [string, string[]][] = [
    ["up from nothing", ["up", "--yes", "--skip-preview"]],
    ["preview", ["preview", "--expect-no-changes"]],
    ["no-op up", ["up", "--yes", "--skip-preview", "--expect-no-changes"]],
    ["destroy", ["destroy", "--yes", "--skip-preview"]],
];

/** Every command once on so many resources. Throws when one fails. */
async function ofSize(project: PulumiProject, count: number): Promise<Spent[]> {
    const spent: Spent[] = [];
    for (const [what, words] of commands) {
        const env = { ...project.env, BENCH_COUNT: String(count) };
        const one = await measured("pulumi", ["--non-interactive", "--color=never", ...words], {
            cwd: project.dir,
            env,
        });
        spent.push(one);
        console.error(`${count} resources, ${what}: ${one.seconds.toFixed(1)} s, ${one.peakMi} MiB`);
    }
    return spent;
}

const row = (cells: (string | number)[]) => `| ${cells.join(" | ")} |`;

function table(title: string, heads: string[], sizes: number[], rows: Spent[][]): string {
    const cells = (spent: Spent[]) => spent.map(({ seconds, peakMi }) => `${seconds.toFixed(1)} s, ${peakMi} MiB`);
    const slopes = heads.map((_, index) => {
        const points = sizes.map((size, at): [number, number] => [size, rows[at]?.[index]?.seconds ?? 0]);
        return `${(slopeOf(points) * 1000).toFixed(1)} ms`;
    });
    return [
        row([title, ...heads]),
        row(["---", ...heads.map(() => "---")]),
        ...sizes.map((size, index) => row([size, ...cells(rows[index] ?? [])])),
        row(["one more", ...slopes]),
    ].join("\n");
}

try {
    console.error(`${availableParallelism()} cores, load ${loadavg()[0]?.toFixed(1)}`);
    await prepareTools();
    const api = await sharedApiServer();
    process.env.TEST_KUBECONFIG = api.kubeconfig;
    const project = await pulumiProject(program, ["kubernetes"]);
    const sizes = [0, ...numbersOf(values.sizes)];
    const rows: Spent[][] = [];
    try {
        for (const size of sizes) rows.push(await ofSize(project, size));
    } finally {
        await project.remove();
    }
    console.log(
        `${table(
            "resources",
            commands.map(([what]) => what),
            sizes,
            rows,
        )}\n`,
    );
    const nodes = numbersOf(values.nodes);
    const whole: Spent[][] = [];
    for (const count of nodes) whole.push(await measureNodes(count, values.kwok));
    console.log(
        table(
            "nodes of the site",
            ofNodes.map(([what]) => what),
            nodes,
            whole,
        ),
    );
} catch (error) {
    console.error(messageOf(error));
    process.exitCode = 1;
} finally {
    await stopSharedApiServer().catch(() => {}); // it did not start: that is told already
}
