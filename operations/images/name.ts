/** An image's reference as m3perf:images takes it (settings/schema/images.ts), and whom a node's container runtime asks for it. */
export interface ImageName {
    /** As it is written, without tag and digest: "quay.io/m3db/m3dbnode". */
    written: string;
    tag?: string;
    digest?: string;
    /** "quay.io", "docker.io", "mirror.example:5000". */
    host: string;
    /** As the registry calls it: "m3db/m3dbnode", "library/nginx". */
    repository: string;
}

/** Names without a host are Docker Hub's, and those there without a folder are in library/ (github.com/distribution/reference, normalize.go). */
export function imageName(text: string): ImageName {
    const match = /^([^@]+?)(?::([^:/@]+))?(?:@(sha256:[0-9a-f]{64}))?$/.exec(text);
    if (!match?.[1]) throw new Error(`not an image's reference: ${text}`);
    const [, written, tag, digest] = match;
    const slash = written.indexOf("/");
    const first = written.slice(0, Math.max(slash, 0));
    const isHost = /[.:]/.test(first) || first === "localhost" || first !== first.toLowerCase();
    const named = isHost ? first : "docker.io";
    const host = named === "index.docker.io" ? "docker.io" : named;
    const path = isHost ? written.slice(slash + 1) : written;
    const repository = host === "docker.io" && !path.includes("/") ? `library/${path}` : path;
    return { written, host, repository, ...(tag ? { tag } : {}), ...(digest ? { digest } : {}) };
}

/** The reference with a digest: the tag stays, for people, for `m3perf images` and for the rule images.pinned of `m3perf policy`. */
export const pinnedTo = ({ written, tag }: ImageName, digest: string) => `${written}${tag ? `:${tag}` : ""}@${digest}`;

/** The host and port that the registry's API is at: Docker Hub's is not at the name that its images have. */
export const apiHost = (host: string) => (host === "docker.io" ? "registry-1.docker.io" : host);
