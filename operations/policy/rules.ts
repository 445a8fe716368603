import { type Declared, type DeclaredPod, podsIn } from "./declared.ts";
import { networkNamed, withoutPolicies } from "./network-rule.ts";
import { breaches } from "./pod-security.ts";

/** What must not be in what is deployed. Pure. */

export interface Breach {
    /** "pods.restricted" */
    rule: string;
    /** "Deployment m3query" */
    of: string;
    what: string;
}

export interface Rule {
    id: string;
    /** What it asks, and why. */
    asks: string;
    of(objects: Declared[]): Omit<Breach, "rule">[];
}

const containersOf = ({ spec }: DeclaredPod) => [...(spec.initContainers ?? []), ...spec.containers];

/** A rule over every container. */
const ofContainers =
    (look: (container: ReturnType<typeof containersOf>[number]) => string[]): Rule["of"] =>
    (objects) =>
        podsIn(objects).flatMap((pod) =>
            containersOf(pod).flatMap((one) => look(one).map((what) => ({ of: pod.of, what: `${one.name}: ${what}` }))),
        );

/** Names of variables that hold what must be in a Secret. */
const secretName = /(PASSWORD|PASSWD|TOKEN|SECRET|PRIVATE_?KEY|CREDENTIAL)/i;

const restricted: Rule = {
    id: "pods.restricted",
    asks: "every pod holds up against Kubernetes' Pod Security profile restricted: no root, no privilege, no host's namespaces or paths, seccomp",
    of: (objects) => podsIn(objects).flatMap(({ of, spec }) => breaches(spec).map((what) => ({ of, what }))),
};

const rootFileSystem: Rule = {
    id: "pods.read-only",
    asks: "no container can write to its own image: what is put there would run with it",
    of: ofContainers(({ securityContext }) =>
        securityContext?.readOnlyRootFilesystem === true ? [] : ["readOnlyRootFilesystem is not true"],
    ),
};

const limits: Rule = {
    id: "pods.limits",
    asks: "every container asks for CPU and memory and has a limit of memory: one that has none takes its node down (the manual run)",
    of: ofContainers(({ resources }) => [
        ...(resources?.limits?.memory ? [] : ["no limit of memory"]),
        ...(resources?.requests?.memory ? [] : ["no request of memory"]),
        ...(resources?.requests?.cpu ? [] : ["no request of CPU"]),
    ]),
};

const accounts: Rule = {
    id: "pods.account",
    asks: "a pod has no token for the API server, or an account of its own whose rights are declared here",
    of: (objects) =>
        podsIn(objects).flatMap(({ of, spec }) => {
            const own = spec.serviceAccountName !== undefined && spec.serviceAccountName !== "default";
            const token = spec.automountServiceAccountToken !== false;
            return token && !own ? [{ of, what: "has the token of its namespace's default account" }] : [];
        }),
};

interface Role {
    rules?: { apiGroups?: string[]; resources?: string[]; verbs?: string[]; nonResourceURLs?: string[] }[];
    aggregationRule?: object;
}

/** Roles that Kubernetes has of itself and that may change anything, or nearly. */
const mighty = ["cluster-admin", "admin", "edit"];

const rights: Rule = {
    id: "rbac.least",
    asks: "no role has a wildcard, escalates rights, or takes a user's name, and none of Kubernetes' own mighty ones is given",
    of: (objects) =>
        objects.flatMap(({ kind, name, inputs }) =>
            (kind === "Role" || kind === "ClusterRole"
                ? ofRole(inputs as Role)
                : kind === "RoleBinding" || kind === "ClusterRoleBinding"
                  ? ofBinding(inputs as Binding)
                  : []
            ).map((what) => ({ of: `${kind} ${name}`, what })),
        ),
};

function ofRole({ rules = [], aggregationRule }: Role): string[] {
    const own = rules.flatMap(({ apiGroups = [], resources = [], verbs = [], nonResourceURLs = [] }) => {
        const wild = [...apiGroups, ...resources, ...verbs, ...nonResourceURLs].includes("*") ? ["has a wildcard"] : [];
        const grave = verbs.filter((verb) => ["escalate", "bind", "impersonate"].includes(verb));
        return [...wild, ...grave.map((verb) => `may ${verb}`)];
    });
    return [...own, ...(aggregationRule ? ["takes the rights of other roles (aggregationRule)"] : [])];
}

interface Binding {
    roleRef?: { name?: string };
}

const ofBinding = ({ roleRef: { name = "" } = {} }: Binding) => (mighty.includes(name) ? [`gives ${name}`] : []);

const images: Rule = {
    id: "images.pinned",
    asks: "every image has a version or a digest: another one does not come in by itself",
    of: ofContainers(({ image = "" }) => {
        const tag = /:([^:/@]+)(@|$)/.exec(image)?.[1];
        return image.includes("@sha256:") || (tag !== undefined && tag !== "latest")
            ? []
            : [`image ${image || "(none)"}`];
    }),
};

const environment: Rule = {
    id: "secrets.environment",
    asks: "no password, token or key stands in a pod's environment as a plain value: a Secret's reference does",
    of: ofContainers(({ env = [] }) =>
        env
            .filter(({ name, value }) => secretName.test(name) && value !== undefined && value !== "")
            .map(({ name }) => `${name} has a plain value`),
    ),
};

/** A sealed value of a preview, or of a state (sdk/go/common/resource/sig.go). */
const seal = "4dabf18193072939515e22adb298388d";

const sealed: Rule = {
    id: "secrets.sealed",
    asks: "what is in a Secret is a secret for Pulumi, too: no preview, log or plain state shows it",
    of: (objects) =>
        objects
            .filter(({ kind }) => kind === "Secret")
            .flatMap(({ kind, name, inputs }) =>
                ["data", "stringData"].flatMap((key) => {
                    const content = inputs[key];
                    if (content === undefined || content === null || isSealed(content)) return [];
                    const open = Object.entries(content as object).filter(([, value]) => !isSealed(value));
                    return open.map(([field]) => ({ of: `${kind} ${name}`, what: `${key}.${field} is not sealed` }));
                }),
            ),
};

/** The CLI shows a sealed value as "[secret]". */
const isSealed = (value: unknown) =>
    value === "[secret]" || (typeof value === "object" && value !== null && seal in (value as Record<string, unknown>));

interface Port {
    spec?: { type?: string; externalIPs?: string[] };
}

const doors: Rule = {
    id: "services.doors",
    asks: "no Service is of type LoadBalancer or has external addresses: what is open to others is a NodePort that the settings name",
    of: (objects) =>
        objects
            .filter(({ kind }) => kind === "Service")
            .flatMap(({ kind, name, inputs: { spec } }) => {
                const { type, externalIPs = [] } = (spec ?? {}) as NonNullable<Port["spec"]>;
                const what = [...(type === "LoadBalancer" ? ["type LoadBalancer"] : []), ...externalIPs];
                return what.map((text) => ({ of: `${kind} ${name}`, what: text }));
            }),
};

export const rules: Rule[] = [
    ...[restricted, rootFileSystem, limits, accounts, rights, images, environment, sealed, doors, networkNamed],
];

/** What does not hold and may: rule, object, and why. */
export const exceptions: { rule: string; of: RegExp; why: string }[] = [
    {
        rule: "pods.read-only",
        of: /^M3DBCluster /,
        why: "an M3DBCluster has no place for the volumes that a read-only image would need (m3db-operator 0.14)",
    },
    {
        rule: "network.named",
        of: new RegExp(`^${withoutPolicies}$`),
        why: "they are off unless told, since an API server may reach pods from an address that only the site knows (docs/threat-model.md)",
    },
];

export interface Judged {
    breaches: Breach[];
    /** Those that an exception names. */
    excepted: (Breach & { why: string })[];
    pods: number;
    objects: number;
}

export function judgePolicy(objects: Declared[]): Judged {
    const all = rules.flatMap((rule) => rule.of(objects).map((breach) => ({ rule: rule.id, ...breach })));
    const exceptionOf = (breach: Breach) =>
        exceptions.find(({ rule, of }) => rule === breach.rule && of.test(breach.of));
    return {
        breaches: all.filter((breach) => !exceptionOf(breach)),
        excepted: all.flatMap((breach) => {
            const exception = exceptionOf(breach);
            return exception ? [{ ...breach, why: exception.why }] : [];
        }),
        pods: podsIn(objects).length,
        objects: objects.length,
    };
}
