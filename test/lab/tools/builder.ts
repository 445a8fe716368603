/** builder.ts CACHE MANIFEST: builds the tiny set of ensure.test.ts in a process of its own, so that it can be killed. */
import { ensureSet } from "../../../lab/tools/build.ts";
import { readGoEnvironment } from "../../../lab/tools/go.ts";
import { tinySet } from "./tiny.ts";

const [cache = "", manifest = ""] = process.argv.slice(2);
const note = (text: string) => console.log(text);
console.log(`built ${await ensureSet(tinySet, { cache, manifest, go: await readGoEnvironment(), jobs: 2, note })}`);
