import { UserError } from "../../support/errors.ts";

/** The parts of an official image name: "quay.io/m3db/m3dbnode:v1.5.0". */
export interface Reference {
    /** "quay.io" */
    host: string;
    /** "m3db/m3dbnode": what containerd asks a mirror for, without the host. */
    repository: string;
    tag: string;
}

/** Throws when the name lacks a host or a tag: ours are always written in full. */
export function parseReference(text: string): Reference {
    const match = /^([a-z0-9.-]+\.[a-z0-9.-]+(?::\d+)?)\/([a-z0-9._/-]+):([\w.-]{1,128})$/.exec(text);
    if (!match?.[1] || !match[2] || !match[3]) {
        throw new UserError("not a full image name", { what: text, why: "host/repository:tag is needed" });
    }
    return { host: match[1], repository: match[2], tag: match[3] };
}
