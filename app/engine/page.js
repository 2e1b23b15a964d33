// @ts-check
/**
 * Runs the engine module in the page's own thread, for what must be there in the frame of the input that asked for it:
 * a message to a worker and back costs the rest of that frame. The page's side is `app/src/engine/page.rs`.
 */

/** @type {any} the one preview of this thread; it keeps the columns whose inputs did not change */
let preview = null;

/**
 * Loads the engine from the addresses of its script and its WebAssembly module.
 * @param {string} engine @param {string} module
 */
export async function load(engine, module) {
  const loaded = await import(engine);
  await loaded.default({ module_or_path: module });
  preview = new loaded.Preview();
}

/**
 * The fund's figures of the first `rows` rows of a configuration, as JSON text; nothing where they are not all made
 * within `budgetMs` milliseconds. What was made is kept, so that asking again goes on from there.
 * @param {string} configuration @param {number} rows @param {number} budgetMs
 * @returns {string | undefined}
 */
export function follow(configuration, rows, budgetMs) {
  const begun = performance.now();
  preview.update(JSON.stringify({ ...JSON.parse(configuration), numScenarios: rows }));
  while (!preview.step(1)) if (performance.now() - begun >= budgetMs) return undefined;
  return preview.fund();
}
