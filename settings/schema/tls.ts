import * as z from "zod";

/** Off unless told: M3 speaks plain text on all its own ports (docs/tls.md), so this is for where what is around it must not. */
export const tlsSchema = z
    .strictObject({
        etcd: z
            .boolean()
            .default(false)
            .describe(
                "etcd speaks TLS only, with its clients and among its members, and lets in whoever has a certificate of this environment. Decided when the environment is made: etcd cannot change it while it runs.",
            ),
        gateway: z
            .boolean()
            .default(false)
            .describe(
                "The gateway speaks https, and Prometheus asks for its certificate. Needs m3perf:identities, without which there is no gateway.",
            ),
    })
    .prefault({})
    .describe(
        "TLS with certificates that m3perf makes: an authority for each environment, kept in the stack's state as secrets.",
    );

export type TlsSettings = z.infer<typeof tlsSchema>;
