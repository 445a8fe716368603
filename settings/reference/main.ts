/** npm run generate: writes what is made of the settings' schemas. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../support/paths.ts";
import { generated } from "./generated.ts";

for (const [path, text] of Object.entries(generated())) {
    writeFileSync(join(projectRoot, path), text);
    console.log(path);
}
