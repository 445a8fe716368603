import * as z from "zod";

const must = (what: string) => ({ error: `must be ${what}` });

/** Without user and password: an address is shown in previews and logs, and lies open in the state. */
const url = z
    .url(must("a URL"))
    .regex(/^https?:\/\/\S+$/, must("an http or https URL"))
    .regex(/^[^@]*$/, must("a URL without a user and password; they belong into the host's own configuration"));

/** A version that is not given is not compared (the package's signature always is), and the log says so. */
const release = (address: string, version?: string) => {
    const text = z.string().regex(/^[A-Za-z0-9_.~-]+$/, must('a version and release, like "8.4-2.el8.elrepo"'));
    return z
        .strictObject({ url: url.default(address), version: version ? text.default(version) : text.optional() })
        .prefault({});
};

const fingerprint = z
    .string()
    .transform((text) => text.replaceAll(/\s/g, "").toUpperCase())
    .pipe(z.string().regex(/^[0-9A-F]{40}$/, must("40 hexadecimal digits")));

const repositoryId = /^[A-Za-z0-9_.-]+$/;

/**
 * elrepo signs with two keys: packages since January 2025, kernel-ml among them, with the second (elrepo-release.spec,
 * 8.4-1 and 9.5-1, whose sources also hold that key).
 */
const officialKeys = [
    {
        url: "https://www.elrepo.org/RPM-GPG-KEY-elrepo.org",
        fingerprint: "96C0104F631547311E0BB1AE309BC305BAADAE52",
    },
    {
        url: "https://www.elrepo.org/RPM-GPG-KEY-v2-elrepo.org",
        fingerprint: "B8A755874DA240C9DAC4E71551600989EAA31D4A",
    },
];

/** Nodes of a roll; every node with SSH unless told. */
export const nodeNames = z.array(z.string()).min(1, must("at least one node"));

/** The kernel upgrade from elrepo on EL8 and EL9 (manual run, "Linux CentOS8 커널 업데이트"). */
export const kernelSchema = z.strictObject({
    /** "latest", or a version of kernel-ml as elrepo gives it: "6.12.117-1.el8.elrepo" or "6.12.117". */
    version: z
        .string()
        .regex(/^(latest|\d+(\.\d+)+(-[A-Za-z0-9_.]+)?)$/, must('"latest" or a version of kernel-ml, like "6.12.117"')),
    nodes: nodeNames.optional(),
    /** Update all packages first, as the manual run did. */
    update: z.boolean().default(true),
    /**
     * Packages that the update leaves alone: a new kubelet or runtime is a change of its own, which restarts services outside of
     * the node's turn and may break the versions' skew (Kubernetes, "Upgrading kubeadm clusters").
     */
    updateExcept: z
        .array(z.string().regex(/^[A-Za-z0-9_.*?+-]+$/, must("a package's name, * and ? allowed")))
        .default(["kubelet", "kubeadm", "kubectl", "kubernetes-cni", "cri-*", "containerd*"]),
    /** Where elrepo is had from; a mirror of your own serves where the official one cannot be reached. */
    elrepo: z
        .strictObject({
            /** Keys that may sign elrepo's packages: each one's address and full fingerprint. */
            keys: z.array(z.strictObject({ url, fingerprint })).min(1, must("at least one key")).default(officialKeys),
            /** The elrepo-release package by the host's release: its address, and the version-release that it must have. */
            release: z
                .strictObject({
                    el8: release("https://www.elrepo.org/elrepo-release-8.el8.elrepo.noarch.rpm", "8.4-2.el8.elrepo"),
                    el9: release("https://www.elrepo.org/elrepo-release-9.el9.elrepo.noarch.rpm"),
                })
                .prefault({}),
            /** Id of the repository that has kernel-ml. */
            kernelRepository: z.string().regex(repositoryId, must("a repository id")).default("elrepo-kernel"),
        })
        .prefault({}),
    /**
     * Addresses that replace the repositories' own, by repository id, for the upgrade's commands only: a mirror, or a vault where
     * the release's own are gone (CentOS 8). "$basearch" and "$releasever" as in a .repo file.
     */
    repositories: z.record(z.string().regex(repositoryId, must("a repository id")), url).default({}),
    /** HTTP proxy of yum and curl on the hosts, for the upgrade's commands only. */
    proxy: url.optional(),
    /** The first boot into the new kernel falls back to the old one by itself, where the boot loader allows. */
    safeBoot: z.boolean().default(true),
});

export type KernelSettings = z.infer<typeof kernelSchema>;
