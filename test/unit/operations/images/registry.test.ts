import assert from "node:assert/strict";
import type { ServerResponse } from "node:http";
import { digestOf } from "../../../../operations/images/registry.ts";
import { RegistryError, type Trouble } from "../../../../operations/images/registry-error.ts";
import { bearerChallenge } from "../../../../operations/images/token.ts";
import { usualTransport } from "../../../../operations/images/transport.ts";
import { manifestText, mediaTypes, type Registry, registry, serveManifest, sha256 } from "../../../support/registry.ts";

const transport = { ...usualTransport, limit: 5 };

describe("a registry that is asked for a tag's digest", function () {
    this.timeout(20_000);
    const servers: Registry[] = [];
    afterEach(async () => {
        await Promise.all(servers.splice(0).map((server) => server.close()));
    });
    const serve = async (answer: Parameters<typeof registry>[0]) => {
        const server = await registry(answer);
        servers.push(server);
        return server;
    };
    const ask = ({ host }: Registry, limit = 5) =>
        digestOf({ origin: `http://${host}`, repository: "m3db/m3dbnode", tag: "v1" }, { ...transport, limit });
    const fails = async (answer: (response: ServerResponse) => void, trouble: Trouble, message: RegExp, next = /./) => {
        await assert.rejects(ask(await serve(answer)), (error) => {
            assert.ok(error instanceof RegistryError, String(error));
            assert.equal(error.trouble, trouble);
            assert.match(error.message, message);
            assert.match(error.next ?? "-", next);
            return true;
        });
    };

    it("is asked for an index first and takes each of the four forms, with the digest of what was sent", async () => {
        for (const kind of ["index", "list", "manifest", "docker"] as const) {
            const one = await serve((response, _, { headers }) => {
                for (const type of Object.values(mediaTypes)) assert.ok(headers.accept?.includes(type));
                serveManifest(response, kind);
            });
            const several = kind === "index" || kind === "list";
            const digest = sha256(manifestText(kind));
            assert.deepEqual(await ask(one), { digest, kind: several ? "index" : "manifest" });
            assert.deepEqual(one.asked, ["/v2/m3db/m3dbnode/manifests/v1"]);
        }
    });

    it("need not name the digest: it is computed", async () => {
        const body = manifestText("index");
        const one = await serve(
            (response) => void response.writeHead(200, { "content-type": mediaTypes.index }).end(body),
        );
        assert.equal((await ask(one)).digest, sha256(body));
    });

    it("is refused where what it sent is not what it names, or is no manifest", async () => {
        const wrong = { "docker-content-digest": sha256("another") };
        await fails(
            (response) => serveManifest(response, "index", "", wrong),
            "wrong",
            /names the manifest as sha256:/,
            /do not pin/,
        );
        const other = { "docker-content-digest": "sha512:00" };
        await fails((response) => serveManifest(response, "index", "", other), "wrong", /a digest that is no sha256/);
        const page = (response: ServerResponse) =>
            void response.writeHead(200, { "content-type": "text/html" }).end("<html>");
        await fails(page, "wrong", /no image's manifest \(text\/html\)/);
        const old = { "content-type": "application/vnd.docker.distribution.manifest.v1+prettyjws" };
        await fails((response) => serveManifest(response, "docker", "", old), "wrong", /v1\+prettyjws/);
        const mixed = { "content-type": mediaTypes.index };
        await fails((response) => serveManifest(response, "manifest", "", mixed), "wrong", /no image's manifest/);
        const long = (response: ServerResponse) => void response.writeHead(200).end(Buffer.alloc(5 << 20));
        await fails(long, "wrong", /more than 4 MiB/);
    });

    it("gets its anonymous token, by its own words, for this repository", async () => {
        const one = await serve((response, url, { headers }) => {
            if (url.pathname === "/token") return void response.end(JSON.stringify({ access_token: "abc.DEF" }));
            if (headers.authorization === "Bearer abc.DEF") return serveManifest(response, "index");
            const realm = `realm="http://${headers.host}/token",service="quay test",scope="repository:m3db/m3dbnode:pull"`;
            response.writeHead(401, { "www-authenticate": `Basic realm="x", Bearer ${realm}` }).end("{}");
        });
        assert.equal((await ask(one)).kind, "index");
        assert.equal(one.asked[1], "/token?service=quay+test&scope=repository%3Am3db%2Fm3dbnode%3Apull");
        assert.deepEqual(one.authorizations, [undefined, undefined, "Bearer abc.DEF"]);
    });

    it("that wants more than that is told as one that wants a login; a place for tokens without TLS is not asked", async () => {
        const challenge = (text: string) => (response: ServerResponse) =>
            void response.writeHead(401, { "www-authenticate": text }).end();
        await fails(challenge('Basic realm="x"'), "closed", /wants a login for m3db\/m3dbnode/, /sha256:…/);
        await fails(challenge('Bearer realm="http://elsewhere.test/token"'), "wrong", /no place with TLS/, /-/);
        await fails(challenge('Bearer realm="token"'), "wrong", /no place with TLS/, /-/);
        const refuses = await serve((response, url, { headers }) => {
            if (url.pathname === "/token") return void response.writeHead(403).end();
            response.writeHead(401, { "www-authenticate": `Bearer realm="http://${headers.host}/token"` }).end();
        });
        await assert.rejects(ask(refuses), /wants a login/);
        assert.equal(
            refuses.asked[1],
            "/token?scope=repository%3Am3db%2Fm3dbnode%3Apull",
            "a scope that it did not name",
        );
    });

    it("gives a token that may not stand in a header: it is refused, and shown nowhere", async () => {
        const one = await serve((response, url, { headers }) => {
            if (url.pathname === "/token") return void response.end(JSON.stringify({ token: "hidden\r\nx: y" }));
            response.writeHead(401, { "www-authenticate": `Bearer realm="http://${headers.host}/token"` }).end();
        });
        await assert.rejects(
            ask(one),
            (error: Error) => /gives no token/.test(error.message) && !/hidden/.test(error.message),
        );
    });

    it("that lacks the tag, is asked too often, is out of order or silent is told apart", async () => {
        const status =
            (code: number, headers = {}) =>
            (response: ServerResponse) =>
                void response.writeHead(code, headers).end();
        await fails(status(404), "absent", /has no m3db\/m3dbnode:v1/, /tag/);
        await fails(status(429, { "retry-after": "30" }), "busy", /429.*too often/, /try again in 30 s/);
        await fails(status(503), "busy", /503.*out of order/, /try again later/);
        await fails(status(418), "wrong", /418/, /-/);
        await fails(
            (response) => void response.destroy(),
            "unreachable",
            /closed the connection/,
            /NODE_USE_ENV_PROXY/,
        );
        await assert.rejects(ask(await serve(() => {}), 0.2), /did not answer within 0.2 s/);
        const stops = (response: ServerResponse) =>
            void response.writeHead(200, { "content-length": "100" }).write("{");
        await assert.rejects(ask(await serve(stops), 0.2), /did not answer within 0.2 s/);
        const gone = await serve(() => {});
        await gone.close();
        await assert.rejects(ask(gone), /nothing listens there/);
    });

    it("may redirect to its storage, which gets no token; not in circles and not out of TLS", async () => {
        const storage = await registry((response) => serveManifest(response, "index"));
        try {
            const one = await serve((response, url, { headers }) => {
                if (url.pathname === "/token") return void response.end(JSON.stringify({ token: "t" }));
                if (headers.authorization)
                    return void response.writeHead(307, { location: `http://${storage.host}/blob` }).end();
                response.writeHead(401, { "www-authenticate": `Bearer realm="http://${headers.host}/token"` }).end();
            });
            assert.equal((await ask(one)).kind, "index");
            assert.deepEqual(storage.authorizations, [undefined]);
        } finally {
            await storage.close();
        }
        const to = (location: string) => (response: ServerResponse) => void response.writeHead(302, { location }).end();
        await fails(to("/again"), "wrong", /more than 3 times/, /-/);
        await fails(to("http://elsewhere.test/"), "wrong", /no TLS/, /-/);
        await fails(to("http://[::1"), "wrong", /no URL/, /-/);
    });

    it("has its challenge found among others", () => {
        const realm = "https://auth.test/t";
        assert.deepEqual(bearerChallenge(`bearer realm="${realm}", service=x, Basic realm="y"`), {
            realm,
            service: "x",
        });
        assert.equal(bearerChallenge('Basic realm="y"'), undefined);
        assert.equal(bearerChallenge("Bearer"), undefined);
        assert.equal(bearerChallenge(""), undefined);
    });
});
