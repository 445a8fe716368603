import assert from "node:assert/strict";
import { labNodes } from "../../../operations/scenarios/nodes/lab.ts";
import { canScripts, healScripts, makeScripts } from "../../../operations/scenarios/nodes/scripts.ts";
import { type SiteHands, siteNodes } from "../../../operations/scenarios/nodes/ssh.ts";
import { checkPlan } from "../../../operations/scenarios/run/needs.ts";
import { heal, inFull, m3dbNode, powerOff, scenario, stopKubelet } from "../../../operations/scenarios/steps/index.ts";
import { siteSchema } from "../../../settings/site-file.ts";
import { UserError } from "../../../support/errors.ts";
import { exec } from "../../../support/exec.ts";
import { environment } from "../operations/healthy.ts";

function hostsWith(change: Partial<SiteHands> = {}) {
    const ran: string[] = [];
    const hands: SiteHands = {
        site: "sites/own.yaml",
        run: async (node, script) => {
            ran.push(`${node}: ${script}`);
            return { code: 0, output: "" };
        },
        noAccess: () => undefined,
        power: {
            off: ["ipmitool", "-H", "{node}-bmc", "power", "off"],
            on: ["ipmitool", "-H", "{node}-bmc", "power", "on"],
        },
        command: async (words) => void ran.push(words.join(" ")),
        ...change,
    };
    return { control: siteNodes(hands), ran };
}

describe("scenarios: nodes of a lab", () => {
    it("are failed and brought back by the lab's own commands", async () => {
        const words: string[] = [];
        const control = labNodes("mine", async (given) => void words.push(given.join(" ")));
        for (const fault of ["kubelet", "partition", "power"] as const) {
            assert.equal(await control.cannot(fault, "worker-1"), undefined);
            await control.make(fault, "worker-1");
            await control.heal(fault, "worker-1");
        }
        assert.deepEqual(
            words.map((line) => line.replace("node ", "").replace(" worker-1 --lab mine", "")),
            ["stop", "start", "partition", "heal", "power-off", "power-on"],
        );
    });
});

describe("scenarios: hosts of a site", () => {
    it("a kubelet and a network are failed over SSH, each with a timer on the host that undoes it", async () => {
        const { control, ran } = hostsWith();
        for (const fault of ["kubelet", "partition"] as const) {
            ran.length = 0;
            await control.make(fault, "worker-1");
            const [script = ""] = ran;
            const [timer, act] = [
                script.indexOf("systemd-run --unit=m3perf-heal-"),
                script.search(/\n(systemctl stop kubelet|nft -f)/),
            ];
            assert.ok(timer > 0 && act > timer, "the timer comes first");
            assert.match(script, /--on-active=1800s/);
            await control.heal(fault, "worker-1");
            assert.equal(ran[1], `worker-1: ${healScripts[fault]}`);
        }
    });

    it("power is switched by the site's commands, with the node's name in them", async () => {
        const { control, ran } = hostsWith();
        await control.make("power", "worker-1");
        await control.heal("power", "worker-1");
        assert.deepEqual(ran, ["ipmitool -H worker-1-bmc power off", "ipmitool -H worker-1-bmc power on"]);
    });

    it("what cannot be done is said with what to do about it", async () => {
        const none = hostsWith({ power: undefined }).control;
        const power = await none.cannot("power", "worker-1");
        assert.match(
            `${power?.what} ${power?.next}`,
            /worker-1 cannot be switched off: the site file sites\/own.yaml has no `power`.*add power:/,
        );
        const noSsh = { what: "worker-1 cannot be failed: no SSH" };
        assert.equal(await hostsWith({ noAccess: () => noSsh }).control.cannot("kubelet", "worker-1"), noSsh);
        const bare = hostsWith({ run: async () => ({ code: 1, output: "it has no nft" }) }).control;
        assert.equal((await bare.cannot("partition", "worker-1"))?.what, "worker-1: it has no nft");
        const dead = hostsWith({ run: async () => Promise.reject(new Error("no route")) }).control;
        assert.deepEqual(await dead.cannot("kubelet", "worker-1"), {
            what: "worker-1 does not answer SSH",
            why: "no route",
        });
    });

    it("a script that fails is told with its words", async () => {
        const { control } = hostsWith({ run: async () => ({ code: 1, output: "Unit kubelet.service not loaded." }) });
        await assert.rejects(
            control.make("kubelet", "worker-1"),
            /worker-1: the fault "kubelet" could not be made\n {2}Unit kubelet/,
        );
    });

    it("a network cut is told as healed, and its timer stopped, only where the rules are gone", async () => {
        const rules = "table inet m3perf_partition";
        const heal = async (nft: { tables?: string; deletes?: boolean }) => {
            const list =
                nft.tables === undefined ? "{ echo 'netlink: refused' >&2; return 1; }" : `echo '${nft.tables}'`;
            const script = [
                `nft() { case $1 in list) ${list} ;; *) echo "nft $*"; ${nft.deletes ? "true" : "false"} ;; esac; }`,
                'systemctl() { echo "systemctl $*"; }',
                healScripts.partition,
            ].join("\n");
            const { code, stdout } = await exec("sh", ["-s"], { input: script, timeout: 10 });
            return { code, did: stdout.trim().split("\n") };
        };
        const deleted = `nft delete ${rules}`;
        const stopped = "systemctl stop m3perf-heal-partition.timer";
        const tables = `table ip nat\n${rules}`;
        assert.deepEqual(await heal({ tables, deletes: true }), { code: 0, did: [deleted, stopped] });
        assert.deepEqual(await heal({ tables, deletes: false }), { code: 1, did: [deleted] });
        assert.deepEqual(await heal({ tables: "table ip nat" }), { code: 0, did: [stopped] });
        assert.deepEqual(await heal({}), { code: 1, did: [""] });
    });

    it("every script is one that sh takes, and the rules keep the way in", async () => {
        const scripts = [
            makeScripts("kubelet", 60),
            makeScripts("partition", 60),
            ...Object.values(canScripts),
            ...Object.values(healScripts),
        ];
        for (const script of scripts) {
            const { code, stderr } = await exec("sh", ["-n"], { input: script });
            assert.equal(code, 0, `${stderr}\n${script}`);
        }
        // What nft would be given, with the client's address and the server's port in it.
        const rules = makeScripts("partition", 60)
            .replace(/^[\s\S]*?(?=set -- )/, "")
            .replace("nft -f -", "cat");
        const { stdout } = await exec("sh", ["-s", "--", "10.0.0.9 50000 10.0.0.2 2222"], { input: rules });
        assert.match(stdout, /hook input .* policy drop; iif lo accept; ip saddr 10\.0\.0\.9 tcp dport 2222 accept;/);
        assert.match(stdout, /hook output .* policy drop; oif lo accept; ip daddr 10\.0\.0\.9 tcp sport 2222 accept;/);
        const six = await exec("sh", ["-s", "--", "fd00::9 50000 fd00::2 22"], { input: rules });
        assert.match(six.stdout, /ip6 saddr fd00::9 tcp dport 22 accept/);
    });
});

describe("scenarios: what a place must be able to do", () => {
    const plan = scenario({
        name: "planted",
        question: "?",
        load: null,
        steps: [stopKubelet(m3dbNode()), heal(), ...inFull(powerOff(m3dbNode()))],
        judge: [],
    });

    it("is asked before anything is stood up or loaded; all that is missing at once", async () => {
        const { control } = hostsWith({ power: undefined, noAccess: (node) => ({ what: `${node} has no SSH` }) });
        const refused = (error: unknown) =>
            error instanceof UserError &&
            error.exitCode === 69 &&
            /has no SSH[\s\S]*cannot be switched off/.test(error.message);
        await assert.rejects(checkPlan(plan, false, environment, control), refused);
    });

    it("does not count what the short variant leaves out", async () => {
        const { control } = hostsWith({ power: undefined });
        await checkPlan(plan, true, environment, control);
        await assert.rejects(checkPlan(plan, false, environment, control), /cannot be switched off/);
    });

    it("a site file gives both commands or neither", () => {
        const power = siteSchema.shape.power;
        assert.deepEqual(power.parse({ off: ["a", "{node}"], on: ["b"] }), { off: ["a", "{node}"], on: ["b"] });
        assert.equal(power.parse(undefined), undefined);
        for (const wrong of [{ off: ["a"] }, { off: [], on: ["b"] }, { off: ["a"], on: ["b"], cycle: ["c"] }])
            assert.equal(power.safeParse(wrong).success, false, JSON.stringify(wrong));
    });
});
