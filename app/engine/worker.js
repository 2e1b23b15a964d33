// @ts-check
/**
 * Runs the engine module in a Web Worker.
 *
 * Messages are JSON text in both directions: objects `{"<kind>": {…}}`. The page's side is `app/src/engine`.
 *
 * - `start {engine, module}` (addresses of the engine's script and WebAssembly module) answers `ready {}`
 *   or `unavailable {message}`.
 * - `preview {id, configuration, stages, part, pins}` answers a `frame` per stage: first few rows, then more. Before the
 *   first one comes its `fund`, the figures that a reader looks at first; where the page has made these itself
 *   (`part: "rest"`) it does not, and while inputs move (`part: "passing"`) no more than the first frame is made. Behind
 *   each frame comes `paired`, where there are pinned variants: their fund's figures in as many rows, and what changes
 *   from each to the configuration. A newer `preview` replaces one under way; only the newest is ever computed.
 * - `pair {configurations, rows}` answers `progress {blocksDone, blocks}` and then `paired`: what changes from the first
 *   to each of the others, in their first rows.
 * - `blocks {configuration, blocks}` answers `digests {digests: [[block, digest], …]}` until every block had its turn.
 * - `base {id, configuration}` answers `based {id, fund}` and makes it what others are compared with. A newer `base` ends
 *   what is under way for the one before it.
 * - `compare {id, configurations}` answers `compared {id, comparisons}`: how each differs from the base with that id.
 * - `run {configuration}` answers `progress {blocksDone, blocks}` and then `outcome {digest, summaryDigest}`.
 *
 * Anything that fails answers `failed {id, message}`. To stop an audit the page ends the worker.
 */

/** Longest stretch of work before newer messages are looked at, milliseconds. */
const SLICE_MS = 8;
/** Shortest time between two reports of progress, milliseconds. */
const PROGRESS_MS = 50;
/** How long the figures behind the fund's may stay away while inputs move, milliseconds. */
const BEHIND_MS = 400;
/** How long inputs must rest before these are made sooner, milliseconds: longer than a drag stands still where one or two
 *  of its moves change no input, since what a newer input would throw away must not keep that one waiting. */
const SETTLE_MS = 100;
/** How long inputs must rest after the first stage before a preview is sharpened, milliseconds. */
const REST_MS = 120;

/** @typedef {{ pin: number, configuration: string }} Pinned a variant that was put aside, by its number */
/**
 * @typedef {{ id: number, configuration: string, stages: number[], part: "all" | "rest" | "passing", pins: Pinned[] }} PreviewRequest
 */

/** @type {any} the engine module, once started */
let engine = null;
/** @type {any} the one preview of this worker; it keeps the columns whose inputs did not change */
let preview = null;
/** @type {any[]} a preview for each pinned variant, in the order of the request */
const pinned = [];
/** @type {PreviewRequest | null} the newest request that nobody has begun */
let newest = null;
let isPreviewing = false;
/** @type {any} what others are compared with, once there is something */
let base = null;
/** @type {any} the preview that follows one compared configuration after the other */
let other = null;
/** The newest base. */
let baseId = 0;
/** When the last frame was posted. */
let framedAt = -Infinity;
/** When the last comparison was posted. */
let pairedAt = -Infinity;
/** Ends a rest early. */
let wake = () => {};
/** Settles when the engine is loaded, or is known not to load. */
let started = Promise.resolve();

/** Lets waiting messages in. A message port comes back at once, where a timer would wait 4 ms. */
const turn = (() => {
  const { port1, port2 } = new MessageChannel();
  /** @type {(() => void)[]} */
  const waiting = [];
  port1.onmessage = () => waiting.shift()?.();
  return () =>
    new Promise((/** @type {(value?: undefined) => void} */ resolve) => {
      waiting.push(resolve);
      port2.postMessage(null);
    });
})();

/** Waits until inputs have rested so long, or a newer request is there. @param {number} milliseconds */
const rest = (milliseconds) =>
  new Promise((/** @type {(value?: undefined) => void} */ resolve) => {
    if (newest) return resolve();
    const timer = setTimeout(resolve, milliseconds);
    wake = () => {
      clearTimeout(timer);
      resolve();
    };
  });

/** @param {string} kind @param {object} body */
const post = (kind, body) => self.postMessage(JSON.stringify({ [kind]: body }));

/** @param {number | null} id @param {any} error */
const postFailure = (id, error) => post("failed", { id, message: String(error?.message ?? error) });

/** @param {{ engine: string, module: string }} addresses */
async function start(addresses) {
  try {
    const loaded = await import(addresses.engine);
    await loaded.default({ module_or_path: addresses.module });
    engine = loaded;
    preview = new engine.Preview();
    post("ready", {});
  } catch (error) {
    post("unavailable", { message: String(/** @type {any} */ (error)?.message ?? error) });
  }
}

async function previewNewest() {
  if (isPreviewing) return;
  isPreviewing = true;
  while (newest) {
    const request = newest;
    newest = null;
    try {
      await sharpen(request);
    } catch (error) {
      postFailure(request.id, error);
    }
  }
  isPreviewing = false;
}

/**
 * Computes the stages of a request one after the other, until a newer request waits.
 * @param {PreviewRequest} request
 */
async function sharpen(request) {
  const { id, stages, part } = request;
  for (const [index, rows] of stages.entries()) {
    const isLast = index === stages.length - 1;
    let computedMs = 0;
    /** Adds to the time spent on the stage. @template T @param {() => T} work */
    const timed = (work) => {
      const begun = performance.now();
      const result = work();
      computedMs += performance.now() - begun;
      return result;
    };
    preview.update(cut(request.configuration, rows));
    // The first stage is made in one go and always shown, however fast newer inputs come: the page must not starve.
    const sliceMs = index === 0 ? Infinity : SLICE_MS;
    while (!timed(() => makeRows(preview, sliceMs))) {
      await turn();
      if (newest) return;
    }
    if (index === 0 && part === "all") {
      const fund = timed(() => preview.fund());
      self.postMessage(
        `{"fund":{"id":${id},"rows":${rows},"computedMs":${computedMs},"isLast":${isLast},"result":${fund}}}`,
      );
      const isBehind = () => performance.now() - framedAt >= BEHIND_MS;
      await (isBehind() ? turn() : rest(SETTLE_MS));
      if (newest && !isBehind()) return;
    }
    const result = timed(() => preview.summary());
    self.postMessage(
      `{"frame":{"id":${id},"rows":${rows},"computedMs":${computedMs},"isLast":${isLast},"result":${result}}}`,
    );
    framedAt = performance.now();
    await turn();
    await pair(request, rows);
    if (part === "passing") return;
    if (index === 0 && !isLast) await rest(REST_MS);
    if (newest) return;
  }
}

/**
 * Compares the newest frame with each pinned variant, whose rows are made unless they are there. A newer request ends it,
 * but not for ever: while inputs move a comparison comes now and then.
 * @param {PreviewRequest} request @param {number} rows
 */
async function pair({ id, pins }, rows) {
  while (pinned.length > pins.length) pinned.pop().free();
  const isInTheWay = () => newest && performance.now() - pairedAt < BEHIND_MS;
  const variants = [];
  for (const [index, { pin, configuration }] of pins.entries()) {
    const variant = (pinned[index] ??= new engine.Preview());
    variant.update(cut(configuration, rows));
    while (!makeRows(variant, SLICE_MS)) {
      await turn();
      if (isInTheWay()) return;
    }
    variants.push(`{"pin":${pin},"fund":${variant.fund()},"comparison":${preview.compareWith(variant)}}`);
    await turn();
    if (isInTheWay()) return;
  }
  if (pins.length === 0) return;
  self.postMessage(`{"paired":{"id":${id},"rows":${rows},"fund":${preview.fund()},"variants":[${variants}]}}`);
  pairedAt = performance.now();
}

/** A configuration with so many rows. @param {string} configuration @param {number} rows */
const cut = (configuration, rows) => JSON.stringify({ ...JSON.parse(configuration), numScenarios: rows });

/** Makes rows of a preview for a slice of time; `true` when all are there. @param {any} of @param {number} sliceMs */
function makeRows(of, sliceMs) {
  const begun = performance.now();
  while (performance.now() - begun < sliceMs) if (of.step(1)) return true;
  return false;
}

/**
 * Compares runs with the first of them, in their first rows.
 * @param {{ configurations: string[], rows: number }} request
 */
async function pairRuns({ configurations, rows }) {
  const previews = configurations.map(() => new engine.Preview());
  const blocks = previews.length * Math.ceil(rows / 1024);
  let blocksDone = 0;
  let reported = performance.now();
  for (const [index, run] of previews.entries()) {
    run.update(cut(configurations[index], rows));
    while (!run.step(1)) {
      blocksDone += 1;
      if (performance.now() - reported > PROGRESS_MS) {
        reported = performance.now();
        post("progress", { blocksDone, blocks });
        await turn();
      }
    }
    blocksDone += 1;
  }
  const [base, ...others] = previews;
  const variants = others.map(
    (run, index) => `{"pin":${index + 1},"fund":${run.fund()},"comparison":${run.compareWith(base)}}`,
  );
  self.postMessage(`{"paired":{"id":0,"rows":${rows},"fund":${base.fund()},"variants":[${variants}]}}`);
  for (const run of previews) run.free();
}

/** @param {{ configuration: string, blocks: number[] }} request */
async function digestBlocks({ configuration, blocks }) {
  const matrix = new engine.MatrixBlocks(configuration);
  /** @type {[number, string][]} */
  let digests = [];
  let reported = performance.now();
  for (const block of blocks) {
    digests.push([block, matrix.digest(block)]);
    if (performance.now() - reported > PROGRESS_MS) {
      post("digests", { digests });
      digests = [];
      await turn();
      reported = performance.now();
    }
  }
  matrix.free();
  post("digests", { digests });
}

/** @param {{ id: number, configuration: string }} request */
async function setBase({ id, configuration }) {
  baseId = id;
  base ??= new engine.Preview();
  other ??= new engine.Preview();
  base.update(configuration);
  if (await makeAllRows(base, id)) self.postMessage(`{"based":{"id":${id},"fund":${base.fund()}}}`);
}

/** @param {{ id: number, configurations: string[] }} request */
async function compare({ id, configurations }) {
  const comparisons = [];
  for (const configuration of configurations) {
    if (id !== baseId) return;
    other.update(configuration);
    if (!(await makeAllRows(other, id))) return;
    comparisons.push(other.compareWith(base));
  }
  self.postMessage(`{"compared":{"id":${id},"comparisons":[${comparisons}]}}`);
}

/** Makes all rows of a preview; `false` where a newer base than `id` came meanwhile. @param {any} rows @param {number} id */
async function makeAllRows(rows, id) {
  for (;;) {
    const begun = performance.now();
    while (performance.now() - begun < SLICE_MS) if (rows.step(1)) return true;
    await turn();
    if (id !== baseId) return false;
  }
}

/** @param {{ configuration: string }} request */
async function run({ configuration }) {
  const run = new engine.Run(configuration);
  let reported = performance.now();
  while (!run.step(1)) {
    const now = performance.now();
    if (now - reported > PROGRESS_MS) {
      reported = now;
      post("progress", run.progress());
      await turn();
    }
  }
  const { digest, summaryDigest } = run.finish();
  post("outcome", { digest, summaryDigest });
}

self.onmessage = ({ data }) => {
  /** @type {any} */
  const message = JSON.parse(data);
  if (message.start) {
    started = start(message.start);
  } else if (message.preview) {
    newest = message.preview;
    wake();
    previewNewest();
  } else if (message.blocks) {
    started.then(() => engine && digestBlocks(message.blocks)).catch((error) => postFailure(null, error));
  } else if (message.pair) {
    started.then(() => engine && pairRuns(message.pair)).catch((error) => postFailure(null, error));
  } else if (message.base) {
    const { id } = message.base;
    started.then(() => engine && setBase(message.base)).catch((error) => postFailure(id, error));
  } else if (message.compare) {
    const { id } = message.compare;
    started.then(() => engine && compare(message.compare)).catch((error) => postFailure(id, error));
  } else if (message.run) {
    started.then(() => engine && run(message.run)).catch((error) => postFailure(null, error));
  }
};
