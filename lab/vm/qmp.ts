/** Orders to a running qemu: QMP, one JSON object a line (qemu's docs/interop/qmp-spec), over its standard input and output. */
import type { Readable, Writable } from "node:stream";

interface Answer {
    return?: unknown;
    error?: { desc: string };
}

export interface Qmp {
    /** Sends a command and waits for its answer, two minutes at most: on a busy machine qemu itself starts slowly. Throws what qemu says against it. */
    order(command: string): Promise<void>;
}

/** Opens the conversation: qemu takes commands after "qmp_capabilities". */
export async function openQmp(input: Writable, output: Readable): Promise<Qmp> {
    const waiting: ((answer: Answer) => void)[] = [];
    let greeted = () => {};
    const greeting = new Promise<void>((resolve) => {
        greeted = resolve;
    });
    let rest = "";
    output.setEncoding("utf8").on("data", (text: string) => {
        const lines = (rest + text).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines.filter((line) => line.trim() !== "")) {
            const message = JSON.parse(line) as Answer & { QMP?: unknown };
            if (message.QMP) greeted();
            else if ("return" in message || message.error) waiting.shift()?.(message); // what else comes are events
        }
    });
    const gone = new Promise<never>((_resolve, reject) => {
        output.on("close", () => reject(new Error("qemu has ended")));
    });
    gone.catch(() => {}); // told to who asks then
    input.on("error", () => {}); // the end of qemu is seen at its output

    const limited = async <T>(what: string, work: Promise<T>): Promise<T> => {
        let timer: NodeJS.Timeout | undefined;
        const late = new Promise<never>((_resolve, reject) => {
            timer = setTimeout(() => reject(new Error(`qemu did not answer "${what}" within 120 s`)), 120_000);
        });
        try {
            return await Promise.race([work, gone, late]);
        } finally {
            clearTimeout(timer);
        }
    };
    const order = async (command: string) => {
        const answered = new Promise<Answer>((resolve) => waiting.push(resolve));
        input.write(`${JSON.stringify({ execute: command })}\n`);
        const { error } = await limited(command, answered);
        if (error) throw new Error(`qemu refuses "${command}": ${error.desc}`);
    };
    await limited("greeting", greeting);
    await order("qmp_capabilities");
    return { order };
}
