// What JavaScript sees of the engine.
import assert from "node:assert/strict";
import { test } from "node:test";

import {
  MatrixBlocks,
  Preview,
  Run,
  canonicalize,
  defaultFund,
  engineInfo,
  keys,
  summarise,
} from "../../../scripts/npm/bindings.mjs";

/** @import { FoliocastError } from "../pkg/engine.js" */

const fund = JSON.parse(defaultFund("default"));
const text = (changes = {}) => JSON.stringify({ ...fund, ...changes });

/**
 * The error that `call` throws.
 * @param {() => unknown} call
 */
function thrown(call) {
  try {
    call();
  } catch (error) {
    return /** @type {FoliocastError} */ (error);
  }
  return assert.fail("nothing was thrown");
}

test("the engine says its versions and that it uses vectors", () => {
  assert.deepEqual(engineInfo(), { modelVersion: 1, kernelVersion: 1, target: "simd128" });
});

test("the default fund has the matrix key of the model's contract", () => {
  // docs/MODEL.md, section 8.
  const matrixKey = "07491a5b5e39e72a8cea168dffb77cbf6f28799a22acc2ef7e1764509ebc9423";
  assert.equal(keys(text()).matrixKey, matrixKey);
});

test("canonical text is its own canonical text", () => {
  assert.equal(canonicalize(defaultFund("default")), defaultFund("default"));
});

test("a refused configuration throws every fault with its path", () => {
  const buckets = fund.buckets.map((/** @type {object} */ bucket) => ({ ...bucket, deals: 0 }));
  const error = thrown(() => new Run(text({ buckets, seed: null })));
  assert.ok(error instanceof Error);
  assert.equal(error.name, "FoliocastError");
  assert.equal(error.errors.length, 4);
  assert.equal(error.code, error.errors[0].code);
  assert.equal(error.path, error.errors[0].path);
  const paths = error.errors.map(({ path }) => path).sort();
  assert.deepEqual(paths, ["buckets[0].deals", "buckets[1].deals", "buckets[2].deals", "seed"]);
  for (const { message } of error.errors) assert.ok(error.message.includes(message));
});

test("a member that occurs twice is refused, since configurations cross as text", () => {
  const error = thrown(() => keys('{"fundId": "a", "fundId": "b"}'));
  assert.ok(error.errors.some(({ code, path }) => code === "duplicate" && path === "fundId"));
});

test("a run reports how far it is and can be finished at any moment, and again", () => {
  const run = new Run(text());
  assert.deepEqual(run.progress(), { blocksDone: 0, blocks: 10 });
  assert.equal(run.step(4), false);
  assert.deepEqual(run.progress(), { blocksDone: 4, blocks: 10 });
  assert.match(thrown(() => run.rows()).message, /finish/);
  const outcome = run.finish();
  assert.deepEqual(run.finish(), outcome);
  assert.deepEqual(run.progress(), { blocksDone: 10, blocks: 10 });
  assert.equal(run.step(1), true);
  assert.equal(run.rows().length, 30_000);
  assert.equal(JSON.parse(outcome.summary).numScenarios, 10_000);
});

test("a preview says at every step what the run of so many rows says", () => {
  const preview = new Preview();
  assert.equal(preview.step(1), true, "there is nothing to make");
  assert.match(thrown(() => preview.summary()).message, /update/);
  assert.match(thrown(() => preview.fund()).message, /update/);
  preview.update(text());
  preview.step(2);
  const first = JSON.parse(preview.summary());
  assert.equal(first.numScenarios, 2048);
  const run = new Run(text({ numScenarios: 2048 }));
  const { summary, warnings } = run.finish();
  assert.deepEqual(first.summary, JSON.parse(summary));
  assert.deepEqual(first.warnings, JSON.parse(warnings));
  const { gross, recycled } = first.summary.fund;
  assert.deepEqual(JSON.parse(preview.fund()), { numScenarios: 2048, gross, recycled });
});

test("previews with one seed are compared row by row", () => {
  const [base, other] = [text(), text({ buckets: fund.buckets.map(halved) })].map((configuration) => {
    const preview = new Preview();
    preview.update(configuration);
    while (!preview.step(1));
    return preview;
  });
  assert.ok(base && other);
  const { numScenarios, recycled } = JSON.parse(other.compareWith(base));
  assert.equal(numScenarios, 10_000);
  const [before, after] = [base, other].map((preview) => JSON.parse(preview.fund()).recycled.probabilities.lt1);
  assert.equal(recycled.probabilities.lt1.difference.toFixed(12), (after - before).toFixed(12));
  assert.ok(recycled.probabilities.lt1.difference < 0, "fewer total losses, fewer funds that lose money");
  assert.ok(recycled.quantiles.p50.error < recycled.quantiles.p50.separateError);

  other.update(text({ numScenarios: 20_000 }));
  while (!other.step(1));
  assert.match(thrown(() => other.compareWith(base)).message, /^10000 rows cannot be compared with 20000/);
  assert.match(thrown(() => new Preview().compareWith(base)).message, /update/);
});

/** @param {{ lossProbability: number }} bucket */
function halved(bucket) {
  return { ...bucket, lossProbability: bucket.lossProbability / 2 };
}

test("a refused edit leaves the preview as it was", () => {
  const preview = new Preview();
  preview.update(text({ numScenarios: 1024 }));
  preview.step(1);
  const before = preview.summary();
  thrown(() => preview.update(text({ buckets: [] })));
  assert.equal(preview.summary(), before);
});

test("a block that does not exist is refused with how many there are", () => {
  const matrix = new MatrixBlocks(text());
  assert.equal(matrix.numBlocks, 10);
  for (const block of [10, -1, 0.5, NaN, 2 ** 32]) {
    const error = thrown(() => matrix.digest(block));
    assert.ok(error instanceof RangeError && error.message.includes(`block ${block} of 10`), error.message);
  }
  assert.match(matrix.digest(9), /^[0-9a-f]{64}$/);
  assert.equal(matrix.rows(9).length, (10_000 - 9 * 1024) * 3);
});

test("a block is written where there is room for just this block", () => {
  const matrix = new MatrixBlocks(text());
  const [rows, digest] = [new Float32Array((10_000 - 9 * 1024) * 3), new Uint8Array(32)];
  matrix.write(9, rows, digest);
  assert.deepEqual(rows, matrix.rows(9));
  assert.equal(Buffer.from(digest).toString("hex"), matrix.digest(9));
  assert.ok(thrown(() => matrix.write(0, rows, digest)) instanceof RangeError);
  assert.ok(thrown(() => matrix.write(9, rows.subarray(1), digest)) instanceof RangeError);
  assert.ok(thrown(() => matrix.write(10, rows, digest)) instanceof RangeError);
  assert.ok(thrown(() => matrix.write(9, rows, digest.subarray(1))) instanceof RangeError);
});

test("a preview whose rows would not fit the module's memory is refused", () => {
  const [bucket] = fund.buckets;
  const buckets = Array.from({ length: 50 }, (_, index) => ({
    ...bucket,
    name: `bucket ${index}`,
    capitalAllocation: 2,
    deals: 1,
  }));
  const error = thrown(() => new Preview().update(text({ buckets, numScenarios: 10_000_001 })));
  assert.equal(error.path, "numScenarios");
});

test("a fund id that cannot be is refused", () => {
  assert.equal(thrown(() => defaultFund("")).path, "fundId");
});

test("rows of the wrong shape or with no multiple in them are refused", () => {
  const json = text({ numScenarios: 2 });
  assert.ok(thrown(() => summarise(json, new Float32Array(5))) instanceof RangeError);
  assert.equal(thrown(() => summarise(json, Float32Array.of(1, 1, 1, 1, 1, NaN))).code, "corrupt");
});
