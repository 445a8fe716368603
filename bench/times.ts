/** How often a benchmark measures: an option's value, a whole number from 1 on; anything else ends the process with 64. */
export function timesOf(option: string, text: string): number {
    const times = Number(text);
    if (Number.isInteger(times) && times >= 1) return times;
    console.error(`--${option} ${text}: allowed are whole numbers from 1 on`);
    process.exit(64);
}
