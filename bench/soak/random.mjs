// @ts-check
/** Chance that a seed repeats. */

/** @typedef {() => number} Random from 0, included, to 1 */

/** mulberry32: small, and good enough to choose what to ask. @param {number} state @returns {Random} */
export function generator(state) {
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** @template T @param {T[]} items @param {Random} random */
export const pick = (items, random) => items[Math.floor(random() * items.length)];

/** @param {Random} random @param {number[]} bounds */
export const between = (random, [least, most]) => least + random() * (most - least);
