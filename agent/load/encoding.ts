/**
 * Bodies of remote write requests without work that repeats: the label bytes of a request's series are encoded once, and each time only
 * values and times are put in. The format is that of agent/remote-write.ts; snappy's literals end between two series, so that no
 * value or time is torn.
 */
import { varint } from "../remote-write.ts";
import type { ScheduledRequest } from "./schedule.ts";
import { generationOf, labelsOf, slotsPerBlock, valueAt } from "./series.ts";
import type { LoadPlan } from "./types.ts";

interface Template {
    /** A whole body with no values and times yet. */
    bytes: Buffer;
    /** Where each series' value begins; its time begins 9 bytes later. */
    places: Uint32Array;
    /** Of each of its blocks of series, since churn makes the bytes old. */
    generations: number[];
}

/** Protobuf writes times between 1971 and 2109 in six bytes. */
const timeBytes = 6;
/** As snappy's own writers make them (format_description.txt, 2.1). */
const literalAtMost = 65_536;

export class Encoder {
    readonly #plan: LoadPlan;
    readonly #templates = new Map<number, Template>();
    readonly #lanes: Buffer[] = [];

    constructor(plan: LoadPlan) {
        this.#plan = plan;
    }

    /** The body of a request of the schedule at `time`; good until the lane's next. */
    body(request: ScheduledRequest & { index: number }, time: number, startedAt: number, lane: number): Buffer {
        const template = this.prepare(request, time, startedAt);
        const bytes = this.#room(lane, template.bytes.length);
        template.bytes.copy(bytes);
        const at = varint(time);
        if (at.length !== timeBytes) throw new Error(`time ${time} is not between 1971 and 2109`);
        const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
        for (let slot = request.from; slot < request.to; slot++) {
            const place = template.places[slot - request.from] ?? 0;
            const generation = template.generations[blockIn(request, slot)] ?? 0;
            view.setFloat64(place, valueAt(this.#plan, slot, generation, time), true);
            for (let byte = 0; byte < timeBytes; byte++) bytes[place + 9 + byte] = at[byte] ?? 0;
        }
        return bytes;
    }

    /** Encodes the labels of a request's series, unless they are the same as last time. */
    prepare(request: ScheduledRequest & { index: number }, time: number, startedAt: number): Template {
        const known = this.#templates.get(request.index);
        const generations = generationsOf(this.#plan, request, time, startedAt);
        if (known?.generations.every((one, index) => one === generations[index])) return known;
        const made = templateOf(this.#plan, request, generations);
        this.#templates.set(request.index, made);
        return made;
    }

    #room(lane: number, length: number): Buffer {
        let room = this.#lanes[lane];
        if (room === undefined || room.length < length) {
            room = Buffer.allocUnsafeSlow(length + 1024);
            this.#lanes[lane] = room;
        }
        return room.subarray(0, length);
    }
}

/** Which of the request's blocks of series a slot is in. */
const blockIn = ({ from }: ScheduledRequest, slot: number) =>
    Math.floor(slot / slotsPerBlock) - Math.floor(from / slotsPerBlock);

function generationsOf(plan: LoadPlan, request: ScheduledRequest, time: number, startedAt: number): number[] {
    return Array.from({ length: blockIn(request, request.to - 1) + 1 }, (_, block) => {
        const slot = (Math.floor(request.from / slotsPerBlock) + block) * slotsPerBlock;
        return generationOf(plan, slot, time, startedAt);
    });
}

function templateOf(plan: LoadPlan, request: ScheduledRequest, generations: number[]): Template {
    const series = Array.from({ length: request.to - request.from }, (_, offset) => {
        const slot = request.from + offset;
        return seriesBytes(labelsOf(plan, slot, generations[blockIn(request, slot)] ?? 0, request.replica));
    });
    const total = series.reduce((sum, { length }) => sum + length, 0);
    const parts: Buffer[] = [varint(total)];
    let length = parts[0]?.length ?? 0;
    const places = new Uint32Array(series.length);
    for (let next = 0; next < series.length; ) {
        let size = 0;
        const first = next;
        while (next < series.length && (next === first || size + (series[next]?.length ?? 0) <= literalAtMost))
            size += series[next++]?.length ?? 0;
        const header = literalHeader(size);
        parts.push(header);
        length += header.length;
        for (let index = first; index < next; index++) {
            const bytes = series[index] ?? Buffer.alloc(0);
            parts.push(bytes);
            length += bytes.length;
            // A series' bytes end with its value (8), a tag (1) and its time.
            places[index] = length - timeBytes - 9;
        }
    }
    return { bytes: Buffer.concat(parts), places, generations };
}

/** Tag of a literal with its length in the two or four bytes after it. */
function literalHeader(size: number): Buffer {
    if (size <= literalAtMost) return Buffer.from([61 << 2, (size - 1) & 255, (size - 1) >> 8]);
    const header = Buffer.from([63 << 2, 0, 0, 0, 0]);
    header.writeUInt32LE(size - 1, 1);
    return header;
}

/** One TimeSeries with one sample, whose value and time are zeros yet. Sizes first, then bytes: with a million series it matters. */
function seriesBytes(labels: Record<string, string>): Buffer {
    const pairs = Object.keys(labels)
        .sort()
        .map((name) => {
            const value = labels[name] ?? "";
            const [key, content] = [Buffer.byteLength(name), Buffer.byteLength(value)];
            return { name, value, key, content, size: fieldSize(key) + fieldSize(content) };
        });
    const size = pairs.reduce((sum, pair) => sum + fieldSize(pair.size), fieldSize(sampleBytes));
    const bytes = Buffer.alloc(fieldSize(size));
    let at = tag(bytes, 0, 1, size);
    for (const { name, value, key, content, size } of pairs) {
        at = tag(bytes, at, 1, size);
        at = tag(bytes, at, 1, key);
        at += bytes.write(name, at);
        at = tag(bytes, at, 2, content);
        at += bytes.write(value, at);
    }
    at = tag(bytes, at, 2, sampleBytes);
    bytes[at] = (1 << 3) | 1;
    bytes[at + 9] = 2 << 3;
    return bytes;
}

/** A sample: tag and 8 bytes of its value, tag and bytes of its time. */
const sampleBytes = 10 + timeBytes;
const varintSize = (number: number) => (number < 128 ? 1 : number < 16_384 ? 2 : 3);
/** Bytes of a field with so many bytes in it. */
const fieldSize = (length: number) => 1 + varintSize(length) + length;

/** Writes tag and length of a field of bytes; returns where its content begins. */
function tag(bytes: Buffer, from: number, field: number, length: number): number {
    let at = from;
    bytes[at++] = (field << 3) | 2;
    let rest = length;
    for (; rest >= 128; rest >>= 7) bytes[at++] = (rest & 127) | 128;
    bytes[at++] = rest;
    return at;
}
