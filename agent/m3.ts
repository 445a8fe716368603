/** M3's admin API as the set-up needs it. This folder runs in a pod, without npm packages: only Node itself. */

export interface PlacedInstance {
    id: string;
    endpoint: string;
    /** `cutoverNanos`: not in use before that; absent: at once. */
    shards?: { id: number; state: string; cutoverNanos?: string }[];
}

export interface Placement {
    instances?: Record<string, PlacedInstance>;
    numShards?: number;
    replicaFactor?: number;
}

export interface Topic {
    name: string;
    numberOfShards: number;
    consumerServices?: { serviceId: { name: string; environment: string; zone: string }; consumptionType: string }[];
}

export interface Namespaces {
    [name: string]: { stagingState?: { status?: string } };
}

/** M3 answered, but not with success. */
export class M3Error extends Error {
    readonly status: number;

    constructor(status: number, text: string) {
        super(text);
        this.status = status;
    }
}

export type Headers = Record<string, string>;

export interface M3 {
    get<T>(path: string, headers?: Headers): Promise<T>;
    /** undefined when M3 answers 404. */
    find<T>(path: string, headers?: Headers): Promise<T | undefined>;
    post<T>(path: string, body: unknown, headers?: Headers): Promise<T>;
}

/** A coordinator's API; `environment` goes with every call, as the operator does it (facts.md 4). Seconds. */
export function m3At(url: string, environment: string, timeout = 30): M3 {
    async function call<T>(method: string, path: string, body: unknown, headers: Headers): Promise<T> {
        const response = await fetch(`${url}${path}`, {
            method,
            headers: { "Cluster-Environment-Name": environment, "Content-Type": "application/json", ...headers },
            signal: AbortSignal.timeout(timeout * 1000),
            ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        }).catch((error: unknown) => {
            throw new Error(`${method} ${url}${path}: ${reasonOf(error)}`);
        });
        const text = await response.text();
        if (!response.ok) {
            throw new M3Error(
                response.status,
                `${method} ${path}: HTTP ${response.status} ${text.trim().slice(0, 300)}`,
            );
        }
        return (text === "" ? {} : JSON.parse(text)) as T;
    }
    return {
        get: (path, headers = {}) => call("GET", path, undefined, headers),
        post: (path, body, headers = {}) => call("POST", path, body, headers),
        async find<T>(path: string, headers: Headers = {}) {
            try {
                return await call<T>("GET", path, undefined, headers);
            } catch (error) {
                if (error instanceof M3Error && error.status === 404) return undefined;
                throw error;
            }
        },
    };
}

/** fetch hides the reason ("ECONNREFUSED") in the error's cause. */
function reasonOf(error: unknown): string {
    if (!(error instanceof Error)) return String(error);
    return error.cause instanceof Error ? error.cause.message || String(error.cause) : error.message;
}
