import assert from "node:assert/strict";
import { openExchanges } from "../../../agent/load/exchange.ts";
import type { Identity } from "../../../settings/schema/identities.ts";
import { send } from "../../../support/http.ts";
import { type Issued, issueAll, tlsFiles } from "../../support/certificates.ts";
import { type Gateway, startGateway } from "../gateway/nginx.ts";

const eu: Identity = { name: "eu-1", labels: { cluster: "eu-1" }, reads: "own", writes: true, secretIn: [] };
const token = "e".repeat(48);
const headers = { Authorization: `Bearer ${token}` };
const write = "/api/v1/prom/remote/write";

describe("gateway: nginx with a certificate", function () {
    this.timeout(120_000);
    let issued: Issued;
    let gateway: Gateway;
    before(async () => {
        issued = await issueAll(Date.now(), [{ address: "10.90.0.14" }]);
        gateway = await startGateway([eu], { "eu-1": token }, issued.gateway);
    });
    after(async () => {
        await gateway?.stop();
    });
    beforeEach(() => {
        gateway.seen.length = 0;
    });
    const url = (path: string) => new URL(`https://127.0.0.1:${gateway.port}${path}`);
    const ca = () => ({ ca: issued.authority.certificate });

    it("passes on who has a token, by https, by each of its names", async () => {
        for (const servername of ["m3gateway.m3db", "m3gateway.m3db.svc", "localhost"]) {
            const { status } = await send(url(write), { method: "POST", headers, body: "x" }, { ...ca(), servername });
            assert.equal(status, 200);
        }
        assert.equal(gateway.seen.length, 3);
        assert.equal((await send(url(write), { method: "POST", body: "x" }, ca())).status, 401);
    });

    it("is not taken for another, nor by who does not know its authority", async () => {
        await assert.rejects(send(url(write), { headers }, { ...ca(), servername: "etcd-0.etcd.m3db" }), /altnames/);
        await assert.rejects(send(url(write), { headers }), /certificate/);
        const other = await issueAll();
        await assert.rejects(send(url(write), { headers }, { ca: tlsFiles(other.gateway).ca }), /certificate/);
    });

    it("answers plain http with 503, which Prometheus takes for 'later' and not for a refusal", async () => {
        const { status, body } = await gateway.call(write, { method: "POST", headers, body: Buffer.from("x") });
        assert.deepEqual([status, body], [503, "plain http: the gateway speaks https\n"]);
        assert.equal(gateway.seen.length, 0);
    });

    it("tells probes of its health in plain http, which kubelets speak", async () => {
        assert.equal((await gateway.health()).status, 200);
    });

    it("takes loads that know its authority, and refuses them where they do not", async () => {
        const options = { concurrency: 1, timeoutMs: 5000, idleMs: 1000 };
        const outcome = async (ca?: string) => {
            const exchanges = openExchanges({ ...options, ca });
            const answer = await exchanges.post(url(write), headers, Buffer.from("x"), () => undefined);
            exchanges.close();
            return answer.outcome;
        };
        assert.equal(await outcome(issued.authority.certificate), "acknowledged");
        assert.notEqual(await outcome(), "acknowledged");
    });
});
