import assert from "node:assert/strict";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { checks } from "../../../operations/checks/index.ts";
import { runChecks } from "../../../operations/checks/run.ts";
import { type Diagnosis, diagnose } from "../../../operations/diagnosis/diagnose.ts";
import { page, pagePath, referenceNames } from "../../../operations/diagnosis/page.ts";
import { diagnosisJson, renderDiagnosis, renderPresence, renderTrouble } from "../../../operations/diagnosis/report.ts";
import { namesOf } from "../../../operations/diagnosis/trouble.ts";
import { troubles } from "../../../operations/diagnosis/troubles/index.ts";
import { projectRoot } from "../../../support/paths.ts";
import { type Fake, healthy } from "../operations/healthy.ts";
import { broken, silent, unknownNode } from "./broken.ts";

async function diagnosed(inject: (fake: Fake) => void): Promise<Diagnosis> {
    const fake = healthy();
    inject(fake);
    return diagnose(await runChecks(checks, fake.context), fake.context.environment);
}

const told = ({ roots, unexplained }: Diagnosis) => ({
    roots: roots.map(({ trouble }) => trouble.id),
    unexplained: unexplained.map(({ id }) => id),
});

const style = { width: 120, color: false };

describe("diagnosis", function () {
    // The checks try again for a while what is not there.
    this.timeout(20_000);

    it("finds nothing in an environment that is as it should be", async () => {
        const diagnosis = await diagnosed(() => {});
        assert.deepEqual(told(diagnosis), { roots: [], unexplained: [] });
        const text = renderDiagnosis(diagnosis, referenceNames, style);
        assert.equal(text, `no trouble: ${checks.length} of ${checks.length} checks passed\n`);
    });

    for (const { title, root, about, consequences = [], cause, fix, inject } of broken) {
        it(`${root}: ${title}`, async () => {
            const diagnosis = await diagnosed(inject);
            assert.deepEqual(told(diagnosis), { roots: [root], unexplained: [] });
            const [found] = diagnosis.roots;
            assert.ok(found);
            assert.ok(found.sign.why.length > 0, "no evidence");
            if (about) assert.deepEqual(found.sign.about, about);
            const below = found.consequences.map(({ trouble }) => trouble.id);
            for (const id of consequences) assert.ok(below.includes(id), `${id} is not among ${below}`);
            if (cause) assert.match(found.sign.cause ?? "", cause);
            const steps = found.sign.fix ?? found.trouble.fix(referenceNames, found.sign.about);
            assert.ok(steps.length > 0);
            if (fix) assert.match(steps.join("\n"), fix);
        });
    }

    it("is made on purpose here for each trouble that is known", () => {
        const made = new Set(broken.map(({ root }) => root));
        const missing = troubles.map(({ id }) => id).filter((id) => !made.has(id));
        assert.deepEqual(missing, []);
    });

    it("two troubles at once are two roots, each with its own", async () => {
        const diagnosis = await diagnosed((fake) => {
            fake.pods["app=m3query"] = [];
            silent(fake, "etcd-2");
        });
        assert.deepEqual(told(diagnosis).roots.sort(), ["etcd-member-down", "workload-scaled-down"]);
    });

    it("one node that is off does not explain a lost quorum", async () => {
        const diagnosis = await diagnosed((fake) => {
            unknownNode(fake, "worker-2");
            silent(fake, "etcd-0", "etcd-1", "m3-cluster-rep1-0");
        });
        assert.deepEqual(told(diagnosis).roots.sort(), ["etcd-quorum-lost", "node-down"]);
    });

    describe("dbnodes of two in each isolation group", () => {
        const { environment } = healthy().context;
        const pods = [0, 1, 2].flatMap((group) => [0, 1].map((n) => `m3-cluster-rep${group}-${n}`));
        const absent = (pod: string) =>
            `${pod}: /health answered 404: {"kind":"Status","message":"pods \\"${pod}\\" not found"}`;
        const failed = (id: string, evidence: string[]) => ({
            ...{
                id,
                system: "m3db" as const,
                title: id,
                ok: false as const,
                seconds: 0,
                evidence,
                cause: "",
                next: "",
            },
        });
        const stepsOf = (there: number, health: string[]) => {
            const results = [
                failed("m3db.health", health),
                failed("pods.ready", [`m3db: ${there} pods instead of ${pods.length}`]),
            ];
            const cluster = { ...environment.cluster, pods };
            const [found] = diagnose(results, { ...environment, cluster }).roots;
            return { id: found?.trouble.id, fix: found?.sign.fix };
        };
        const scale = (words: string) => `\`kubectl -n m3db scale statefulset ${words}\``;

        it("has only the set scaled that lacks a pod, to the number that there should be", () => {
            const health = [absent("m3-cluster-rep1-1"), 'm3-cluster-rep2-0: /health says {"bootstrapped":false}'];
            assert.deepEqual(stepsOf(5, health), {
                id: "dbnode-majority-lost",
                fix: [scale("m3-cluster-rep1 --replicas=2")],
            });
        });

        it("names a set once that lacks both", () => {
            assert.deepEqual(stepsOf(4, [absent("m3-cluster-rep1-0"), absent("m3-cluster-rep1-1")]), {
                id: "dbnode-down",
                fix: [scale("m3-cluster-rep1 --replicas=2")],
            });
        });
    });

    it("what fits no trouble is told as that", async () => {
        const diagnosis = diagnose(
            [
                {
                    ...{ id: "m3db.placement", system: "m3db", title: "placed", ok: false, seconds: 0 },
                    ...{ evidence: ["something new"], cause: "who knows", next: "look" },
                },
            ],
            healthy().context.environment,
        );
        assert.deepEqual(told(diagnosis), { roots: [], unexplained: ["m3db.placement"] });
        assert.match(
            renderDiagnosis(diagnosis, referenceNames, style),
            /not explained by a known trouble: placed[\s\S]*something new/,
        );
    });

    it("prints root causes with evidence, cause, fix and what comes of them; as JSON, too", async () => {
        const fake = healthy();
        fake.pods["app=m3query"] = [];
        const diagnosis = diagnose(await runChecks(checks, fake.context), fake.context.environment);
        const names = namesOf(fake.context.environment);
        const text = renderDiagnosis(diagnosis, names, style);
        assert.match(
            text,
            /^A workload has fewer pods than it should \(workload-scaled-down\)\n {2}it is about: query\n {2}seen: /,
        );
        assert.match(text, /\n {2}fix: kubectl -n m3db scale deployment\/m3query --replicas=2\n/);
        assert.match(text, /\ntrouble: workload-scaled-down; \d+ of \d+ checks failed\n$/);
        const json = diagnosisJson(diagnosis, names);
        assert.deepEqual([json.ok, json.troubles.map(({ id }) => id)], [false, ["workload-scaled-down"]]);
        const [scaled, quorum] = ["workload-scaled-down", "etcd-quorum-lost"].map((id) =>
            troubles.find((one) => one.id === id),
        );
        assert.ok(scaled && quorum);
        assert.match(renderPresence(scaled, diagnosis, names, style), /^it is there\n/);
        assert.match(
            renderPresence(quorum, diagnosis, names, style),
            /^it is not there; \d+ of \d+ checks failed for other/,
        );
        assert.match(
            renderTrouble(quorum, names, style),
            /^etcd has lost its quorum\n {2}id: etcd-quorum-lost\n {2}looks like: /,
        );
    });
});

describe("troubles as data", () => {
    const ids = troubles.map(({ id }) => id);
    const known = new Set(checks.map(({ id }) => id));

    it("have ids of their own, in words, and titles of their own", () => {
        assert.equal(new Set(ids).size, ids.length);
        assert.equal(new Set(troubles.map(({ title }) => title)).size, ids.length);
        for (const id of ids) assert.match(id, /^[a-z]+(-[a-z]+)+$/);
    });

    for (const trouble of troubles) {
        it(`${trouble.id} names checks, troubles and pages that there are, and says what to do`, () => {
            for (const check of [...Object.keys(trouble.tells), ...trouble.wake]) assert.ok(known.has(check), check);
            assert.ok(Object.keys(trouble.tells).length > 0);
            assert.ok(existsSync(join(projectRoot, trouble.docs)), trouble.docs);
            assert.ok(trouble.looks.length > 0 && trouble.prevention.length > 10);
            for (const step of trouble.fix(referenceNames, ["x-0"])) assert.ok(!/undefined|\$\{/.test(step), step);
            const { environment } = healthy().context;
            const names = [environment.nodes.map(({ name }) => name), environment.cluster.pods, environment.etcd.pods];
            const about = [...names.flat(), "coordinator", "query", "aggregator", "prometheus"];
            const seen = { environment, nodesWith: () => about } as never;
            const brought = trouble.brings({ sure: "certain", why: [], about }, seen);
            for (const id of brought) assert.ok(ids.includes(id), `${trouble.id} brings ${id}, which is not known`);
        });
    }

    it("docs/diagnosis.md is made of them: npm run generate", () => {
        assert.equal(readFileSync(join(projectRoot, pagePath), "utf8"), page());
    });
});
