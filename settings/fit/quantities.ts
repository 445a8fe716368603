/** Kubernetes quantities as an API server gives them (all that its resource.Quantity writes), and what pods ask for in sum. */

const factors: Record<string, number> = {
    "": 1,
    n: 1e-9,
    u: 1e-6,
    m: 1e-3,
    k: 1e3,
    M: 1e6,
    G: 1e9,
    T: 1e12,
    P: 1e15,
    E: 1e18,
    Ki: 2 ** 10,
    Mi: 2 ** 20,
    Gi: 2 ** 30,
    Ti: 2 ** 40,
    Pi: 2 ** 50,
    Ei: 2 ** 60,
};

/** The number that a quantity stands for: bytes of "8Gi", cores of "250m". 0 for none or for what is no quantity. */
export function amountOf(quantity: string | undefined): number {
    const [, number, exponent, unit] =
        /^\+?(\d*\.?\d+|\d+\.)(?:[eE]([+-]?\d+)|([numkMGTPE]i?|Ki)?)$/.exec(quantity ?? "") ?? [];
    if (number === undefined) return 0;
    return Number(number) * (exponent === undefined ? (factors[unit ?? ""] ?? 0) : 10 ** Number(exponent));
}

/** What the scheduler counts: MiB and thousandths of a core. */
export interface Size {
    memoryMi: number;
    cpuMilli: number;
}

export type Resources = { requests?: Record<string, string> } | undefined;

export interface PodLike {
    metadata?: {
        name?: string;
        namespace?: string;
        labels?: Record<string, string>;
        ownerReferences?: { kind: string }[];
    };
    spec?: {
        nodeName?: string;
        containers: { resources?: Resources }[];
        initContainers?: { resources?: Resources; restartPolicy?: string }[];
        overhead?: Record<string, string>;
        resources?: Resources;
    };
    status?: { phase?: string };
}

/**
 * A pod's requests as the scheduler counts them (k8s.io/component-helpers, resource.PodRequests): its containers and sidecars
 * together, or the largest init container with the sidecars that were started before it; what the pod itself asks for comes
 * before that; its overhead on top.
 */
export function requestsOf(pod: PodLike): Size {
    const { containers = [], initContainers = [], overhead, resources } = pod.spec ?? {};
    let running = zero;
    let starting = zero;
    for (const container of initContainers) {
        const own = sizeOf(container.resources?.requests);
        if (container.restartPolicy === "Always") running = plus(running, own);
        starting = larger(starting, container.restartPolicy === "Always" ? running : plus(running, own));
    }
    for (const container of containers) running = plus(running, sizeOf(container.resources?.requests));
    const summed = larger(running, starting);
    const { memory, cpu } = resources?.requests ?? {};
    return plus(sizeOf(overhead), {
        memoryMi: memory === undefined ? summed.memoryMi : mebibytes(memory),
        cpuMilli: cpu === undefined ? summed.cpuMilli : millicores(cpu),
    });
}

export function sizeOf(quantities: Record<string, string> | undefined): Size {
    return { memoryMi: mebibytes(quantities?.memory), cpuMilli: millicores(quantities?.cpu) };
}

const zero: Size = { memoryMi: 0, cpuMilli: 0 };
const mebibytes = (quantity: string | undefined) => amountOf(quantity) / 2 ** 20;
/** Rounded: 0.1 cores are 100, not 100.00000000000001. */
const millicores = (quantity: string | undefined) => Math.ceil(Number((amountOf(quantity) * 1000).toFixed(6)));
export const plus = (a: Size, b: Size): Size => ({
    memoryMi: a.memoryMi + b.memoryMi,
    cpuMilli: a.cpuMilli + b.cpuMilli,
});
const larger = (a: Size, b: Size): Size => ({
    memoryMi: Math.max(a.memoryMi, b.memoryMi),
    cpuMilli: Math.max(a.cpuMilli, b.cpuMilli),
});
