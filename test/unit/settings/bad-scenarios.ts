/** A wrong setting: what it is, the stack's configuration, the path and the value that the message shows, what it says. */
export type BadScenario = [what: string, config: Record<string, unknown>, path: string, value: unknown, says: RegExp];

const write = "/api/v1/prom/remote/write";
const read = "/api/v1/prom/remote/read";
const writeTo = (url: string) => ({ prometheus: { remoteWrite: { url } } });
const readFrom = (url: string) => ({ prometheus: { remoteRead: { url } } });
const raw = { name: "default", retention: "48h" };
const namespaces = (...list: unknown[]) => ({ m3db: { namespaces: list } });
const kernel = (more: object) => ({ kernel: { version: "latest", ...more } });
/** Its hosts answer no SSH; those of the site of all the others do. */
const site = "sites/reference.yaml";
const tenSeconds = { name: "ten", retention: "48h", resolution: "10s" };

// biome-ignore format: a line or two for each
const keys: BadScenario[] = [
    ["a mistyped key", { etdc: { members: 3 } }, "m3perf:etdc", { members: 3 }, /is not known: did you mean etcd\?/],
    ["a mistyped site", { iste: "lab" }, "m3perf:iste", "lab", /did you mean site\?/],
    ["a mistyped key in a group", { m3db: { numberOfShard: 64 } },
        "m3perf:m3db.numberOfShard", 64, /did you mean numberOfShards\?/],
    ["a key that is like no other", { etcd: { zzzzzz: 1 } },
        "m3perf:etcd.zzzzzz", 1, /is not known: there are: members, storage, memory, cpu/],
    ["a mistyped key in a list", namespaces({ ...raw, retenton: "1h" }),
        "m3perf:m3db.namespaces[0].retenton", "1h", /did you mean retention\?/],
    ["a mistyped key in place of a required one", namespaces({ name: "default", retension: "48h" }),
        "m3perf:m3db.namespaces[0].retension", "48h", /did you mean retention\?/],
    ["a required key that is missing", namespaces({ retention: "48h" }),
        "m3perf:m3db.namespaces[0].name", undefined, /is missing; it must be/],
    ["a namespace that is a number", { namespace: "0x7" }, "m3perf:namespace", "0x7", /must be a name that is no number/],
    ["an empty group", { m3db: null }, "m3perf:m3db", null, /is empty; it must be a map of settings/],
    ["a text for a group", { coordinator: "two" }, "m3perf:coordinator", "two", /must be a map of settings/],
    ["a list for a group", { query: [1] }, "m3perf:query", [1], /must be a map of settings/],
    ["a map for a list", { m3db: { namespaces: { default: raw } } },
        "m3perf:m3db.namespaces", { default: raw }, /must be a list/],
    ["a group for a text", { namespace: { name: "m3db" } }, "m3perf:namespace", { name: "m3db" }, /must be a text/],
];

// biome-ignore format: a line or two for each
const units: BadScenario[] = [
    ["a fraction of an hour", namespaces({ ...raw, retention: "1.5h" }),
        "m3perf:m3db.namespaces[0].retention", "1.5h", /write "1h30m"/],
    ["days", namespaces({ ...raw, retention: "2d" }), "m3perf:m3db.namespaces[0].retention", "2d", /write "48h"/],
    ["milliseconds", namespaces(raw, { ...tenSeconds, resolution: "500ms" }),
        "m3perf:m3db.namespaces[1].resolution", "500ms", /a second is the finest/],
    ["a bare number of hours", namespaces({ ...raw, retention: 48 }),
        "m3perf:m3db.namespaces[0].retention", 48, /with its unit, "48h"/],
    ["a duration of nothing", namespaces({ ...raw, retention: "0s" }),
        "m3perf:m3db.namespaces[0].retention", "0s", /longer than zero/],
    ["words for a duration", namespaces({ ...raw, blockSize: "two hours" }),
        "m3perf:m3db.namespaces[0].blockSize", "two hours", /like "48h" or "1h30m"/],
    ["a duration that Go cannot count", namespaces({ ...raw, retention: "9999999h" }),
        "m3perf:m3db.namespaces[0].retention", "9999999h", /at most 2562047h/],
    ["memory in thousandths of a byte", { etcd: { memory: "256m" } }, "m3perf:etcd.memory", "256m", /write "256Mi"/],
    ["memory without its unit", { m3db: { memory: "4096" } },
        "m3perf:m3db.memory", "4096", /is 4096 bytes, less than a mebibyte/],
    ["memory as a number", { m3db: { memory: 4 } },
        "m3perf:m3db.memory", 4, /must be a Kubernetes quantity.* a text with its unit/],
    ["memory in GB", { query: { memory: "4GB" } }, "m3perf:query.memory", "4GB", /write "4Gi"/],
    ["a volume beyond all bounds", { m3db: { storage: "8Ei" } }, "m3perf:m3db.storage", "8Ei", /at most 7Ei/],
    ["a fraction of a byte", { m3db: { storage: "0.1Gi" } }, "m3perf:m3db.storage", "0.1Gi", /a whole number of bytes/],
    ["no memory", { aggregator: { memory: "0" } }, "m3perf:aggregator.memory", "0", /is 0 bytes/],
    ["cores as a number", { coordinator: { cpu: 2 } }, "m3perf:coordinator.cpu", 2, /write "2"/],
    ["too fine a part of a core", { coordinator: { cpu: "0.0001" } },
        "m3perf:coordinator.cpu", "0.0001", /thousandths of a core/],
    ["no core at all", { etcd: { cpu: "0m" } }, "m3perf:etcd.cpu", "0m", /more than zero/],
];

// biome-ignore format: a line or two for each
const values: BadScenario[] = [
    ["a layout that is none", { isolation: "shared" }, "m3perf:isolation", "shared", /must be dedicated or colocated/],
    ["yes for true", { query: { requireExhaustive: "yes" } },
        "m3perf:query.requireExhaustive", "yes", /true or false: write true/],
    ["a number for true", { hosts: { tuning: 1 } }, "m3perf:hosts.tuning", 1, /must be true or false/],
    ["half a replica", { coordinator: { replicas: 1.5 } },
        "m3perf:coordinator.replicas", 1.5, /a whole number, at least 1/],
    ["no replica", { query: { replicas: 0 } }, "m3perf:query.replicas", 0, /must be at least 1/],
    ["a NodePort out of range", { query: { nodePort: 8080 } }, "m3perf:query.nodePort", 8080, /30000 to 32767/],
    ["too many shards", { m3db: { numberOfShards: 5000 } }, "m3perf:m3db.numberOfShards", 5000, /at most 4096/],
    ["a namespace in capitals", { namespace: "M3DB" },
        "m3perf:namespace", "M3DB", /lower-case letters, digits and dashes/],
    ["a name with spaces", namespaces({ ...raw, name: "a b" }),
        "m3perf:m3db.namespaces[0].name", "a b", /letters, digits, dots, dashes, underscores/],
    ["an address that is none", writeTo("m3coordinator:7201"),
        "m3perf:prometheus.remoteWrite.url", "m3coordinator:7201", /must be an http or https URL/],
    ["a kernel of no version", { kernel: { version: "newest" } },
        "m3perf:kernel.version", "newest", /"latest" or a version of kernel-ml/],
    ["a mirror that is no URL", kernel({ repositories: { base: "mirror" } }),
        "m3perf:kernel.repositories.base", "mirror", /http or https URL/],
    ["a password in a proxy's URL", kernel({ proxy: "http://a:b@c" }),
        "m3perf:kernel.proxy", "http://(not shown)@c", /without a user and password/],
    ["a repository id with a space", kernel({ repositories: { "a b": "http://c" } }),
        "m3perf:kernel.repositories.a b", "http://c", /must be a repository id/],
    ["a roll without an id", { roll: {} }, "m3perf:roll.id", undefined, /is missing; it must be/],
];

// biome-ignore format: a line or two for each
const rules: BadScenario[] = [
    ["an even number of etcd members", { etcd: { members: 2 } },
        "m3perf:etcd.members", 2, /1, 3 or 5 \(a quorum is a majority\)/],
    ["more etcd members than nodes", { etcd: { members: 5 } }, "m3perf:etcd.members", 5, /lose the quorum together/],
    ["a single etcd member", { etcd: { members: 1 } }, "m3perf:etcd.members", 1, /loses the quorum with one node/],
    ["an even number of replicas", { m3db: { replicationFactor: 4 } },
        "m3perf:m3db.replicationFactor", 4, /odd and at least 3/],
    ["more replicas than isolation groups", { m3db: { replicationFactor: 5 } },
        "m3perf:m3db.replicationFactor", 5, /two replicas on one node/],
    ["more coordinators than nodes", { coordinator: { replicas: 3 } },
        "m3perf:coordinator.replicas", 3, /more than the 2 node\(s\) with the role coordinator/],
    ["one NodePort twice", { query: { nodePort: 32555 } },
        "m3perf:query.nodePort", 32555, /is m3perf:coordinator\.nodePort too/],
    ["more memory than a node has", { m3db: { memory: "8Gi" } },
        "m3perf:m3db.memory", "8192Mi", /too much for worker-1 \(8Gi\): m3db 8192Mi \+ etcd 256Mi = 8448Mi/],
    ["more memory reserved than may be used", { m3db: { memory: "4Gi", memoryRequest: "5Gi" } },
        "m3perf:m3db.memoryRequest", "5Gi", /is more than the pod may use \(m3perf:m3db\.memory, 4096Mi\)/],
    ["more cores than a node has", { coordinator: { cpu: "4" } },
        "m3perf:coordinator.cpu", "4000m", /too much for worker-4 \(4 cores\)/],
    ["no unaggregated namespace", namespaces(tenSeconds), "m3perf:m3db.namespaces", ["ten"], /every plain write fails/],
    ["two unaggregated namespaces", namespaces(raw, { ...raw, name: "b" }),
        "m3perf:m3db.namespaces", ["default", "b"], /only one without a resolution/],
    ["one name twice", namespaces(raw, { ...tenSeconds, name: "default" }),
        "m3perf:m3db.namespaces[1].name", "default", /is the name of namespaces\[0\] too/],
    ["one retention and resolution twice", namespaces(raw, tenSeconds, { name: "other", retention: "47h60m", resolution: "10s" }),
        "m3perf:m3db.namespaces[2]", "10s:47h60m", /of namespaces\[1\]: M3 tells aggregated namespaces apart by that pair/],
    ["a block longer than the retention", namespaces({ ...raw, retention: "1h" }),
        "m3perf:m3db.namespaces[0].blockSize", "2h", /not be longer than the retention, 1h/],
    ["a block no longer than a sample may be late", namespaces({ ...raw, blockSize: "20m" }),
        "m3perf:m3db.namespaces[0].blockSize", "20m", /must be longer than 20m/],
    ["a resolution longer than a block", namespaces(raw, { ...tenSeconds, resolution: "3h" }),
        "m3perf:m3db.namespaces[1].resolution", "3h", /not be longer than a block, 2h/],
];

const at = { write: "m3perf:prometheus.remoteWrite.url", read: "m3perf:prometheus.remoteRead.url" };
// biome-ignore format: a line or two for each
const urls: BadScenario[] = [
    ["writes to the query service",
        ...toWrite(`http://m3query.m3db:7201${write}`, /points to m3query, which takes no writes/)],
    ["writes to the query's NodePort", ...toWrite(`http://192.0.2.11:32558${write}`, /points to m3query/)],
    ["writes to a NodePort for metrics",
        ...toWrite(`http://192.0.2.11:32556${write}`, /port 32556 of a node, and remote write is answered on 32555 \(m3coordinator\)$/)],
    ["writes to a node without a port", ...toWrite(`http://192.0.2.11${write}`, /port 80 of a node/)],
    ["writes to another path",
        ...toWrite("http://m3coordinator.m3db:7201/write", /must end in \/api\/v1\/prom\/remote\/write/)],
    ["writes to another port",
        ...toWrite(`http://m3coordinator.m3db:7203${write}`, /has the port 7203, and m3coordinator answers on 7201/)],
    ["writes by https", ...toWrite(`https://m3coordinator.m3db.svc:7201${write}`, /M3 speaks plain http/)],
    ["writes to no service of ours",
        ...toWrite(`http://m3coordinater.m3db:7201${write}`, /points to m3coordinater, which is no service .*did you mean m3coordinator\?/)],
    ["writes to the database",
        ...toWrite(`http://m3dbnode-m3-cluster.m3db:9003${write}`, /no service for remote write in namespace m3db: use m3coordinator/)],
    ["writes to Prometheus itself", ...toWrite(`http://localhost:7201${write}`, /is Prometheus' own pod/)],
    ["writes to a service without its namespace",
        ...toWrite(`http://m3coordinator:7201${write}`, /without its namespace, .* use m3coordinator\.m3db/)],
    ["reads from another namespace", readFrom(`http://m3query.old:7201${read}`),
        at.read, `http://m3query.old:7201${read}`, /points to the namespace old/],
    ["reads where writes go", readFrom(`http://m3query.m3db:7201${write}`),
        at.read, `http://m3query.m3db:7201${write}`, /must end in \/api\/v1\/prom\/remote\/read/],
    ["reads from a node's other port", readFrom(`http://worker-1:9090${read}`),
        at.read, `http://worker-1:9090${read}`, /answered on 32555 \(m3coordinator\) or 32558 \(m3query\)/],
];

function toWrite(url: string, says: RegExp): [Record<string, unknown>, string, string, RegExp] {
    return [writeTo(url), at.write, url, says];
}

const sends = (more: object) => ({ generator: { series: 100_000, ...more } });
// biome-ignore format: a line or two for each
const generator: BadScenario[] = [
    ["a generator without series", { generator: { workers: 2 } }, "m3perf:generator.series", undefined, /is missing/],
    ["a generator's kinds that are not all", sends({ kinds: { counter: 50, gauge: 30, histogram: 10 } }),
        "m3perf:generator.kinds", { counter: 50, gauge: 30, histogram: 10 }, /do not add up to 100/],
    ["a generator's batch that no worker can fill", sends({ series: 1000, workers: 4, batch: 500 }),
        "m3perf:generator.batch", 500, /no request would be that large: this worker's series are 250/],
    ["a generator's batch that its first worker cannot fill", sends({ series: 110, workers: 2, batch: 60 }),
        "m3perf:generator.batch", 60, /no request would be that large: this worker's series are 50/],
    ["a generator's churn that outruns its samples", sends({ churn: 100_000 }),
        "m3perf:generator.churn", 100_000, /each series would be replaced after 3600 ms/],
    ["more than one worker can send", sends({ series: 5_000_000, interval: "10s", memory: "4Gi" }),
        "m3perf:generator.workers", 1, /500000 samples\/s of one worker take \d+m of CPU, and it uses one core at most: \d or more/],
    ["more than a worker's CPU sends", sends({ interval: "1s", cpu: "100m" }),
        "m3perf:generator.cpu", "100m", /100000 samples\/s of one worker take \d{3}m: at least that, or more workers/],
    ["more series than a worker's memory holds", sends({ series: 1_000_000, interval: "60s" }),
        "m3perf:generator.memory", "256Mi", /is too little for 1000000 series of one worker: \d+Mi at least/],
    ["a generator that its nodes do not hold", sends({ workers: 200, cpu: "1m" }),
        "m3perf:generator.memory", "51200Mi", /too much for repository \(\d+Gi\): generator \(200 workers\)/],
    ["a generator on M3DB's nodes", sends({ role: "m3db" }), "m3perf:generator.role", "m3db", /must be repository, coordinator or/],
];

// biome-ignore format: a line or two for each
const hosts: BadScenario[] = [
    ["a kernel upgrade of hosts that do not answer", { site, kernel: { version: "latest" } },
        "m3perf:kernel.version", "latest", /no node of site reference has SSH settings/],
    ["a roll of a node that is none", { roll: { id: "a", nodes: ["wroker-1"] } },
        "m3perf:roll.nodes[0]", "wroker-1", /is no node of site reference/],
    ["tuning of hosts that do not answer", { site, hosts: { tuning: true } },
        "m3perf:hosts.tuning", true, /no node of site reference has SSH settings/],
];

export const badScenarios: BadScenario[] = [...keys, ...units, ...values, ...rules, ...urls, ...generator, ...hosts];
