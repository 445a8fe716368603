import assert from "node:assert/strict";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { kwok } from "../../../bench/simulated-nodes.ts";
import { buildFailure, isPassing } from "../../../lab/tools/build.ts";
import {
    buildFlags,
    cacheKey,
    type GoEnvironment,
    goCommandEnvironment,
    goNeeded,
    manifestDir,
} from "../../../lab/tools/go.ts";
import { planBuilds, runAtOnce } from "../../../lab/tools/plan.ts";
import { extraSets, type SetName, type ToolSet, toolSets } from "../../../lab/tools/sets.ts";

const go: GoEnvironment = {
    version: "1.26.8",
    platform: "linux/amd64",
    cgo: true,
    flags: "",
    modules: "/m",
    buildCache: "/b",
    proxy: "https://proxy.example",
};
const [first] = toolSets;
assert.ok(first);

/** Module → version of a manifest's require lines. */
async function requirements(name: string): Promise<Map<string, string>> {
    const text = await readFile(join(manifestDir({ name: name as SetName }), "go.mod"), "utf8");
    return new Map(
        [...text.matchAll(/^(?:require )?\s*(\S+) (v\S+)(?: \/\/ indirect)?$/gm)].map(
            ([, module = "", version = ""]) => [module, version],
        ),
    );
}

describe("tools: manifests", () => {
    it("every set has one, with the version that the set says, locked by go.sum", async () => {
        for (const set of [...toolSets, ...extraSets]) {
            const manifest = await readFile(join(manifestDir(set), "go.mod"), "utf8");
            const sums = await readFile(join(manifestDir(set), "go.sum"), "utf8");
            const packages = Object.values(set.binaries).map((name) =>
                name === "." ? "github.com/coredns/coredns" : name,
            );
            for (const name of packages) {
                const line = manifest
                    .split("\n")
                    .map((text) =>
                        text
                            .trim()
                            .replace(/^require /, "")
                            .split(" "),
                    )
                    .find(([module, version]) => version?.startsWith("v") && `${name}/`.startsWith(`${module}/`));
                assert.equal(line?.[1], `v${set.version}`, name);
                assert.ok(sums.includes(`${line?.[0]} v${set.version} h1:`), name);
            }
        }
    });

    // Each has its own manifest, and another version of one small library makes Go compile all that stands on it again.
    const apart = {
        "kubernetes coredns":
            /^github\.com\/(coreos\/go-systemd\/v22|miekg\/dns|prometheus\/(client_golang|common|procfs))$|^google\.golang\.org\/(grpc|genproto\/.*)$/,
        "pulumi metrics-server": /^github\.com\/(Azure\/go-ansiterm|moby\/term)$/,
        "pulumi containerd": /^github\.com\/(Microsoft\/go-winio|go-ole\/go-ole)$|^golang\.org\/x\/mod$/,
    };
    for (const [names, others] of Object.entries(apart)) {
        it(`${names.replace(" ", " and ")} have the same version of what both compile`, async () => {
            const [a, b] = await Promise.all(names.split(" ").map((name) => requirements(name)));
            assert.ok(a && b);
            const shared = [...a.keys()].filter((module) => b.has(module) && !others.test(module));
            assert.ok(shared.length > 20, `${shared.length} modules`);
            const different = shared.filter((module) => a.get(module) !== b.get(module));
            assert.deepEqual(different, []);
        });
    }

    it("kwok's stages are of the kwok that is built", async () => {
        const [set] = extraSets;
        assert.ok(set);
        const sums = await readFile(join(manifestDir(set), "go.sum"), "utf8");
        assert.ok(sums.includes(`${kwok.path} ${kwok.version} ${kwok.sum}\n`));
    });

    it("the oldest Go that accepts them all is the newest that one asks for", async () => {
        assert.match(await goNeeded(toolSets), /^1\.26/);
        assert.equal(await goNeeded([]), "1.0");
    });
});

describe("tools: cache key", () => {
    let dir: string;
    beforeEach(async () => {
        dir = await mkdtemp(join(tmpdir(), "m3perf-key-"));
        await writeFile(join(dir, "go.mod"), "module a\n");
    });
    afterEach(() => rm(dir, { recursive: true }));

    it("is the same for the same input", async () => {
        assert.equal(
            await cacheKey(first, go, dir),
            await cacheKey(first, { ...go, proxy: "elsewhere", modules: "/x" }, dir),
        );
        assert.match(await cacheKey(first, go, dir), /^kubernetes-1\.35\.4-[0-9a-f]{16}$/);
    });

    it("changes with the manifest, a file's name, Go, the platform, cgo, the user's flags and ours", async () => {
        const keys = new Set([await cacheKey(first, go, dir)]);
        const changed: Partial<GoEnvironment>[] = [
            { version: "1.27" },
            { platform: "linux/arm64" },
            { cgo: false },
            { flags: "GOAMD64=v3" },
        ];
        for (const change of changed) keys.add(await cacheKey(first, { ...go, ...change }, dir));
        keys.add(await cacheKey({ ...first, variables: { "main.Version": "2" } }, go, dir));
        keys.add(await cacheKey({ ...first, binaries: { other: "." } }, go, dir));
        await writeFile(join(dir, "go.mod"), "module b\n");
        keys.add(await cacheKey(first, go, dir));
        await writeFile(join(dir, "go.sum"), "");
        keys.add(await cacheKey(first, go, dir));
        assert.equal(keys.size, 9);
    });
});

describe("tools: go commands", () => {
    it("keep the user's settings but never download a toolchain", () => {
        const environment = goCommandEnvironment({ GOPROXY: "https://p", GOFLAGS: "-x", GOTOOLCHAIN: "auto" });
        assert.deepEqual(environment, { GOPROXY: "https://p", GOFLAGS: "-x", GOTOOLCHAIN: "local", GOWORK: "off" });
    });

    it("set the version in the linker and leave no path of the machine in the binary", () => {
        const flags = buildFlags(first);
        assert.ok(flags.includes("-trimpath") && flags.includes("-mod=readonly") && flags.includes("-buildvcs=false"));
        assert.match(flags.join(" "), /-ldflags=-s -w .*-X k8s\.io\/component-base\/version\.gitVersion=v1\.35\.4/);
    });

    it("a failure is told with go's own words and what may help", () => {
        const failure = (output: string) => buildFailure(first, "kubelet", 1, output, go).message;
        const offline =
            'k8s.io/api/core/v1\ngo: k8s.io/api@v0.35.4: Get "https://proxy.example": dial tcp: no such host\n';
        assert.match(failure(offline), /no such host/);
        assert.match(
            failure(offline),
            /check that the Go module proxy is reachable \(GOPROXY=https:\/\/proxy\.example\)/,
        );
        assert.doesNotMatch(failure(offline), /^ *(why: )?k8s\.io\/api\/core\/v1$/m);
        assert.match(failure("write /b/x: no space left on device"), /free some disk.*\/m, \/b/);
        assert.match(failure("k8s.io/api: /usr/lib/go/compile: signal: killed"), /memory ran out/);
        assert.match(failure(""), /go said nothing/);
        const secret = { ...go, proxy: "https://me:secret@proxy.example,direct" };
        const message = buildFailure(first, "kubelet", 1, offline, secret).message;
        assert.match(message, /GOPROXY=https:\/\/…@proxy\.example,direct/);
    });

    it("a download that broke in the middle is worth another try; a proxy that is not there is not", () => {
        assert.ok(isPassing("go: k8s.io/api: reading https://proxy.example: 502 Bad Gateway"));
        assert.ok(isPassing("read tcp 10.0.0.1:4->10.0.0.2:443: connection reset by peer"));
        assert.ok(!isPassing("dial tcp 127.0.0.1:9: connect: connection refused"));
        assert.ok(!isPassing("./main.go:3:15: undefined: undefined"));
    });
});

describe("tools: plan of the builds", () => {
    const plan = (cores: number, freeMiB: number, sets: ToolSet[] = toolSets) => planBuilds(sets, { cores, freeMiB });

    const sets = (...names: string[]) => toolSets.filter(({ name }) => names.includes(name));

    it("sets of one manifest in a row, since the later find compiled what they share", () => {
        const { rows, atOnce } = plan(16, 128_000, sets("local-path-provisioner", "kubernetes"));
        assert.deepEqual(
            rows.map((row) => row.map(({ name }) => name)),
            [["kubernetes", "local-path-provisioner"]],
        );
        assert.equal(atOnce, 1);
    });

    it("longest first", () => {
        assert.equal(plan(2, 24_000).rows[0]?.[0]?.name, "kubernetes");
    });

    it("two at once on two cores with memory, one where memory is short", () => {
        assert.deepEqual([plan(2, 24_000).atOnce, plan(2, 24_000).jobs], [2, 2]);
        assert.deepEqual([plan(2, 6_000).atOnce, plan(2, 6_000).jobs], [1, 2]);
        assert.deepEqual([plan(2, 4_500).atOnce, plan(2, 4_500).jobs], [1, 1]);
    });

    it("one core builds one by one; many cores build more", () => {
        assert.deepEqual([plan(1, 24_000).atOnce, plan(1, 24_000).jobs], [1, 1]);
        assert.equal(plan(16, 128_000).atOnce, 5);
        assert.equal(plan(16, 128_000, sets("m3", "pulumi")).atOnce, 2);
    });

    it("says the choice and its reason", () => {
        assert.match(plan(2, 24_000).text, /2 sets at once, 2 compilers each, for 2 cores and 23 GiB of free memory/);
    });

    it("never more at once than planned; a failure starts nothing new", async () => {
        let running = 0;
        let most = 0;
        const done: number[] = [];
        const work = async (n: number) => {
            running += 1;
            most = Math.max(most, running);
            await new Promise((resolve) => setImmediate(resolve));
            running -= 1;
            done.push(n);
            if (n === 3) throw new Error("third");
        };
        await runAtOnce([1, 2], 2, work);
        assert.equal(most, 2);
        await assert.rejects(runAtOnce([3, 4, 5], 1, work), /third/);
        assert.deepEqual(done, [1, 2, 3]);
    });
});
