import * as z from "zod";
import { images } from "../images.ts";
import { must } from "./fields.ts";

/** registry/path:tag, registry/path@digest or both. */
const reference = z
    .string()
    .regex(
        /^[a-z0-9][A-Za-z0-9.-]*(:\d+)?(\/[a-z0-9]+([._-]+[a-z0-9]+)*)+(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?(@sha256:[0-9a-f]{64})?$/,
        must('a full reference, like "quay.io/m3db/m3dbnode:v1.5.0"'),
    )
    .refine(
        (text) => /:[^/]+$/.test(text),
        must("one with a tag or a digest: what it names must not change by itself"),
    );

const image = (name: keyof typeof images, what: string) =>
    reference.default(images[name]).describe(`Image of ${what}, a full reference with tag or digest.`);

export const imagesSchema = z
    .strictObject({
        m3dbnode: image("m3dbnode", "the database pods; another one rolls them, one replica at a time"),
        m3coordinator: image(
            "m3coordinator",
            "m3coordinator, and of the admin coordinator of m3perf:m3db.externalCoordinator",
        ),
        m3query: image("m3query", "m3query"),
        m3aggregator: image("m3aggregator", "m3aggregator"),
        m3dbOperator: image("m3dbOperator", "m3db-operator"),
        etcd: image("etcd", "etcd"),
        nginx: image("nginx", "the gateway of m3perf:identities"),
        node: image("node", "Node, which runs the set-up job and the front of m3query"),
    })
    .prefault({})
    .describe("Container images. Absent: the official ones, of the versions whose self-built images the lab runs.");

export type Images = z.infer<typeof imagesSchema>;
