import { isIP } from "node:net";

/** A node's address as it stands in a URL: an IPv6 address in brackets. Pure. */
export const hostOf = (address: string) => (isIP(address) === 6 ? `[${address}]` : address);
