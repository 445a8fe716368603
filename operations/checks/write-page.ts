/** npm run generate: lists the checks in docs/verify.md. */
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { projectRoot } from "../../support/paths.ts";
import { withChecks } from "./page.ts";

const path = join(projectRoot, "docs/verify.md");
writeFileSync(path, withChecks(readFileSync(path, "utf8")));
console.log("docs/verify.md");
