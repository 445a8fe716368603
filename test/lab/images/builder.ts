/** builder.ts CACHE: makes every image of the catalog in a cache of its own, in a process that can be killed. */
import { ensureImages } from "../../../lab/images/index.ts";
import { ensureTools } from "../../../lab/tools/index.ts";
import { createProgress } from "../../../support/progress.ts";

const [cache = ""] = process.argv.slice(2);
const progress = createProgress();
await ensureImages({ tools: await ensureTools({ progress }), progress, cache, probe: async () => false });
