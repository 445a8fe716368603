/** Pure part of taint.ts: what becomes of a node's taints and annotations. */

export interface Taint {
    key: string;
    value?: string;
    effect: string;
}

export interface NodeTaints {
    taints: Taint[];
    annotations: Record<string, string>;
}

/** Remembers that the taint is ours, so that removal never takes one that was there before. */
export const addedByUs = "m3perf.io/taint-added";

const same = (a: Taint, b: Taint) => a.key === b.key && a.effect === b.effect;

/** undefined: nothing to change. Throws when the key is taken by another value. */
export function withTaint(node: NodeTaints, taint: Taint): NodeTaints | undefined {
    const there = node.taints.find((one) => same(one, taint));
    if (there && there.value !== taint.value) {
        throw new Error(`it has the taint ${taint.key}=${there.value ?? ""}:${there.effect}, which is not ours`);
    }
    if (there) return undefined;
    return {
        taints: [...node.taints, taint],
        annotations: { ...node.annotations, [addedByUs]: taint.key },
    };
}

/** undefined: nothing to change, the taint is not ours. */
export function withoutTaint(node: NodeTaints, taint: Taint): NodeTaints | undefined {
    if (node.annotations[addedByUs] !== taint.key) return undefined;
    const { [addedByUs]: _, ...annotations } = node.annotations;
    return { taints: node.taints.filter((one) => !same(one, taint)), annotations };
}
