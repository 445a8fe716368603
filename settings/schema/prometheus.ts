import * as z from "zod";
import { httpUrl } from "./fields.ts";

export const prometheusSchema = z
    .strictObject({
        remoteWrite: z
            .strictObject({
                url: httpUrl
                    .default("http://m3coordinator.m3db:7201/api/v1/prom/remote/write")
                    .describe("Where Prometheus sends its samples: a coordinator."),
            })
            .prefault({})
            .describe("Remote write."),
        remoteRead: z
            .strictObject({
                url: httpUrl
                    .default("http://m3query.m3db:7201/api/v1/prom/remote/read")
                    .describe("Where Prometheus reads what it does not hold itself."),
                readRecent: z
                    .boolean()
                    .default(true)
                    .describe("Ask M3 even for times that Prometheus still holds itself, as the manual run did."),
            })
            .prefault({})
            .describe("Remote read."),
    })
    .prefault({})
    .describe("What goes into the Prometheus that the site names.");
