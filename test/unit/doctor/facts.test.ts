import assert from "node:assert/strict";
import { execFileSync } from "node:child_process";
import { ClockProbe } from "../../../operations/doctor/clock.ts";
import { parseFacts } from "../../../operations/doctor/facts.ts";
import { failureOf } from "../../../operations/doctor/gather.ts";
import { factsScript } from "../../../operations/doctor/script.ts";
import { sourceOf } from "../../../operations/doctor/settings.ts";
import { UserError } from "../../../support/errors.ts";
import { SshError } from "../../../support/ssh.ts";
import { told } from "./fixtures.ts";

const clock = { offset: 0, error: 0.001 };

describe("doctor: what a host tells", () => {
    it("is read line by line", () => {
        assert.deepEqual(parseFacts(told, clock), {
            root: { ok: true, by: "root" },
            os: {
                id: "rocky",
                like: ["rhel", "centos", "fedora"],
                version: "8.9",
                name: "Rocky Linux 8.9 (Green Obsidian)",
            },
            kernel: "4.18.0-513.5.1.el8_9.x86_64",
            architecture: "x86_64",
            bootId: "00000000-0000-4000-8000-000000000001",
            cores: 4,
            memoryMi: 7802,
            swapMi: 0,
            disks: [
                { path: "/var/lib/kubelet", mount: "/", sizeMi: 61440, freeMi: 51200 },
                { path: "/boot", mount: "/boot", sizeMi: 1014, freeMi: 742 },
            ],
            kubelet: { unit: "kubelet", state: "active" },
            firewalld: false,
            ntp: true,
            sysctls: {
                "vm.max_map_count": 3_000_000,
                "fs.file-max": 2 ** 63,
                "fs.nr_open": 3_000_000,
                "vm.swappiness": 1,
            },
            openFiles: { runtime: "containerd", limit: 3_000_000, configured: 3_000_000 },
            clock,
        });
    });

    it("may lack what the host does not know", () => {
        const facts = parseFacts("uid=0\nkernel=6.1\nkubelet=kubelet \nntp=\ndisk./boot=\nclock=ready\n", undefined);
        assert.ok(facts);
        const { os, cores, memoryMi, kubelet, ntp, openFiles, clock, disks, sysctls } = facts;
        assert.deepEqual(
            [os, cores, memoryMi, kubelet, ntp, openFiles, clock],
            [undefined, undefined, undefined, undefined, undefined, undefined, undefined],
        );
        assert.deepEqual([disks, sysctls], [[], {}]);
    });

    it("tells how sudo refuses another user than root", () => {
        const root = (lines: string) => parseFacts(`${lines}\nkernel=6.1\nclock=ready`, clock)?.root;
        assert.deepEqual(root("uid=1000\nsudo=yes"), { ok: true, by: "sudo" });
        const refused = root("uid=1000\nsudo=sudo: a password is required");
        assert.deepEqual(refused, { ok: false, why: "sudo a password is required" });
        assert.deepEqual(root("uid=1000\nsudo=is not installed"), { ok: false, why: "sudo is not installed" });
    });

    it("is not spoilt by a talkative shell, and is nothing when the script did not come to its end", () => {
        const noisy = `Welcome to example!\nLANG=de\n=== 100%\n${told}kernel=other\n`;
        assert.deepEqual(parseFacts(noisy, clock), parseFacts(told, clock));
        assert.equal(parseFacts(told.slice(0, told.indexOf("clock=")), clock), undefined);
        assert.equal(parseFacts("This account is currently not available.\n", undefined), undefined);
    });

    it("comes out of the script, on this machine too; nothing in a path is expanded", () => {
        const script = factsScript({ sysctls: ["vm.swappiness"], paths: ["/", "/none/$(echo x)/'y'"] });
        const facts = parseFacts(execFileSync("sh", ["-c", script], { encoding: "utf8", input: "\n" }), clock);
        assert.ok(facts);
        assert.match(facts.kernel, /^\d+\.\d+/);
        assert.ok((facts.cores ?? 0) > 0 && (facts.memoryMi ?? 0) > 0);
        assert.deepEqual(
            facts.disks.map(({ path }) => path),
            ["/", "/none/$(echo x)/'y'"],
        );
        assert.equal(facts.disks[0]?.sizeMi, facts.disks[1]?.sizeMi);
        assert.ok(Number.isInteger(facts.sysctls["vm.swappiness"]));
    });
});

describe("doctor: a host's clock", () => {
    /** A host that is `ahead` seconds ahead and answers after the given milliseconds, one for each question. */
    const ask = (ahead: number, trips: number[], digits = 3) => {
        let now = 1_795_000_000_000;
        let questions = 0;
        const probe = new ClockProbe(() => now);
        probe.stdin.on("data", () => {
            questions++;
        });
        probe.hear("kernel=6.1");
        probe.hear("clock=ready");
        for (const trip of trips) {
            now += trip / 2;
            const there = (now / 1000 + ahead).toFixed(digits);
            now += trip / 2;
            probe.hear(`clock=${digits === 0 ? `${Math.floor(now / 1000 - trip / 2000 + ahead)}.%N` : there}`);
        }
        return { best: probe.best, probe, questions: () => questions };
    };

    it("is measured from the middle of the quickest round trip", () => {
        const { best } = ask(-2.25, [400, 30, 900]);
        assert.ok(best);
        assert.ok(Math.abs(best.offset + 2.25) < 0.001, `${best.offset}`);
        assert.equal(best.error, 0.015);
    });

    it("is asked for until it is known well enough, and no longer", async () => {
        const quick = ask(0, [8]);
        await new Promise((resolve) => quick.probe.stdin.once("end", resolve));
        assert.equal(quick.questions(), 1);
        const slow = ask(0, Array(8).fill(300));
        await new Promise((resolve) => slow.probe.stdin.once("end", resolve));
        assert.equal(slow.questions(), 8);
    });

    it("without fractions is known to half a second; without sense not at all", () => {
        const { best } = ask(0, [4], 0);
        assert.ok(best && best.error >= 0.5 && Math.abs(best.offset) <= best.error);
        const probe = new ClockProbe();
        probe.hear("clock=ready");
        probe.hear("clock=date");
        assert.equal(probe.best, undefined);
    });
});

describe("doctor: a host that was not reached", () => {
    it("is told in the words of the error, with its kind", () => {
        const problem = { what: "the host has no such user, or does not know the key", next: "add the key" };
        assert.deepEqual(failureOf(new SshError("key", "ann@h:22 does not accept the key", problem)), {
            state: "failed",
            fault: "key",
            what: "ann@h:22 does not accept the key",
            why: problem.what,
            next: problem.next,
        });
        const unread = failureOf(new UserError("the private key cannot be read", { what: "/k", why: "ENOENT" }));
        assert.deepEqual(unread, {
            state: "failed",
            fault: "settings",
            what: "the private key cannot be read",
            why: "/k: ENOENT",
        });
        assert.throws(() => failureOf(new TypeError("a fault of ours")), TypeError);
    });
});

describe("doctor: a stack's settings without Pulumi", () => {
    it("are handed on as Pulumi does: texts as they are, the rest as JSON", () => {
        const text = `config:
  m3perf:site: lab
  m3perf:m3db: {memory: 3Gi, numberOfShards: 128}
  m3perf:hosts:
    tuning: true
`;
        assert.deepEqual(sourceOf(text), {
            config: {
                "m3perf:site": "lab",
                "m3perf:m3db": '{"memory":"3Gi","numberOfShards":128}',
                "m3perf:hosts": '{"tuning":true}',
            },
            unread: [],
        });
        assert.deepEqual(sourceOf(""), { config: {}, unread: [] });
    });

    it("leave secrets out and name them", () => {
        const text = `config:
  m3perf:sshPrivateKey: {secure: v1:abc}
  m3perf:kernel:
    version: latest
    proxy: {secure: v1:def}
    list: [a, {secure: v1:ghi}]
`;
        const { config, unread } = sourceOf(text);
        assert.deepEqual(unread, ["m3perf:sshPrivateKey", "m3perf:kernel.proxy", "m3perf:kernel.list[1]"]);
        assert.equal(config["m3perf:sshPrivateKey"], undefined);
        assert.deepEqual(JSON.parse(config["m3perf:kernel"] ?? ""), { version: "latest", list: ["a"] });
    });
});
