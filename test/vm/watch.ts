/** Who was down when: each machine's SSH server is asked for its greeting, over and over. */
import { connect } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import type { Vm } from "../../lab/vm/index.ts";

export interface Downtime {
    vm: string;
    /** Milliseconds since 1970: the start of the first look that failed, the end of the last. */
    from: number;
    to: number;
}

export interface Watch {
    /** Ends it; what was seen. */
    end(): Promise<Downtime[]>;
}

/** A forwarded port takes connections while its guest is down (facts.md 6): only a greeting counts. Milliseconds. */
const patience = 10_000;

export function watchMachines(vms: Vm[]): Watch {
    let going = true;
    const seen: Downtime[] = [];
    const watchOne = async (vm: Vm) => {
        let down: Downtime | undefined;
        while (going) {
            const from = Date.now();
            if (await greets(vm.ssh.port)) down = undefined;
            else if (down) down.to = Date.now();
            else {
                down = { vm: vm.name, from, to: Date.now() };
                seen.push(down);
            }
            await sleep(500);
        }
    };
    const watchers = vms.map(watchOne);
    return {
        async end() {
            going = false;
            await Promise.all(watchers);
            return seen;
        },
    };
}

function greets(port: number): Promise<boolean> {
    return new Promise((resolve) => {
        const socket = connect(port, "127.0.0.1");
        const end = (answer: boolean) => {
            clearTimeout(timer);
            socket.destroy();
            resolve(answer);
        };
        const timer = setTimeout(() => end(false), patience);
        socket.on("data", (data) => end(data.toString().startsWith("SSH-")));
        socket.on("error", () => end(false));
        socket.on("close", () => end(false));
    });
}

/** Pairs of different machines that were down at the same time. */
export function overlaps(seen: Downtime[]): [Downtime, Downtime][] {
    return seen.flatMap((one, index) =>
        seen
            .slice(index + 1)
            .filter((other) => other.vm !== one.vm && one.from < other.to && other.from < one.to)
            .map((other): [Downtime, Downtime] => [one, other]),
    );
}
