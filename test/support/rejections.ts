/**
 * A rejection that nobody handles fails the test that is running, or the run. Mocha listens for them and hands them on, so Node's own
 * end of the process does not come; with nobody to hand them to, an assertion that is not awaited could never fail
 * (mocha's lib/runner.js, `unhandled`).
 */
const fail = (reason: unknown) => {
    throw reason;
};

export const mochaHooks = {
    beforeAll() {
        process.on("unhandledRejection", fail);
    },
    afterAll() {
        process.off("unhandledRejection", fail);
    },
};
