import { Provider } from "@pulumi/kubernetes/provider.js";
import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../settings/index.ts";

/** The one Kubernetes provider of the program; every choice that the plugin would make by itself is made here. */
export function kubernetesProvider(settings: Settings): Provider {
    return new Provider("kubernetes", {
        // Always given: without it the plugin takes whatever cluster is in ~/.kube/config.
        kubeconfig: pulumi.secret(settings.access.kubeconfig),
        // The same site is the same cluster: a renewed certificate or a preview without the cluster replaces nothing.
        clusterIdentifier: settings.site.name,
        enableServerSideApply: true,
        // A change of a ConfigMap is a new ConfigMap under a new name, so that the pods that read it are rolled and each
        // generation keeps its own until it is gone (facts.md 2).
        enableConfigMapMutable: false,
        enableSecretMutable: false,
        // What cannot be reached is an error, never forgotten.
        deleteUnreachable: false,
        skipUpdateUnreachable: false,
    });
}
