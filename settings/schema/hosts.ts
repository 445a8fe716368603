import * as z from "zod";
import { nodeNames } from "../kernel.ts";
import { must } from "./fields.ts";

export const hostsSchema = z
    .strictObject({
        tuning: z
            .boolean()
            .default(false)
            .describe("Kernel parameters and limits that M3DB asks for, set on its nodes over SSH."),
    })
    .prefault({})
    .describe("What is set on the hosts.");

export const rollSchema = z
    .strictObject({
        id: z
            .string()
            .regex(/^[A-Za-z0-9_.-]{1,40}$/, must("letters, digits, dots, dashes, underscores, 40 at most"))
            .describe("Another text is another roll: each node is rebooted once for it."),
        nodes: nodeNames.optional().describe("Exactly these, in this order; every node that answers SSH unless told."),
    })
    .optional()
    .describe("Reboots nodes one by one, with the same care as a kernel upgrade. Absent: none.");
