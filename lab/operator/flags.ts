export interface Flags {
    kubeconfig: string;
    debug: boolean;
    devel: boolean;
    humanTime: boolean;
    proxy: boolean;
}

/** The official flags. Those with `ignored` are taken and have no effect here: this one never installs the CRD. */
const booleans: Record<string, { field?: "debug" | "devel" | "humanTime" | "proxy"; about: string }> = {
    debug: { field: "debug", about: "enable debug logging" },
    devel: { field: "devel", about: "log lines for people instead of JSON" },
    "human-time": { field: "humanTime", about: "print human-friendly timestamps" },
    proxy: { field: "proxy", about: "reach coordinators through kubectl proxy at localhost:8001" },
    "manage-crd": { about: "ignored: the CRD is installed by whoever installs the operator" },
    "enable-crd-validation": { about: "ignored" },
};
const texts: Record<string, { field?: "kubeconfig"; about: string }> = {
    "kubecfg-file": { field: "kubeconfig", about: "kubeconfig file; else KUBECONFIG, else the pod's ServiceAccount" },
    masterhost: { about: "ignored: the kubeconfig names the server" },
};

export class UsageError extends Error {}

/** Reads flags as Go does: -x, --x, -x=value, -x value (text only). Throws UsageError with the usage for any other. */
export function parseFlags(argv: string[], env: NodeJS.ProcessEnv = process.env): Flags {
    const flags: Flags = {
        kubeconfig: env.KUBECONFIG ?? "",
        debug: false,
        devel: false,
        humanTime: false,
        proxy: false,
    };
    const rest = [...argv];
    for (let argument = rest.shift(); argument !== undefined; argument = rest.shift()) {
        const [, name = "", given] = /^--?([a-z-]+)(?:=(.*))?$/s.exec(argument) ?? [];
        const text = texts[name];
        const boolean = booleans[name];
        if (text) {
            const value = given ?? rest.shift();
            if (value === undefined) throw new UsageError(`flag needs an argument: -${name}\n${usage()}`);
            if (text.field) flags[text.field] = value;
        } else if (boolean) {
            if (given !== undefined && !/^(?:true|false|1|0|t|f)$/i.test(given)) {
                throw new UsageError(`invalid boolean value "${given}" for -${name}\n${usage()}`);
            }
            if (boolean.field) flags[boolean.field] = given === undefined || /^(?:true|1|t)$/i.test(given);
        } else {
            throw new UsageError(`flag provided but not defined: ${argument}\n${usage()}`);
        }
    }
    return flags;
}

function usage(): string {
    const lines = [...Object.entries(booleans), ...Object.entries(texts)].map(
        ([name, { about }]) => `  -${name}\t${about}`,
    );
    return ["Usage of m3db-operator:", ...lines.sort()].join("\n");
}
