import { stringify } from "yaml";

/** A configuration file of M3, or a part of one, as data. */
export type Config = { [key: string]: unknown };

/** m3.yml */
export const configFile = (config: object): string => stringify(config, { lineWidth: 0, aliasDuplicateObjects: false });

/** The configuration with the user's own laid over it: objects are merged, everything else replaced, null removes. */
export function overridden(base: Config, over: Config): Config {
    const result: Config = { ...base };
    for (const [key, value] of Object.entries(over)) {
        const there = result[key];
        if (value === null) delete result[key];
        else if (isObject(value)) result[key] = overridden(isObject(there) ? there : {}, value);
        else result[key] = value;
    }
    return result;
}

const isObject = (value: unknown): value is Config =>
    typeof value === "object" && value !== null && !Array.isArray(value);
