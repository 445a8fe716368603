import * as grpc from "@grpc/grpc-js";
import engineServices from "@pulumi/pulumi/proto/engine_grpc_pb.js";
import engineMessages from "@pulumi/pulumi/proto/engine_pb.js";

export type Severity = "debug" | "info" | "warning" | "error";

/** Messages for the user, through the engine. */
export interface EngineLog {
    /** A line in the diagnostics of the resource `urn` (of the stack when it is ""). */
    say(severity: Severity, message: string, urn?: string): void;
    /** A passing remark beside the running resource: "waiting for 2 of 3 pods". */
    status(message: string, urn: string): void;
    /** Resolves when everything said so far has been delivered. */
    flushed(): Promise<void>;
    close(): void;
}

/** Messages go to the engine at `address` ("127.0.0.1:1234"), in order; what cannot be delivered is dropped. */
export function engineLog(address: string): EngineLog {
    let client: InstanceType<typeof engineServices.EngineClient> | undefined;
    let last: Promise<void> = Promise.resolve();
    const send = (severity: Severity, message: string, urn: string, ephemeral: boolean) => {
        if (address === "") return;
        client ??= new engineServices.EngineClient(address, grpc.credentials.createInsecure());
        const sender = client;
        const request = new engineMessages.LogRequest()
            .setSeverity(
                { debug: 0, info: 1, warning: 2, error: 3 }[severity] as ReturnType<
                    InstanceType<typeof engineMessages.LogRequest>["getSeverity"]
                >,
            )
            .setMessage(message)
            .setUrn(urn)
            .setEphemeral(ephemeral);
        last = last.then(() => new Promise((resolve) => sender.log(request, () => resolve())));
    };
    return {
        say: (severity, message, urn = "") => send(severity, message, urn, false),
        status: (message, urn) => send("info", message, urn, true),
        flushed: () => last,
        close: () => client?.close(),
    };
}
