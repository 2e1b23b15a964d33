// @ts-check
/** How the memory of processes that live long goes on: flat, or rising. */

const SAMPLE_MS = 5_000;
/** What the last quarter may have more than the second one: by then caches are full and pools are open. */
const MOST_RISE = 0.1;
/** Less than this tells nothing: a quarter must be longer than what a process does once. */
const LEAST_SAMPLES = (4 * 120_000) / SAMPLE_MS;

/** @param {number[]} values */
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

export class MemorySeries {
  #parts;
  /** @type {Map<string, number[]>} */
  #resident;
  #timer;

  /** @param {import("./installations.mjs").Part[]} parts */
  constructor(parts) {
    this.#parts = parts;
    this.#resident = new Map(parts.map((part) => [part.name, []]));
    this.#timer = setInterval(() => this.#sample(), SAMPLE_MS);
  }

  #sample() {
    for (const { name, program } of this.#parts) {
      if (program?.isRunning) this.#resident.get(name)?.push(program.memory().resident / 1e6);
    }
  }

  stop() {
    clearInterval(this.#timer);
  }

  /** Prints each series, a figure a minute, and says whether none rises. */
  report() {
    let isFlat = true;
    for (const [name, samples] of this.#resident) {
      const perMinute = 60_000 / SAMPLE_MS;
      const minutes = Array.from({ length: Math.ceil(samples.length / perMinute) }, (_, minute) =>
        mean(samples.slice(minute * perMinute, (minute + 1) * perMinute)).toFixed(0),
      );
      console.log(`memory of the ${name} by the minute, MB: ${minutes.join(" ")}`);
      if (samples.length < LEAST_SAMPLES) {
        console.log(`  too short to tell whether it rises: that takes ${(LEAST_SAMPLES * SAMPLE_MS) / 1e3} s`);
        continue;
      }
      const quarter = Math.floor(samples.length / 4);
      const [early, late] = [samples.slice(quarter, 2 * quarter), samples.slice(-quarter)].map(mean);
      const rises = late > early * (1 + MOST_RISE);
      isFlat &&= !rises;
      console.log(
        `  ${rises ? "RISING" : "flat"}: ${early.toFixed(1)} MB in the second quarter, ${late.toFixed(1)} MB in the last ` +
          `(${(100 * (late / early - 1)).toFixed(1)} %)`,
      );
    }
    return isFlat;
  }
}
