import { type Declared, podsIn } from "./declared.ts";
import { type LabelSelector, type NetworkPolicy, type Port, selectsPod, typesOf } from "./network-policy.ts";
import type { Rule } from "./rules.ts";

/** The policies that a preview declares. */
const policiesIn = (objects: Declared[]): NetworkPolicy[] =>
    objects.filter(({ kind }) => kind === "NetworkPolicy").map(({ inputs }) => inputs as unknown as NetworkPolicy);

/** What stands for all of the rule's breaches where a stack wants no policies. */
export const withoutPolicies = "the stack";

const isEmpty = ({ matchLabels = {}, matchExpressions = [] }: LabelSelector = {}) =>
    Object.keys(matchLabels).length === 0 && matchExpressions.length === 0;

/** One that selects every pod of its namespace names none. */
const names = (policy: NetworkPolicy) => typesOf(policy).includes("Ingress") && !isEmpty(policy.spec.podSelector);

export const networkNamed: Rule = {
    id: "network.named",
    asks: "every pod is named by a NetworkPolicy, and none lets in whoever is not named (it takes a network that enforces policies; the lab's does not)",
    of(objects) {
        const policies = policiesIn(objects);
        const pods = podsIn(objects);
        if (pods.length > 0 && !policies.some(names))
            return [
                { of: withoutPolicies, what: "no NetworkPolicy names a pod: m3perf:networkPolicies is not enabled" },
            ];
        const nameless = pods.filter((pod) => !policies.some((policy) => names(policy) && selectsPod(policy, pod)));
        return [
            ...nameless.map(({ of }) => ({ of, what: "no NetworkPolicy names it" })),
            ...policies.flatMap((policy) =>
                opened(policy).map((what) => ({ of: `NetworkPolicy ${policy.metadata.name}`, what })),
            ),
        ];
    },
};

/** Policies add up: one that lets everybody in undoes all others. A port that is open to all is a door, and named. */
function opened({ spec }: NetworkPolicy): string[] {
    return (spec.ingress ?? []).flatMap(({ from = [], ports = [] }) => {
        const everyPort = ports.length === 0 || ports.some(isEvery);
        if (from.length === 0) return everyPort ? ["lets everybody in, to every port"] : [];
        // Beside others who are named this is no door: it is the rule of all that takes traffic from them.
        if (from.some(({ ipBlock }) => ipBlock && everyAddress.test(ipBlock.cidr)))
            return [`lets everybody in${everyPort ? ", to every port" : ""}, by an address of length 0`];
        const wide = from.filter(
            ({ ipBlock, podSelector, namespaceSelector }) =>
                !ipBlock && namesNone(podSelector) && (namespaceSelector === undefined || namesNone(namespaceSelector)),
        );
        return wide.map(
            ({ namespaceSelector }) => `lets in every pod of ${namespaceSelector ? "the cluster" : "its namespace"}`,
        );
    });
}

const everyAddress = /\/0+$/;

const isEvery = ({ port, endPort = 0 }: Port) => port === undefined || (Number(port) <= 1 && endPort >= 65_535);

/** It says whom it does not select, or asks for what each namespace has. */
const namesNone = ({ matchLabels = {}, matchExpressions = [] }: LabelSelector = {}) =>
    Object.keys(matchLabels).length === 0 &&
    matchExpressions.every(
        ({ key, operator }) =>
            operator === "NotIn" ||
            operator === "DoesNotExist" ||
            (operator === "Exists" && key === "kubernetes.io/metadata.name"),
    );
