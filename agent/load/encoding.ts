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

/** One TimeSeries with one sample, whose value and time are zeros yet. */
function seriesBytes(labels: Record<string, string>): Buffer {
    const names = Object.keys(labels).sort();
    const parts = names.flatMap((name) => {
        const [key, value] = [Buffer.from(name), Buffer.from(labels[name] ?? "")];
        const pair = [tagged(1, key.length), key, tagged(2, value.length), value];
        return [tagged(1, lengthOf(pair)), ...pair];
    });
    const sample = Buffer.alloc(10 + timeBytes);
    sample[0] = (1 << 3) | 1;
    sample[9] = 2 << 3;
    const content = [...parts, tagged(2, sample.length), sample];
    return Buffer.concat([tagged(1, lengthOf(content)), ...content]);
}

const lengthOf = (parts: Buffer[]) => parts.reduce((sum, { length }) => sum + length, 0);
/** Tag and length of a field of bytes. */
const tagged = (field: number, length: number) => Buffer.concat([Buffer.from([(field << 3) | 2]), varint(length)]);
