import assert from "node:assert/strict";
import { EventEmitter } from "node:events";
import { openShow } from "../../../operations/watch/show.ts";
import { readKeys } from "../../../operations/watch/terminal.ts";
import { keyLine } from "../../../operations/watch/view/line.ts";
import { sample } from "./fixture.ts";

const csi = "\x1b[";
const back = `${csi}?25h${csi}?1049l`;
const withoutCodes = (text: string) =>
    text
        .split(csi)
        .map((part, index) => (index === 0 ? part : part.replace(/^[?\d;]*[A-Za-z]/, "")))
        .join("");

class Terminal extends EventEmitter {
    isTTY = true;
    columns = 100;
    rows = 30;
    written = "";
    write(text: string) {
        this.written += text;
    }
}

class Keyboard extends EventEmitter {
    isTTY = true;
    raw = false;
    setRawMode(raw: boolean) {
        this.raw = raw;
    }
    resume() {}
    pause() {}
}

function show(change: { live?: boolean; json?: boolean; color?: boolean } = {}) {
    const [output, input, ended] = [new Terminal(), new Keyboard(), [] as string[]];
    const shown = openShow({
        output,
        input,
        json: false,
        live: true,
        color: true,
        mode: () => "every 5s",
        quit: () => ended.push("quit"),
        interrupt: () => ended.push("interrupt"),
        ...change,
    });
    return { output, input, ended, shown };
}

describe("watch: the terminal", () => {
    it("gets the other screen, and its own screen, cursor and keys back, once", () => {
        const { output, input, shown } = show();
        assert.ok(output.written.startsWith(`${csi}?1049h${csi}?25l`));
        assert.match(output.written, /at its first look/);
        assert.equal(input.raw, true);
        shown.sample(sample());
        assert.match(output.written, /worker-1/);
        const before = process.listenerCount("exit");
        shown.close();
        shown.close();
        assert.ok(output.written.endsWith(back));
        assert.equal(output.written.split(back).length, 2);
        assert.equal(input.raw, false);
        assert.equal(process.listenerCount("exit"), before - 1);
        assert.equal(output.listenerCount("resize") + input.listenerCount("data"), 0);
        shown.sample(sample());
        assert.ok(output.written.endsWith(back), "nothing is drawn over the screen that is back");
    });

    it("is drawn again in its new size", () => {
        const { output, shown } = show({ color: false });
        shown.sample(sample());
        output.written = "";
        [output.columns, output.rows] = [60, 10];
        output.emit("resize");
        const lines = withoutCodes(output.written).split("\r\n");
        assert.equal(lines.length, 10);
        assert.ok(lines.every((line) => [...line].length <= 60));
        shown.close();
    });

    it("has q for the end and Ctrl-C for an interrupt, and shows no other key", () => {
        const { input, ended, shown } = show();
        input.emit("data", Buffer.from("x\x1b[Aq"));
        input.emit("data", Buffer.from("\x03"));
        assert.deepEqual(ended, ["quit", "interrupt"]);
        shown.close();
    });

    it("has no colour where none is wanted", () => {
        const { output, shown } = show({ color: false });
        shown.sample(sample());
        shown.close();
        assert.ok(output.written.split(csi).every((part) => !/^[\d;]+m/.test(part)));
    });

    it("that is none gets a line for each sample, or JSON, and no escape", () => {
        const plain = show({ live: false });
        plain.shown.sample(sample());
        plain.shown.again();
        plain.shown.close();
        assert.equal(plain.output.written, `${keyLine(sample())}\n`);
        const json = show({ json: true });
        json.shown.sample(sample());
        json.shown.close();
        assert.deepEqual(JSON.parse(json.output.written), sample());
        assert.equal(json.output.written.indexOf("\n"), json.output.written.length - 1);
    });

    it("keeps its keys where standard input is none", () => {
        const keyboard = new Keyboard();
        keyboard.isTTY = false;
        readKeys(keyboard, assert.fail, assert.fail)();
        assert.equal(keyboard.raw, false);
    });
});
