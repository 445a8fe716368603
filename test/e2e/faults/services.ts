/** Faults of M3's stateless services, made by kubectl. */
import type { Fault, Hand } from "./fault.ts";

const inM3 = ({ kubectl, environment }: Hand, ...args: string[]) => kubectl("-n", environment.namespace, ...args);

/** Pods behind a selector "app=…", oldest first. */
async function podsOf(hand: Hand, app: string): Promise<{ name: string; node: string }[]> {
    const text = await inM3(hand, "get", "pods", "-l", `app=${app}`, "-o", "json");
    const { items } = JSON.parse(text) as { items: { metadata: { name: string }; spec: { nodeName: string } }[] };
    return items.map(({ metadata, spec }) => ({ name: metadata.name, node: spec.nodeName }));
}

const rolled = (hand: Hand, target: string) => inM3(hand, "rollout", "status", target, "--timeout=180s");

export const queryScaledDown: Fault = {
    name: "query scaled to 0",
    trouble: "workload-scaled-down",
    consequences: ["round-trip-fails"],
    failing: ["pods.ready", "query.ready", "data.third_avenue", "prometheus.remote_read"],
    says: /query: 0 pods instead of 2/,
    async inject(hand) {
        await inM3(hand, "scale", "deployment/m3query", "--replicas=0");
        await inM3(hand, "wait", "--for=delete", "pod", "-l", "app=m3query", "--timeout=120s");
    },
    async heal(hand) {
        const { replicas } = hand.environment.query.workload;
        await inM3(hand, "scale", "deployment/m3query", `--replicas=${replicas}`);
        await rolled(hand, "deployment/m3query");
    },
};

export const imageMissing: Fault = {
    name: "an image that no registry has",
    trouble: "image-unpullable",
    consequences: ["service-not-ready"],
    failing: ["pods.ready", "query.ready"],
    says: /^m3query-\S+: (ErrImagePull|ImagePullBackOff)/m,
    async inject(hand) {
        await inM3(hand, "set", "image", "deployment/m3query", "m3query=quay.io/m3db/m3query:v0.0.0-absent");
        await waiting(hand, "app=m3query", /ErrImagePull|ImagePullBackOff/);
    },
    async heal(hand) {
        await undo(hand, "m3query", /v0\.0\.0-absent/);
    },
};

/** A memory limit below what the process takes at rest (facts.md 4: 340 MiB), so that it is killed at each start. */
export const queryOutOfMemory: Fault = {
    name: "a memory limit that m3query does not fit into",
    trouble: "service-oom",
    failing: ["pods.restarts", "pods.ready"],
    says: /^m3query-\S+\/m3query: .*OOMKilled/m,
    async inject(hand) {
        const small = ["--limits=memory=48Mi", "--requests=memory=48Mi"];
        await inM3(hand, "set", "resources", "deployment/m3query", "--containers=m3query", ...small);
        await waiting(hand, "app=m3query", /OOMKilled/);
    },
    async heal(hand) {
        await undo(hand, "m3query", /memory: 48Mi/);
    },
};

/** The process is told to end, as an operator's slip would; Kubernetes starts it again. */
export const queryEnds: Fault = {
    name: "a query process that ends",
    trouble: "crash-loop",
    failing: ["pods.restarts"],
    says: /^m3query-\S+\/m3query: 1 restart/m,
    async inject(hand) {
        const [pod] = await podsOf(hand, "m3query");
        await inM3(hand, "exec", pod?.name ?? "", "-c", "m3query", "--", "sh", "-c", "kill -TERM 1");
        await waiting(hand, "app=m3query", /"restartCount": 1/);
    },
    async heal(hand) {
        await inM3(hand, "delete", "pod", "-l", "app=m3query");
        await rolled(hand, "deployment/m3query");
    },
};

export const noRoom: Fault = {
    name: "a node that takes no more pods",
    trouble: "pod-unschedulable",
    consequences: ["service-not-ready"],
    failing: ["pods.ready"],
    says: /^m3query-\S+: not scheduled/m,
    async inject(hand) {
        const [pod] = await podsOf(hand, "m3query");
        await hand.kubectl("cordon", pod?.node ?? "");
        await inM3(hand, "delete", "pod", pod?.name ?? "");
    },
    async heal(hand) {
        for (const { name } of hand.environment.nodes) await hand.kubectl("uncordon", name);
        await rolled(hand, "deployment/m3query");
    },
};

/** The Service is moved to another port, as a second installation that takes the port would have it. */
export const nodePortMoved: Fault = {
    name: "a NodePort that was moved",
    trouble: "nodeport-silent",
    consequences: ["round-trip-fails"],
    failing: ["nodes.ports", "data.third_avenue"],
    says: /query 32558\/health/,
    async inject(hand) {
        await movePort(hand, hand.environment.query.nodePort ?? 0, 32599);
    },
    async heal(hand) {
        await movePort(hand, 32599, hand.environment.query.nodePort ?? 0);
    },
};

async function movePort(hand: Hand, from: number, to: number): Promise<void> {
    const text = await inM3(hand, "get", "services", "-o", "json");
    const { items } = JSON.parse(text) as {
        items: { metadata: { name: string }; spec: { ports: { nodePort?: number }[] } }[];
    };
    for (const { metadata, spec } of items) {
        const index = spec.ports.findIndex(({ nodePort }) => nodePort === from);
        if (index < 0) continue;
        const patch = [{ op: "replace", path: `/spec/ports/${index}/nodePort`, value: to }];
        await inM3(hand, "patch", "service", metadata.name, "--type", "json", "-p", JSON.stringify(patch));
    }
}

/** Waits until what Kubernetes tells of the pods matches. */
async function waiting(hand: Hand, selector: string, pattern: RegExp, seconds = 120): Promise<void> {
    const deadline = Date.now() + seconds * 1000;
    for (;;) {
        const text = await inM3(hand, "get", "pods", "-l", selector, "-o", "json");
        if (pattern.test(text)) return;
        if (Date.now() > deadline)
            throw new Error(`the pods of ${selector} did not come to ${pattern} within ${seconds} s`);
        await new Promise((done) => setTimeout(done, 1000));
    }
}

/** Back to the Deployment's revision before, where its template has what was injected. */
async function undo(hand: Hand, name: string, injected: RegExp): Promise<void> {
    if (injected.test(await inM3(hand, "get", "deployment", name, "-o", "yaml")))
        await inM3(hand, "rollout", "undo", `deployment/${name}`);
    await rolled(hand, `deployment/${name}`);
}
