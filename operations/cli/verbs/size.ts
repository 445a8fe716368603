import { readStackSettings } from "../../doctor/settings.ts";
import { renderSize } from "../../size/report.ts";
import { sized, sizeJson } from "../../size/size.ts";
import { exitCodes } from "../exit.ts";
import { printJson, widthOf } from "../output.ts";
import type { Values } from "../verbs.ts";

export async function main(values: Values): Promise<number> {
    const result = sized(values, () => readStackSettings(values));
    if (values.json) printJson(sizeJson(result));
    else process.stdout.write(renderSize(result, widthOf(process.stdout)));
    return exitCodes.ok;
}
