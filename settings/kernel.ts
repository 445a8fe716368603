import * as z from "zod";
import { must } from "./schema/fields.ts";

/** Without user and password: an address is shown in previews and logs, and lies open in the state. */
const withoutUser = must(
    "an http or https URL without a user and password; they belong into the host's own configuration",
);
const url = z
    .url(withoutUser)
    .regex(/^https?:\/\/[^\s@]+$/, withoutUser)
    .meta({ title: "URL" });

/** A version that is not given is not compared (the package's signature always is), and the log says so. */
const release = (host: string, address: string, version?: string) => {
    const text = z.string().regex(/^[A-Za-z0-9_.~-]+$/, must('a version and release, like "8.4-2.el8.elrepo"'));
    const withDefault = version ? text.default(version) : text.optional();
    return z
        .strictObject({
            url: url.default(address).describe("Address of the package."),
            version: withDefault.describe(
                `Version and release that it must have${version ? "" : "; absent: not compared, its signature always is"}.`,
            ),
        })
        .prefault({})
        .describe(`The elrepo-release package for ${host}.`);
};

const fingerprint = z
    .string()
    .regex(/^\s*([0-9A-Fa-f]\s*){40}$/, must("40 hexadecimal digits"))
    .transform((text) => text.replaceAll(/\s/g, "").toUpperCase());

const repositoryId = z
    .string()
    .regex(/^[A-Za-z0-9_.-]+$/, must("a repository id: letters, digits, dots, dashes, underscores"));

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
export const nodeNames = z.array(z.string().describe("Name of a node.")).min(1, must("a list with at least one node"));

const elrepo = z
    .strictObject({
        keys: z
            .array(
                z
                    .strictObject({
                        url: url.describe("Address of the key."),
                        fingerprint: fingerprint.describe("Its full fingerprint."),
                    })
                    .describe("One key."),
            )
            .min(1, must("a list with at least one key"))
            .default(officialKeys)
            .describe("Keys that may sign elrepo's packages; its own two unless told."),
        release: z
            .strictObject({
                el8: release(
                    "EL8",
                    "https://www.elrepo.org/elrepo-release-8.el8.elrepo.noarch.rpm",
                    "8.4-2.el8.elrepo",
                ),
                el9: release("EL9", "https://www.elrepo.org/elrepo-release-9.el9.elrepo.noarch.rpm"),
            })
            .prefault({})
            .describe("The elrepo-release package by the host's release."),
        kernelRepository: repositoryId.default("elrepo-kernel").describe("Id of the repository that has kernel-ml."),
    })
    .prefault({})
    .describe("Where elrepo is had from; a mirror of your own serves where the official one cannot be reached.");

/** The kernel upgrade from elrepo on EL8 and EL9 (manual run, "Linux CentOS8 커널 업데이트"). */
export const kernelSchema = z.strictObject({
    version: z
        .string()
        .regex(/^(latest|\d+(\.\d+)+(-[A-Za-z0-9_.]+)?)$/, must('"latest" or a version of kernel-ml, like "6.12.117"'))
        .describe('"latest", or a version of kernel-ml as elrepo gives it: "6.12.117-1.el8.elrepo" or "6.12.117".'),
    nodes: nodeNames.optional().describe("Exactly these, in this order; every node that answers SSH unless told."),
    update: z.boolean().default(true).describe("Update all packages first, as the manual run did."),
    // A new kubelet or runtime is a change of its own, which restarts services outside of the node's turn and may break the
    // versions' skew (Kubernetes, "Upgrading kubeadm clusters").
    updateExcept: z
        .array(
            z
                .string()
                .regex(/^[A-Za-z0-9_.*?+-]+$/, must("a package's name, * and ? allowed"))
                .describe("Name of a package, * and ? allowed."),
        )
        .default(["kubelet", "kubeadm", "kubectl", "kubernetes-cni", "cri-*", "containerd*", "docker*", "moby*"])
        .describe("Packages that the update leaves alone: a new kubelet or runtime is a change of its own."),
    elrepo,
    repositories: z
        .record(repositoryId, url.describe("The address in its place."))
        .default({})
        .describe(
            'Addresses that replace the repositories\' own, by repository id, for the upgrade\'s commands only: a mirror, or a vault where the release\'s own are gone (CentOS 8). "$basearch" and "$releasever" as in a .repo file.',
        ),
    proxy: url.optional().describe("HTTP proxy of yum and curl on the hosts, for the upgrade's commands only."),
    safeBoot: z
        .boolean()
        .default(true)
        .describe(
            "The first boot into the new kernel falls back to the old one by itself, where the boot loader allows.",
        ),
});

export type KernelSettings = z.infer<typeof kernelSchema>;
