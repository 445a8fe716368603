import assert from "node:assert/strict";
import { etcdStatefulSet } from "../../../../components/m3/etcd-manifests.ts";
import { switchProblem } from "../../../../components/tls/switching.ts";
import { messageOf } from "../../../../support/errors.ts";

const argsOf = (tls?: string) =>
    etcdStatefulSet({
        ...{ namespace: "m3db", image: "", members: 3, memory: "1Gi", cpu: "1", storage: "1Gi", storageClass: "" },
        tls,
    }).spec.template.spec.containers[0]?.args;

describe("m3perf:tls.etcd in an environment that stands", () => {
    it("stays as it was, and may be anything where there is none yet", () => {
        assert.equal(switchProblem("m3db", true, argsOf("s")), undefined);
        assert.equal(switchProblem("m3db", false, argsOf()), undefined);
        assert.equal(switchProblem("m3db", true, undefined), undefined);
        assert.equal(switchProblem("m3db", true, ["--name=of-another-making"]), undefined);
    });

    for (const [wanted, args, from, to] of [
        [true, argsOf(), "plain text", "TLS"],
        [false, argsOf("s"), "TLS", "plain text"],
    ] as const)
        it(`is refused from ${from} to ${to}, with what, why and what to do`, () => {
            const text = messageOf(switchProblem("m3db", wanted, args));
            assert.match(text, new RegExp(`etcd cannot go from ${from} to ${to} while it runs; nothing was changed`));
            assert.match(
                text,
                new RegExp(`m3perf:tls.etcd = ${wanted}, but StatefulSet m3db/etcd was made with ${!wanted}`),
            );
            assert.match(text, /quorum[\s\S]*pulumi destroy, which deletes its samples, and up/);
        });
});
