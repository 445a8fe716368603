/** Errors as the protocol carries them. */
import * as grpc from "@grpc/grpc-js";
import messages from "@pulumi/pulumi/proto/provider_pb.js";
import statuses from "@pulumi/pulumi/proto/status_pb.js";
import anys from "google-protobuf/google/protobuf/any_pb.js";
import { messageOf } from "../../../support/errors.ts";
import { InitFailed } from "./provider.ts";
import { toStruct } from "./structs.ts";

/** An error with a gRPC status of its own. */
export class RpcFailure extends Error {
    readonly code: grpc.status;
    constructor(code: grpc.status, message: string) {
        super(message);
        this.code = code;
    }
}

export function unimplemented(what: string): RpcFailure {
    return new RpcFailure(grpc.status.UNIMPLEMENTED, `not supported by m3perf's substitute: ${what}`);
}

/**
 * The gRPC form of anything thrown. A partly created resource travels as ErrorResourceInitFailed in
 * `grpc-status-details-bin`, gRPC's place for structured errors, which the engine reads.
 */
export function rpcError(error: unknown): Partial<grpc.StatusObject> {
    if (error instanceof InitFailed) {
        const detail = new messages.ErrorResourceInitFailed()
            .setId(error.id)
            .setProperties(toStruct(error.outputs))
            .setInputs(toStruct(error.inputs))
            .setReasonsList(error.reasons);
        const any = new anys.Any();
        any.pack(detail.serializeBinary(), "pulumirpc.ErrorResourceInitFailed");
        const status = new statuses.Status().setCode(grpc.status.UNKNOWN).setMessage(error.message);
        status.addDetails(any); // returns the detail, not the status
        const metadata = new grpc.Metadata();
        metadata.add("grpc-status-details-bin", Buffer.from(status.serializeBinary()));
        return { code: grpc.status.UNKNOWN, details: error.message, metadata };
    }
    const code = error instanceof RpcFailure ? error.code : grpc.status.UNKNOWN;
    return { code, details: messageOf(error) };
}
