import { chmod, mkdir, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { projectRoot } from "../support/paths.ts";
import { layout } from "./cluster/index.ts";

/**
 * Puts a `pulumi` for the lab's shell into a folder and returns that folder. It runs the real one; for this project, with a copy of
 * the stack's settings beside the lab's state as its settings file. The CLI adds a salt to that file (operations/stack/session.ts),
 * and the clone has to stay clean under git. The copy is made anew in each call: the clone's file is the one to edit.
 */
export async function placeShellPulumi(lab: string, bin: string): Promise<string> {
    const folder = join(layout(lab).root, "bin");
    await mkdir(folder, { recursive: true });
    const path = join(folder, "pulumi");
    await writeFile(path, shellPulumi({ lab, bin }));
    await chmod(path, 0o755);
    return folder;
}

/** Text of that script. Pure. */
export function shellPulumi({ lab, bin }: { lab: string; bin: string }): string {
    const files = layout(lab);
    const quote = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`;
    // `site: lab` stands for the lab of that name; another one is named by its site file.
    const site = lab === "lab" ? "cat" : `sed ${quote(`s|^\\( *m3perf:site:\\) *lab *$|\\1 ${files.site}|`)}`;
    return `#!/bin/sh
# pulumi in the shell of \`m3perf lab env\`; see lab/shell.ts.
real=${quote(join(bin, "pulumi"))}
project=${quote(projectRoot.replace(/\/$/, ""))}
copies=${quote(join(files.pulumi, "project"))}
case $(pwd -P)/ in "$project"/*) ;; *) exec "$real" "$@" ;; esac
case \${1:-} in up | update | preview | pre | refresh | destroy | import | watch) ;; *) exec "$real" "$@" ;; esac
stack=\${PULUMI_STACK:-dev}
last=
for word; do
    case $last in --stack | -s) stack=$word ;; esac
    case $word in
    --config-file*) exec "$real" "$@" ;;
    --stack=*) stack=\${word#--stack=} ;;
    esac
    last=$word
done
settings=$project/Pulumi.$stack.yaml
copy=$copies/Pulumi.$stack.yaml
if [ -f "$settings" ]; then
    mkdir -p "$copies"
    { grep -v '^encryptionsalt:' "$settings" | ${site}; grep '^encryptionsalt:' "$copy" 2>/dev/null; } >"$copy.$$" || true
    chmod 600 "$copy.$$" && mv "$copy.$$" "$copy"
    PULUMI_OPTION_CONFIG_FILE=$copy
    export PULUMI_OPTION_CONFIG_FILE
fi
exec "$real" "$@"
`;
}
