/**
 * Whether the m3perf that started this process is gone already. The channel to it may close while the modules are loaded: that "disconnect" comes
 * before anybody listens, and a load without an end would go on for ever. Never so where nobody started it with such a channel. To be asked
 * once "disconnect" is listened for: what closes after that is told.
 */
export const abandoned = (): boolean => process.send !== undefined && !process.connected;
