/** npm run generate: writes docs/diagnosis.md. */
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../support/paths.ts";
import { page, pagePath } from "./page.ts";

writeFileSync(join(projectRoot, pagePath), page());
console.log(pagePath);
