/** A machine to connect to, its private keys included: only ever in memory, in secrets and in secret environment variables. */
export interface SshTarget {
    host: string;
    port: number;
    user: string;
    privateKey: string;
    /** "ssh-ed25519 AAAA…": the only key that the host may show. */
    hostKey: string;
    jump: Omit<SshTarget, "jump"> | null;
}
