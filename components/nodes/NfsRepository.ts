import { PersistentVolume } from "@pulumi/kubernetes/core/v1/persistentVolume.js";
import { PersistentVolumeClaim } from "@pulumi/kubernetes/core/v1/persistentVolumeClaim.js";
import { StorageClass } from "@pulumi/kubernetes/storage/v1/storageClass.js";
import * as pulumi from "@pulumi/pulumi";
import type { Host } from "../../settings/hosts.ts";
import { repositoryName } from "../../settings/repository.ts";
import type { SiteNode, SiteRepository } from "../../settings/site.ts";
import { mebibytesOf } from "../../settings/units.ts";
import { Component } from "../component.ts";
import { hostCommand } from "./host-command.ts";
import { exportScript, exportSteps } from "./nfs/script.ts";
import { repositoryClaim, repositoryClass, repositoryVolume } from "./repository-manifests.ts";
import { sshTarget } from "./ssh-connection.ts";

export interface NfsRepositoryArgs {
    repository: SiteRepository;
    /** The site's: to their addresses, and to no others, the export is made. */
    nodes: SiteNode[];
    hosts: Host[];
    /** The key of a host whose key is in no file: the stack's secret. */
    sshPrivateKey?: string | undefined;
    /** Kubernetes namespace of the claim. */
    namespace: string;
}

/** What a step on the host may take: a package comes from a repository far away, the rest is quick. */
const limits = { package: "15m", directory: "5m", export: "5m", service: "5m", check: "5m" };

/**
 * The place for reports, logs and backups: an NFS export and the volume by which pods get at it (manual run, topology; facts.md 6).
 * The export is made on a node over SSH, or is there already; where the kernel has no NFS client, a folder of one node takes its
 * place. Destroying takes export, service and volume back; data stays.
 */
export class NfsRepository extends Component {
    /** Name of the claim in the namespace. */
    readonly claim: string;
    readonly kind: SiteRepository["source"]["kind"];
    /** What is in the volume: "nfs 10.0.0.7:/srv/m3perf", or the folder that takes its place, and why. */
    readonly place: string;

    constructor(name: string, args: NfsRepositoryArgs, opts?: pulumi.ComponentResourceOptions) {
        super("nodes:NfsRepository", name, opts);
        const { source, size } = args.repository;
        const server = source.kind === "existing" ? source.server : addressOf(args.nodes, source.node);
        this.kind = source.kind;
        this.place = placeOf(source, server);
        if (source.kind === "local") void pulumi.log.info(`repository: ${this.place}`, this);

        const exported = source.kind === "export" ? this.export(source, args) : [];
        const plan = { source, server, size, namespace: args.namespace };
        const storage = new StorageClass(this.childName("class"), repositoryClass(), this.child());
        const volume = new PersistentVolume(
            this.childName("volume"),
            repositoryVolume(plan),
            this.child({ dependsOn: [storage, ...exported] }),
        );
        const claim = new PersistentVolumeClaim(
            this.childName("claim"),
            repositoryClaim(plan, volume.metadata.name),
            this.child({ deleteBeforeReplace: true }),
        );
        this.claim = repositoryName;
        this.registerOutputs({ claim: claim.metadata.name, kind: this.kind, place: this.place });
    }

    /** The steps on the host, one after the other; the last is the one that has seen the export. */
    private export(
        { node, directory }: { node: string; directory: string },
        { repository, nodes, hosts, sshPrivateKey }: NfsRepositoryArgs,
    ): pulumi.Resource[] {
        const host = hosts.find((one) => one.node === node);
        if (!host) throw new pulumi.RunError(`the repository's node ${node} has no SSH settings`);
        const target = sshTarget(host.ssh, sshPrivateKey);
        const plan = {
            node,
            directory,
            clients: nodes.map(({ address }) => address),
            sizeMi: mebibytesOf(repository.size),
            owner: `stack ${pulumi.getStack()} of ${pulumi.getProject()}`,
        };
        let last: pulumi.Resource[] = [];
        for (const step of exportSteps) {
            const limit = limits[step];
            last = [
                hostCommand(
                    this.childName(step),
                    {
                        target,
                        script: exportScript(step, plan),
                        up: "up",
                        ...(step === "check" ? {} : { down: "down" }),
                        onConnection: "again",
                        // Another place: the old one is given back once the new one is there.
                        triggers: [node, directory],
                    },
                    this.child({ dependsOn: last, customTimeouts: { create: limit, update: limit, delete: limit } }),
                ),
            ];
        }
        return last;
    }
}

function addressOf(nodes: SiteNode[], node: string): string {
    const found = nodes.find(({ name }) => name === node);
    if (!found) throw new pulumi.RunError(`the repository's node ${node} is no node of the site`);
    return found.address;
}

function placeOf(source: SiteRepository["source"], server: string): string {
    switch (source.kind) {
        case "export":
            return `nfs ${server}:${source.directory}, exported by node ${source.node}`;
        case "existing":
            return `nfs ${server}:${source.path}`;
        case "local":
            return `${source.directory} of node ${source.node} takes the place of an NFS export, for which this site's kernel has no client: only pods on that node reach it`;
    }
}
