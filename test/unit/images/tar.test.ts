import assert from "node:assert/strict";
import { mkdtemp, rm, utimes, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Entry, tarBytes, tarHeader, withFolders } from "../../../lab/images/tar.ts";

const field = (header: Buffer, offset: number, length: number) =>
    header.toString("latin1", offset, offset + length).replace(/\0.*$/, "");

async function pack(entries: Entry[]): Promise<Buffer> {
    const parts: Buffer[] = [];
    for await (const part of tarBytes(entries)) parts.push(part);
    return Buffer.concat(parts);
}

describe("images: tar", () => {
    let folder = "";
    before(async () => {
        folder = await mkdtemp(join(tmpdir(), "m3perf-tar-"));
    });
    after(() => rm(folder, { recursive: true }));

    it("a header tells name, mode, owner, size, time 0 and a checksum that counts its own field as spaces", () => {
        const header = tarHeader({ path: "prometheus", type: "directory", owner: 65534, mode: 0o1777 }, 0);
        assert.equal(header.length, 512);
        assert.equal(field(header, 0, 100), "prometheus/");
        assert.equal(field(header, 100, 8), "0001777");
        assert.equal(field(header, 108, 8), "0177776");
        assert.equal(field(header, 116, 8), "0177776");
        assert.equal(field(header, 136, 12), "00000000000");
        assert.equal(field(header, 156, 1), "5");
        assert.equal(header.toString("latin1", 257, 265), "ustar\x0000");
        const sum = header.reduce((total, byte, at) => total + (at >= 148 && at < 156 ? 32 : byte), 0);
        assert.equal(Number.parseInt(field(header, 148, 8), 8), sum);
        assert.equal(field(tarHeader({ path: "a", type: "text", text: "" }, 0o1234567), 124, 12), "00001234567");
        assert.equal(field(tarHeader({ path: "a", type: "link", target: "usr/bin" }, 0), 157, 100), "usr/bin");
    });

    it("a long path is split at a slash, one that cannot be is refused", () => {
        const folders = `${"f".repeat(60)}/${"g".repeat(60)}`;
        const header = tarHeader({ path: `${folders}/name`, type: "text", text: "" }, 0);
        assert.equal(`${field(header, 345, 155)}/${field(header, 0, 100)}`, `${folders}/name`);
        assert.throws(() => tarHeader({ path: "n".repeat(101), type: "text", text: "" }, 0), /too long/);
        assert.throws(() => tarHeader({ path: "l", type: "link", target: "t".repeat(101) }, 0), /too long/);
    });

    it("folders come before what they hold, each once, and a path may not come twice", () => {
        const text = (path: string): Entry => ({ path, type: "text", text: "" });
        const tmp: Entry = { path: "tmp", type: "directory", mode: 0o1777 };
        const all = withFolders([text("usr/bin/b"), text("tmp/x"), tmp, text("usr/bin/a")]);
        assert.deepEqual(
            all.map(({ path }) => path),
            ["tmp", "tmp/x", "usr", "usr/bin", "usr/bin/a", "usr/bin/b"],
        );
        assert.equal(all[0]?.mode, 0o1777);
        assert.throws(() => withFolders([text("a"), text("a")]), /two entries for a/);
    });

    it("the same entries give the same bytes, whatever the order, the place and the time of the files", async () => {
        const [one, two] = [join(folder, "one"), join(folder, "two")];
        for (const path of [one, two]) await writeFile(path, "x".repeat(1000));
        await utimes(two, 1000, 1000);
        const entries = (source: string): Entry[] => [
            { path: "etc/a", type: "text", text: "a\n" },
            { path: "bin/x", type: "file", source },
        ];
        const bytes = await pack(entries(one));
        assert.deepEqual(await pack(entries(two).reverse()), bytes);
        // bin/, bin/x with 1000 bytes, etc/, etc/a with 2 bytes, the end
        assert.equal(bytes.length, 512 * (1 + (1 + 2) + 1 + (1 + 1) + 2));
        assert.notDeepEqual(await pack([{ path: "bin/x", type: "file", source: one, mode: 0o600 }]), bytes);
    });
});
