/** A value as JSON has it: no classes, no undefined members, nothing shared with the original. */
export function plain<T>(value: T): T {
    return value === undefined ? value : (JSON.parse(JSON.stringify(value)) as T);
}
