/** builder.ts CACHE [MANIFEST]: builds the tiny set by its manifest, or M3 without one, in a process of its own, so that it can be killed. */
import { ensureSet } from "../../../lab/tools/build.ts";
import { readGoEnvironment } from "../../../lab/tools/go.ts";
import { builtHere } from "./tiny.ts";

const [cache = "", manifest] = process.argv.slice(2);
const say = manifest ? console.log : console.error; // of a killed one the suite prints what it said last there
const note = (text: string) => say(text);
const options = { cache, go: await readGoEnvironment(), jobs: 2, note, ...(manifest ? { manifest } : {}) };
console.log(`built ${await ensureSet(builtHere(manifest), options)}`);
