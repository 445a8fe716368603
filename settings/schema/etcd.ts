import * as z from "zod";
import { cpu, memory, must } from "./fields.ts";

export const etcdSchema = z
    .strictObject({
        members: z
            .union([z.literal(1), z.literal(3), z.literal(5)], must("1, 3 or 5 (a quorum is a majority)"))
            .default(3)
            .describe(
                "One on each M3DB node. Odd, so that a majority survives the loss of the rest: 3 survive one. Fixed when the environment is made.",
            ),
        storage: memory.default("1Gi").describe("Volume of a member. Fixed when the environment is made."),
        memory: memory.default("256Mi").describe("Memory of a member, request and limit."),
        cpu: cpu.default("100m").describe("CPU request of a member."),
    })
    .prefault({})
    .describe("The etcd that M3 keeps its placements, namespaces and topics in.");
