import { createHash } from "node:crypto";
import { Command } from "@pulumi/command/local/command.js";
import { Secret } from "@pulumi/kubernetes/core/v1/secret.js";
import * as pulumi from "@pulumi/pulumi";
import type { TlsSettings } from "../../settings/schema/tls.ts";
import { Component } from "../component.ts";
import { named, partOf } from "../manifests.ts";
import { clientSecretName, secretData } from "./files.ts";
import type { AuthorityInput, CertificateInput } from "./issue.ts";
import {
    type Authority,
    type Certificate,
    type CertificatePlan,
    clientCertificate,
    etcdCertificate,
    gatewayCertificate,
    renewalsOf,
} from "./plan.ts";

export interface CertificatesArgs {
    namespace: string;
    settings: TlsSettings;
    etcdMembers: number;
    /** At which a NodePort leads to the gateway. */
    gatewayNodes: { name?: string; address: string }[];
}

/** The Secrets that pods mount: by names that Pulumi gives, another for another certificate, so that a new one rolls its pods. */
export interface EtcdSecrets {
    members: pulumi.Output<string>;
    clients: pulumi.Output<string>;
    /** Tells one certificate of the clients from the next. */
    fingerprint: pulumi.Output<string>;
}

export interface GatewaySecret {
    name: pulumi.Output<string>;
    /** Certificate of the authority, for clients. */
    authority: pulumi.Output<string>;
}

const fingerprintOf = (text: string) => createHash("sha256").update(text).digest("hex").slice(0, 10);

/**
 * The environment's authority and what it has signed. Made by commands, whose output the state keeps as secrets: so they stay between
 * updates, until names change or a renewal is due (plan.ts). The authority itself is made once.
 */
export class Certificates extends Component {
    readonly etcd: EtcdSecrets | undefined;
    readonly gateway: GatewaySecret | undefined;

    constructor(name: string, args: CertificatesArgs, opts?: pulumi.ComponentResourceOptions) {
        super("tls:Certificates", name, opts);
        const { namespace, settings, etcdMembers } = args;
        const authority = this.authority(`m3perf ${pulumi.getStack()}`);
        if (settings.etcd) {
            const client = this.certificate("client", authority, clientCertificate);
            this.etcd = {
                members: this.secret(
                    "etcd",
                    namespace,
                    this.certificate("etcd", authority, etcdCertificate(namespace, etcdMembers)),
                ),
                clients: this.secret("client", namespace, client),
                fingerprint: pulumi.unsecret(client.apply(({ certificate }) => fingerprintOf(certificate))),
            };
            // Mounted by nobody: for m3perf and for people, who need a name that stays (docs/tls.md).
            this.secret("hand", namespace, client, clientSecretName);
        }
        if (settings.gateway) {
            const plan = gatewayCertificate(namespace, args.gatewayNodes);
            const certificate = this.certificate("gateway", authority, plan);
            this.gateway = {
                name: this.secret("gateway", namespace, certificate),
                authority: certificate.authority,
            };
        }
        this.registerOutputs({});
    }

    private authority(title: string): pulumi.Output<Authority> {
        const input: AuthorityInput = { name: title };
        return this.made<Authority>("authority", "authority", JSON.stringify(input), []);
    }

    private certificate(
        part: string,
        authority: pulumi.Output<Authority>,
        plan: CertificatePlan,
    ): pulumi.Output<Certificate> {
        const input = authority.apply((known) => {
            const whole: CertificateInput = { authority: known, plan, renewals: renewalsOf(known, Date.now()) };
            return JSON.stringify(whole);
        });
        return this.made<Certificate>(part, "certificate", input, [part]);
    }

    /** Neither plugin may show what the command reads or prints: keys. */
    private made<T>(part: string, what: string, stdin: pulumi.Input<string>, triggers: string[]): pulumi.Output<T> {
        const command = new Command(
            this.childName(part),
            {
                interpreter: ["node", "components/tls/issue.ts"],
                create: what,
                update: what,
                stdin: pulumi.secret(stdin),
                triggers,
                logging: "none",
                addPreviousOutputInEnv: false,
            },
            this.child({
                additionalSecretOutputs: ["stdout", "stderr"],
                customTimeouts: { create: "2m", update: "2m" },
            }),
        );
        return pulumi.secret(command.stdout).apply((text) => JSON.parse(text) as T);
    }

    /** Without a name of its own Pulumi gives it one; the name, which it returns, is no secret. */
    private secret(
        part: string,
        namespace: string,
        certificate: pulumi.Output<Certificate>,
        name?: string,
    ): pulumi.Output<string> {
        const metadata = name === undefined ? { namespace, labels: partOf } : named(name, namespace);
        const secret = new Secret(
            this.childName(`${part}-secret`),
            { metadata, type: "kubernetes.io/tls", stringData: certificate.apply(secretData) },
            this.child(),
        );
        return pulumi.unsecret(secret.metadata.name);
    }
}
