/** What a command prints: kept for the outputs, shown to the user line by line unless that is not wanted. */
import { StringDecoder } from "node:string_decoder";
import { longestTimer } from "../../../support/wait.ts";
import type { CallContext, PropertyValue } from "../shared/index.ts";
import type { Mask } from "./mask.ts";

/** How much of a run is shown. */
export interface Privacy {
    /** True when the command's text and output must not be shown at all. */
    hidden: boolean;
    /** Takes the secrets out of what is shown. */
    mask: Mask;
}

export interface Captured {
    stdout: string;
    stderr: string;
}

export class OutputCapture {
    private readonly parts: Record<"stdout" | "stderr", Buffer[]> = { stdout: [], stderr: [] };
    private readonly all: Buffer[] = [];
    private readonly rest = { stdout: "", stderr: "" };
    private readonly decoders = { stdout: new StringDecoder("utf8"), stderr: new StringDecoder("utf8") };
    private readonly shown: ReadonlySet<string>;
    private readonly context: CallContext;
    private readonly urn: string;
    private readonly mask: Mask;

    /** `logging` is the resource's input of that name. With `hidden`, nothing is shown. */
    constructor(context: CallContext, urn: string, logging: PropertyValue | undefined, privacy: Privacy) {
        this.context = context;
        this.urn = urn;
        this.mask = privacy.mask;
        this.shown = new Set(privacy.hidden ? [] : streamsOf(logging));
    }

    add(stream: "stdout" | "stderr", data: Buffer): void {
        this.parts[stream].push(data);
        this.all.push(data);
        if (!this.shown.has(stream)) return;
        const lines = (this.rest[stream] + this.decoders[stream].write(data)).split("\n");
        this.rest[stream] = lines.pop() ?? "";
        for (const line of lines) this.show(line);
    }

    /** The output so far, without the last line's end, as the official plugin keeps it. */
    finish(): Captured {
        for (const stream of ["stdout", "stderr"] as const) this.show(this.rest[stream] + this.decoders[stream].end());
        return { stdout: textOf(this.parts.stdout), stderr: textOf(this.parts.stderr) };
    }

    /** Both streams, in the order in which they came. */
    combined(): string {
        return Buffer.concat(this.all).toString("utf8").trimEnd();
    }

    private show(line: string): void {
        if (line !== "") this.context.log.say("info", this.mask(line), this.urn);
    }
}

function streamsOf(logging: PropertyValue | undefined): string[] {
    if (logging === "none") return [];
    return logging === "stdout" || logging === "stderr" ? [logging] : ["stdout", "stderr"];
}

function textOf(parts: Buffer[]): string {
    return Buffer.concat(parts).toString("utf8").replace(/\n$/, "");
}

/** A command that failed, in a person's words. With `hidden`, neither the command nor its output is repeated. */
export function commandFailure(why: string, command: string, output: string, privacy: Privacy): Error {
    if (privacy.hidden) return new Error(`${why}: the command and its output are not shown, as its inputs are secret`);
    return new Error(privacy.mask(`${why}: running ${JSON.stringify(command)}:\n${output}`));
}

/** Why a run was stopped: the update was cancelled, or its time was up. */
export function stopReason({ signal }: CallContext): string {
    return signal.reason instanceof Error ? signal.reason.message : "cancelled";
}

/** The context with an end to it, in seconds from now; 0: none. From the resource's customTimeouts. */
export function withLimit(context: CallContext, seconds: number): CallContext {
    if (seconds <= 0) return context;
    const limit = new AbortController();
    const reason = new Error(`not done within ${seconds} s (customTimeouts)`);
    // Of a roll of thousands of pods the limit is weeks.
    setTimeout(() => limit.abort(reason), Math.min(seconds * 1000, longestTimer)).unref();
    return { ...context, signal: AbortSignal.any([context.signal, limit.signal]) };
}
