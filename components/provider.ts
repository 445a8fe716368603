import { Provider } from "@pulumi/kubernetes/provider.js";
import * as pulumi from "@pulumi/pulumi";
import type { Settings } from "../settings/index.ts";

/** The one Kubernetes provider of the program; every choice that the plugin would make by itself is made here. */
export function kubernetesProvider(settings: Settings): Provider {
    const args = {
        // Always given: without it the plugin takes whatever cluster is in ~/.kube/config.
        kubeconfig: pulumi.secret(settings.access.kubeconfig),
        // A renewed certificate or a preview without the cluster replaces nothing.
        clusterIdentifier: settings.site.name,
        enableServerSideApply: true,
        // A change of a ConfigMap is a new ConfigMap under a new name, so that the pods that read it are rolled and each
        // generation keeps its own until it is gone (facts.md 2).
        enableConfigMapMutable: false,
        enableSecretMutable: false,
        // What cannot be reached is an error, never forgotten.
        deleteUnreachable: false,
        skipUpdateUnreachable: false,
    };
    // Another identifier would replace the provider, and with it delete everything of the stack, samples included. So the one that it was
    // made with stays: a site can be renamed. Another cluster is refused by m3perf (operations/stack/home.ts).
    return new Provider("kubernetes", args, { ignoreChanges: ["clusterIdentifier"] });
}
