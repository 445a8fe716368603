import assert from "node:assert/strict";
import { askingOf } from "../../../../operations/images/ask.ts";
import { apiHost, imageName, pinnedTo } from "../../../../operations/images/name.ts";
import { chosenOf, imagesOfStack } from "../../../../operations/images/of-stack.ts";
import { mayFollow, schemeOf, usualTransport } from "../../../../operations/images/transport.ts";
import { images } from "../../../../settings/images.ts";
import { imagesSchema } from "../../../../settings/schema/images.ts";
import { UserError } from "../../../../support/errors.ts";
import { oddTexts } from "../../../support/arbitrary.ts";

const digest = `sha256:${"ab".repeat(32)}`;

describe("an image's name", () => {
    it("is read as container runtimes read it", () => {
        const read = (text: string) => {
            const { host, repository, tag } = imageName(text);
            return `${host} ${repository} ${tag}`;
        };
        assert.equal(read("quay.io/m3db/m3dbnode:v1.5.0"), "quay.io m3db/m3dbnode v1.5.0");
        assert.equal(read("docker.io/library/nginx:1.22.1"), "docker.io library/nginx 1.22.1");
        assert.equal(read("docker.io/nginx:1"), "docker.io library/nginx 1");
        assert.equal(read("index.docker.io/nginx:1"), "docker.io library/nginx 1");
        assert.equal(read("m3db/m3dbnode:v1"), "docker.io m3db/m3dbnode v1");
        assert.equal(read("localhost/x:1"), "localhost x 1");
        assert.equal(read("mirror:5000/a/b:v1"), "mirror:5000 a/b v1");
        assert.equal(read(`mirror:5000/a/b@${digest}`), "mirror:5000 a/b undefined");
        assert.equal(apiHost("docker.io"), "registry-1.docker.io");
        assert.equal(apiHost("quay.io"), "quay.io");
    });

    it("keeps its tag when it is pinned, in a form that the settings take, and is pinned again in place of the old digest", () => {
        for (const [component, reference] of Object.entries(images)) {
            const pinned = pinnedTo(imageName(reference), digest);
            assert.equal(pinned, `${reference}@${digest}`);
            assert.equal(imagesSchema.parse({ [component]: pinned })[component as keyof typeof images], pinned);
            assert.equal(pinnedTo(imageName(pinned), digest), pinned);
        }
    });
});

describe("how a registry is reached", () => {
    it("is TLS, but for this machine and hosts that were named", () => {
        const transport = { ...usualTransport, insecure: new Set(["plain.test:5000"]) };
        assert.equal(schemeOf("quay.io", transport), "https");
        assert.equal(schemeOf("plain.test", transport), "https");
        assert.equal(schemeOf("plain.test:5000", transport), "http");
        assert.equal(schemeOf("localhost:5000", transport), "http");
        assert.equal(schemeOf("localhost.test:5000", transport), "https");
        const follow = (from: string, to: string) => mayFollow(new URL(from), new URL(to), transport);
        assert.ok(follow("https://quay.io", "https://cdn.test"));
        assert.ok(!follow("https://quay.io", "http://127.0.0.1:80"), "a registry does not send us to this machine");
        assert.ok(!follow("http://127.0.0.1:80", "http://other.test"));
        assert.ok(follow("http://127.0.0.1:80", "http://plain.test:5000"));
        assert.ok(!follow("http://127.0.0.1:80", "file:///etc/passwd"));
    });

    it("takes a mirror's origin and hosts without TLS, and refuses what is neither", () => {
        assert.equal(askingOf("mirror.test:5000").mirror, "https://mirror.test:5000");
        assert.equal(askingOf("127.0.0.1:5000").mirror, "http://127.0.0.1:5000");
        assert.equal(askingOf("http://plain.test:5000", "plain.test:5000").mirror, "http://plain.test:5000");
        for (const odd of [
            "",
            " ",
            "http://plain.test",
            "https://user:word@x.test",
            "https://x.test/path",
            "ftp://x",
            "a b",
            "http://[::1",
        ])
            assert.throws(
                () => askingOf(odd),
                (error) => error instanceof UserError && error.exitCode === 64,
                odd,
            );
        assert.equal(askingOf("https://[::1]:5000/").mirror, "https://[::1]:5000");
        for (const odd of ["", ",", "http://x", "a b", "-x"])
            assert.throws(() => askingOf(undefined, odd), UserError, odd);
    });

    it("takes odd words for a host only where they are one, and says what is wrong otherwise", () => {
        const all = imagesOfStack({ path: "Pulumi.x.yaml", text: "config: {}" });
        for (const odd of oddTexts)
            for (const use of [() => askingOf(odd), () => askingOf(undefined, odd), () => chosenOf(all, odd)]) {
                try {
                    use();
                    assert.match(odd, /^[\w.-]+$/);
                } catch (error) {
                    assert.ok(error instanceof UserError && error.exitCode === 64, String(error));
                }
            }
    });
});
