import ssh2 from "ssh2";

/**
 * A new Ed25519 key pair, in OpenSSH's format. ssh2 (1.17, lib/keygen.js) drops a zero at the start of the public key, which makes one pair
 * of 256 malformed, for OpenSSH's ssh-keygen, too: such a pair is thrown away here.
 */
export function ed25519Pair(): { private: string; public: string } {
    for (;;) {
        const pair = ssh2.utils.generateKeyPairSync("ed25519");
        if (!(ssh2.utils.parseKey(pair.private) instanceof Error)) return pair;
    }
}
