/**
 * Bodies of Prometheus remote write 1.0: a protobuf WriteRequest (prompb/remote.proto) in snappy's block format. Written here, since
 * programs in this folder run without npm packages. Snappy's blocks hold literals only: every reader takes that, and
 * nothing is spent on compression that no measurement asks for.
 */

export interface Series {
    /** Label names and values, `__name__` among them; sent sorted by name, as receivers ask for. */
    labels: Record<string, string>;
    samples: { value: number /** Unix milliseconds. */; time: number }[];
}

/** What goes with the body. */
export const remoteWriteHeaders = {
    "Content-Type": "application/x-protobuf",
    "Content-Encoding": "snappy",
    "X-Prometheus-Remote-Write-Version": "0.1.0",
} as const;

/** The body of one remote write request. */
export function remoteWriteBody(series: Series[]): Buffer {
    return snappyLiterals(Buffer.concat(series.flatMap((one) => field(1, timeSeries(one)))));
}

function timeSeries({ labels, samples }: Series): Buffer {
    const names = Object.keys(labels).sort();
    return Buffer.concat([
        ...names.flatMap((name) => field(1, Buffer.concat([...text(1, name), ...text(2, labels[name] ?? "")]))),
        ...samples.flatMap((one) => field(2, sample(one))),
    ]);
}

function sample({ value, time }: Series["samples"][number]): Buffer {
    const number = Buffer.alloc(9);
    number[0] = (1 << 3) | 1; // field 1, 64 bits
    number.writeDoubleLE(value, 1);
    return Buffer.concat([number, Buffer.from([2 << 3]), varint(time)]);
}

/** A field of bytes: its tag, its length, itself. */
const field = (number: number, content: Buffer) => [Buffer.from([(number << 3) | 2]), varint(content.length), content];
const text = (number: number, content: string) => field(number, Buffer.from(content));

/** A whole number from 0 to 2^53 in protobuf's base 128. */
export function varint(number: number): Buffer {
    const bytes: number[] = [];
    let rest = number;
    while (rest >= 128) {
        bytes.push((rest % 128) | 128);
        rest = Math.floor(rest / 128);
    }
    return Buffer.from([...bytes, rest]);
}

/** Literals of at most 64 KiB, as snappy's own writers make them (format_description.txt, 2.1). */
export function snappyLiterals(content: Buffer): Buffer {
    const parts = [varint(content.length)];
    for (let at = 0; at < content.length; at += 65536) {
        const part = content.subarray(at, at + 65536);
        const length = part.length - 1;
        parts.push(length < 60 ? Buffer.from([length << 2]) : Buffer.from([61 << 2, length & 255, length >> 8]), part);
    }
    return Buffer.concat(parts);
}
