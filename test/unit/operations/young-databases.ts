import assert from "node:assert/strict";
import { type Fake, now } from "./healthy.ts";

/**
 * M3's blocks are of a minute, and `bufferPast` seconds (a multiple of a minute) after their end they are on disk; `young` database pods end the
 * connection of who asks for older samples, of the series of `ids` where these are told (operations/access/in-memory.ts).
 */
export function blocksOnDisk(
    fake: Fake,
    {
        bufferPast,
        young = fake.context.environment.cluster.pods,
        ids,
    }: { bufferPast: number; young?: string[]; ids?: string[] },
): void {
    const since = Math.floor(now / 60_000) * 60 - bufferPast + 60;
    const retentionOptions = { blockSizeNanos: "60000000000", bufferPastNanos: `${bufferPast}000000000` };
    for (const pod of fake.context.environment.cluster.pods) {
        const namespaces = fake.podPath(pod, 7201, "/api/v1/services/m3db/namespace");
        fake.set(namespaces, { registry: { namespaces: { default: { retentionOptions } } } });
        const fetch = fake.podPath(pod, 9002, "/fetch");
        const answer = fake.answers.get(fetch);
        fake.answers.set(fetch, (request) => {
            const { id, rangeStart } = request.body as { id: string; rangeStart: number };
            const onDisk = Number.isInteger(rangeStart) && rangeStart < since;
            if (young.includes(pod) && onDisk && (ids?.includes(id) ?? true))
                return { status: 503, body: "error trying to reach service: EOF" };
            assert.ok(typeof answer === "function");
            return answer(request);
        });
    }
}
