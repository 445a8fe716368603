import * as pulumi from "@pulumi/pulumi";

/**
 * Base of all components: children belong to it and carry its name as a prefix. Components take
 * ComponentResourceOptions, never the options of a single resource; the Kubernetes provider comes down from program.ts.
 */
export abstract class Component extends pulumi.ComponentResource {
    private readonly componentName: string;

    constructor(kind: string, name: string, opts?: pulumi.ComponentResourceOptions) {
        super(`m3perf:${kind}`, name, {}, opts);
        this.componentName = name;
    }

    /** Options of a child. */
    protected child(opts: pulumi.CustomResourceOptions = {}): pulumi.CustomResourceOptions {
        return { ...opts, parent: this };
    }

    /** Pulumi's name of a child: "<component>-<part>". */
    protected childName(part: string): string {
        return `${this.componentName}-${part}`;
    }
}
