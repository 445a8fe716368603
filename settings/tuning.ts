/**
 * What M3DB asks of its hosts: M3's operational guide, "Kernel configuration", and the values of its sysctl-setter image. Set by
 * components/nodes/HostTuning.ts, compared by doctor.
 */
export const m3dbTuning = {
    /** Limits: a host that already has more keeps it. */
    atLeast: {
        /** M3DB maps each file of each block of each shard. */
        "vm.max_map_count": 3_000_000,
        "fs.file-max": 3_000_000,
        "fs.nr_open": 3_000_000,
    },
    exactly: {
        "vm.swappiness": 1,
    },
    /** Open files of the services that start M3DB's containers (LimitNOFILE). */
    openFiles: 3_000_000,
} as const;
