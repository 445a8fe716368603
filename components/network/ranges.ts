import { isIP } from "node:net";

/** Of each node its address alone. Policies know addresses, not host names: a node that is named by one has none. */
export const addressRanges = (nodes: { address: string }[]): string[] =>
    nodes.flatMap(({ address }) => {
        const family = isIP(address);
        return family === 0 ? [] : [`${address}/${family === 4 ? 32 : 128}`];
    });
