/** What a provider of ours implements: Pulumi's ResourceProvider protocol in plain values (service.ts speaks protobuf). */
import type { EngineLog } from "./engine.ts";
import type { PropertyMap } from "./values.ts";

/** What every call knows. */
export interface CallContext {
    /** Aborted when the engine cancels the update or the plugin is to stop. */
    signal: AbortSignal;
    log: EngineLog;
}

export interface ResourceRequest {
    urn: string;
    /** Type token: "kubernetes:apps/v1:Deployment". */
    type: string;
    /** The resource's name in the program. */
    name: string;
}

export interface Autonaming {
    proposedName: string;
    mode: "propose" | "enforce" | "disable";
}

export interface CheckRequest extends ResourceRequest {
    /** The inputs of the last update; null when the resource is new. */
    olds: PropertyMap | null;
    news: PropertyMap;
    randomSeed: Uint8Array;
    autonaming: Autonaming | null;
}

export interface CheckFailure {
    /** Property path ("spec.replicas"), or "" for the whole resource. */
    property: string;
    reason: string;
}

export interface CheckResult {
    inputs: PropertyMap;
    failures?: CheckFailure[];
}

export interface DiffRequest extends ResourceRequest {
    id: string;
    /** The outputs in the state. */
    olds: PropertyMap;
    oldInputs: PropertyMap;
    news: PropertyMap;
    ignoreChanges: string[];
}

export type ChangeKind = "add" | "add-replace" | "delete" | "delete-replace" | "update" | "update-replace";

export interface PropertyChange {
    kind: ChangeKind;
    /** True when the old value is an input's, false when it is an output's (a change made outside of Pulumi). */
    inputDiff: boolean;
}

export interface DiffResult {
    /** Changed properties by path; an empty record says that nothing changes. */
    changes: Record<string, PropertyChange>;
    deleteBeforeReplace?: boolean;
    /** Names of the outputs that an update never changes. */
    stables?: string[];
}

export interface CreateRequest extends ResourceRequest {
    inputs: PropertyMap;
    preview: boolean;
    /** Seconds, from the resource's customTimeouts; 0 when there is none. */
    timeout: number;
}

export interface ReadRequest extends ResourceRequest {
    id: string;
    /** Outputs and inputs in the state; empty when the resource is imported. */
    outputs: PropertyMap;
    inputs: PropertyMap;
}

export interface UpdateRequest extends ResourceRequest {
    id: string;
    olds: PropertyMap;
    oldInputs: PropertyMap;
    news: PropertyMap;
    preview: boolean;
    timeout: number;
    ignoreChanges: string[];
}

export interface DeleteRequest extends ResourceRequest {
    id: string;
    outputs: PropertyMap;
    inputs: PropertyMap;
    timeout: number;
}

export interface ResourceProvider {
    version: string;
    checkConfig?(request: CheckRequest, context: CallContext): Promise<CheckResult>;
    diffConfig?(request: DiffRequest, context: CallContext): Promise<DiffResult>;
    /** Throws to refuse the configuration. */
    configure?(config: PropertyMap, context: CallContext): Promise<void>;
    check(request: CheckRequest, context: CallContext): Promise<CheckResult>;
    diff(request: DiffRequest, context: CallContext): Promise<DiffResult>;
    /** At preview the id is "" and unknown outputs may be marked so. */
    create(request: CreateRequest, context: CallContext): Promise<{ id: string; outputs: PropertyMap }>;
    /** Null: the resource is gone. */
    read(
        request: ReadRequest,
        context: CallContext,
    ): Promise<{ id: string; outputs: PropertyMap; inputs: PropertyMap } | null>;
    update(request: UpdateRequest, context: CallContext): Promise<PropertyMap>;
    delete(request: DeleteRequest, context: CallContext): Promise<void>;
    /** Functions of the package; without it every call is refused. */
    invoke?(token: string, args: PropertyMap, context: CallContext): Promise<PropertyMap>;
}

/**
 * Thrown by create and update when the object exists but did not become ready: the engine keeps it in the state, with
 * the reasons as its init errors, and the next update tries again.
 */
export class InitFailed extends Error {
    readonly id: string;
    readonly outputs: PropertyMap;
    readonly inputs: PropertyMap;
    readonly reasons: string[];
    constructor(title: string, id: string, outputs: PropertyMap, inputs: PropertyMap, reasons: string[]) {
        super(title);
        this.id = id;
        this.outputs = outputs;
        this.inputs = inputs;
        this.reasons = reasons;
    }
}
