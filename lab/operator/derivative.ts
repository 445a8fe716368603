/**
 * Whether `actual` has everything that `wanted` says, so that what the API server defaulted is no difference. As in
 * Kubernetes' DeepDerivative (apimachinery, third_party/forked/golang/reflect), an absent, empty, zero or false value in `wanted`
 * says nothing, nor does a list that is shorter. Quantities are compared by
 * their value, since the API server rewrites them ("1024Mi" becomes "1Gi").
 */
export function isDerivative(wanted: unknown, actual: unknown, quantities = false): boolean {
    if (isEmpty(wanted)) return true;
    if (Array.isArray(wanted)) {
        if (!Array.isArray(actual) || actual.length < wanted.length) return false;
        return wanted.every((item, index) => isDerivative(item, actual[index], quantities));
    }
    if (typeof wanted === "object") {
        if (typeof actual !== "object" || actual === null || Array.isArray(actual)) return false;
        return Object.entries(wanted as object).every(([key, value]) =>
            isDerivative(
                value,
                (actual as Record<string, unknown>)[key],
                quantities || key === "limits" || key === "requests",
            ),
        );
    }
    if (wanted === actual) return true;
    return quantities && quantity(wanted) !== undefined && quantity(wanted) === quantity(actual);
}

function isEmpty(value: unknown): boolean {
    if (value === undefined || value === null || value === "" || value === 0 || value === false) return true;
    return typeof value === "object" && Object.keys(value).length === 0;
}

const scales: Record<string, number> = {
    n: 1e-9,
    u: 1e-6,
    m: 1e-3,
    "": 1,
    k: 1e3,
    M: 1e6,
    G: 1e9,
    T: 1e12,
    P: 1e15,
    E: 1e18,
    Ki: 2 ** 10,
    Mi: 2 ** 20,
    Gi: 2 ** 30,
    Ti: 2 ** 40,
    Pi: 2 ** 50,
    Ei: 2 ** 60,
};

/** The value of a Kubernetes quantity, to nine digits; undefined for anything else. */
export function quantity(value: unknown): number | undefined {
    const [, digits, suffix = ""] =
        /^([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)([a-zA-Z]*)$/.exec(String(value)) ?? [];
    const scale = scales[suffix];
    return digits === undefined || scale === undefined ? undefined : Number((Number(digits) * scale).toPrecision(12));
}
