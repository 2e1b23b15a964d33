// The package's own functions, as a program in Node has them.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { after, test } from "node:test";
import vm from "node:vm";

import {
  FoliocastError,
  canonicalize,
  createEngine,
  defaultFund,
  engineVersion,
  init,
  matrixKey,
  recomputeBlock,
  runKey,
  validate,
  verify,
} from "foliocast";

/** @import { RunResult, VerifiableRun, Block } from "foliocast" */

const corpus = readFileSync(new URL("../../tests/corpus/corpus.jsonl", import.meta.url), "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line));
const fund = defaultFund("fund-1");

const engines = { "four workers": createEngine({ workers: 4 }), "the calling thread": createEngine({ workers: 0 }) };
const engine = engines["four workers"];
after(() => Object.values(engines).forEach((engine) => engine.dispose()));

for (const [where, engine] of Object.entries(engines)) {
  test(`every run of the corpus has its keys and digests, made by ${where}`, async () => {
    for (const { request, f64Checksum: _, ...expected } of corpus) {
      const { matrixKey, runKey, digest, summaryDigest } = await engine.run(request);
      assert.deepEqual({ matrixKey, runKey, digest, summaryDigest }, expected, JSON.stringify(request));
    }
  });

  test(`a run whose columns are put in order in many places is the same, made by ${where}`, async () => {
    const long = { ...fund, numScenarios: 200_001 };
    const run = await engine.run(long, { rows: true });
    const alone = await engines["the calling thread"].run(long);
    assert.equal(run.digest, alone.digest);
    assert.deepEqual(run.summary, alone.summary);
    assert.equal(run.rows.length, 200_001 * 3);
    assert.equal(run.blockDigests.length, 196);
    assert.deepEqual(run.rows.slice(1024 * 3, 2048 * 3), recomputeBlock(long, 1).rows);
  });

  test(`progress rises to the end, and partial results are those of shorter runs, made by ${where}`, async () => {
    /** @type {number[]} */
    const done = [];
    /** @type {import("foliocast").PartialResult[]} */
    const partials = [];
    const run = await engine.run(fund, {
      onProgress: ({ blocksDone, blocks }) => {
        assert.equal(blocks, 10);
        done.push(blocksDone);
      },
      onPartial: (partial) => partials.push(partial),
    });
    assert.deepEqual(
      done.toSorted((a, b) => a - b),
      done,
    );
    assert.equal(done.at(-1), 10);
    assert.deepEqual(
      partials.map(({ numScenarios }) => numScenarios),
      [1024],
    );
    const short = await engine.run({ ...fund, numScenarios: 1024 });
    assert.deepEqual(partials[0]?.summary, short.summary);
    assert.deepEqual(partials[0]?.warnings, short.warnings);
    assert.equal(run.rows, undefined);
  });

  test(`an aborted run is rejected with the signal's reason, and the next one is whole, made by ${where}`, async () => {
    const reason = new Error("enough");
    const long = { ...fund, numScenarios: 200_000 };
    const controller = new AbortController();
    const run = engine.run(long, { signal: controller.signal, onProgress: () => controller.abort(reason) });
    await assert.rejects(run, reason);
    await assert.rejects(engine.run(fund, { signal: controller.signal }), reason);
    // From outside, too: whoever aborts has a turn while the run is made.
    const timed = new AbortController();
    setTimeout(() => timed.abort(reason), 1);
    await assert.rejects(engine.run(long, { signal: timed.signal }), reason);
    assert.equal((await engine.run(fund)).runKey, runKey(fund));
  });

  test(`what a caller's function throws ends its run alone, made by ${where}`, async () => {
    const thrown = () => assert.fail("of the caller");
    await assert.rejects(engine.run(fund, { onProgress: thrown }), /of the caller/);
    await assert.rejects(engine.run(fund, { onPartial: thrown }), /of the caller/);
    assert.equal((await engine.run(fund)).runKey, runKey(fund));
  });

  test(`runs that are asked for at once are all made, whatever becomes of one, by ${where}`, async () => {
    const controller = new AbortController();
    const seeds = ["a", "b", "c", "d"];
    const runs = seeds.map((seed) =>
      engine.run({ ...fund, seed }, seed === "b" ? { signal: controller.signal } : undefined),
    );
    controller.abort();
    const settled = await Promise.allSettled(runs);
    assert.deepEqual(
      settled.map((run) => (run.status === "fulfilled" ? run.value.runKey : "aborted")),
      seeds.map((seed) => (seed === "b" ? "aborted" : runKey({ ...fund, seed }))),
    );
  });
}

test("a configuration is refused with all its faults, as an error of the package", async () => {
  const wrong = { ...fund, buckets: fund.buckets.map((bucket) => ({ ...bucket, deals: 0 })) };
  const faults = validate(wrong);
  assert.deepEqual(
    faults.map(({ path, code }) => [path, code]),
    [0, 1, 2].map((index) => [`buckets[${index}].deals`, "range"]),
  );
  for (const refused of [() => runKey(wrong), () => canonicalize(wrong), () => recomputeBlock(wrong, 0)]) {
    assert.throws(refused, (error) => error instanceof FoliocastError && error.errors.length === 3);
  }
  await assert.rejects(
    engine.run(wrong),
    (error) => error instanceof FoliocastError && error.path === "buckets[0].deals",
  );
  assert.deepEqual(validate(fund), []);
  // JSON would drop them, and null is another cap.
  const [bucket] = fund.buckets;
  assert.ok(bucket);
  const uncapped = { ...fund, buckets: [{ ...bucket, capitalAllocation: 100, maxMoic: Number.NaN }] };
  assert.deepEqual(
    validate(uncapped).map(({ path, code }) => [path, code]),
    [["maxMoic", "type"]],
  );
  for (const nothing of [undefined, null, 5, { fundId: 1n }]) {
    assert.ok(validate(/** @type {any} */ (nothing)).length > 0);
  }
  // As text, a member that occurs twice is seen.
  const twice = validate('{"fundId": "a", "fundId": "b"}').find(({ code }) => code === "duplicate");
  assert.deepEqual(twice, {
    path: "fundId",
    code: "duplicate",
    message: "this member occurs more than once; keep one",
  });
});

test("what is too large for a page's memory is refused, and the engine goes on", async () => {
  const buckets = Array.from({ length: 50 }, (_, index) => ({
    name: `bucket ${index}`,
    capitalAllocation: 2,
    moicCalibration: { median: 1, p90: 3 },
  }));
  const huge = { fundId: "f", numScenarios: 10_000_000, buckets };
  await assert.rejects(engine.run(huge), (error) => error instanceof FoliocastError && error.code === "too-large");
  await assert.rejects(
    engines["the calling thread"].run({ ...fund, numScenarios: 250_001 }),
    (error) => error instanceof FoliocastError && error.code === "too-large" && error.path === "numScenarios",
  );
  await assert.rejects(engine.run({ ...fund, numScenarios: 10_000_001 }, { rows: true }), /no rows are kept/);
  assert.equal((await engine.run(fund)).runKey, runKey(fund));
});

test("an engine that was disposed of makes nothing", async () => {
  const engine = createEngine({ workers: 2 });
  const run = engine.run({ ...fund, numScenarios: 900_000 });
  engine.dispose();
  await assert.rejects(run, { code: "DISPOSED" });
  await assert.rejects(engine.run(fund), { code: "DISPOSED" });
  assert.equal(typeof engine[Symbol.dispose], "function");
});

test("versions are those of the package and the model", async () => {
  await init();
  const { version } = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8"));
  assert.deepEqual(engineVersion(), { package: version, model: 1, kernel: 1, target: "simd128" });
});

// The audit: everything honest passes, anything else does not.

const honest = await engine.run({ ...fund, numScenarios: 5_000 }, { rows: true });
/** @param {readonly number[]} blocks */
const rowsOf = (blocks) => blocks.map((block) => honest.rows.slice(block * 3072, (block + 1) * 3072));
/** @param {readonly number[]} blocks */
const digestsOf = (blocks) => blocks.map((block) => honest.blockDigests[block] ?? "");

test("every honest run of the corpus is accepted, whole and by some of its blocks", async () => {
  for (const [index, { request }] of corpus.entries()) {
    const run = await engine.run(request);
    const blocks = index % 3 === 0 ? 2 : "all";
    const found = await verify(run, (blocks) => blocks.map((block) => run.blockDigests[block] ?? ""), {
      blocks,
      engine,
    });
    assert.deepEqual(found.differences, []);
    assert.equal(found.ok, true);
    assert.equal(found.summary, blocks === "all" ? "made" : "digest");
  }
});

test("rows and digests are accepted, as is a run without its block digests or without anything to fetch", async () => {
  const { blockDigests: _, ...bare } = honest;
  for (const run of [honest, bare]) {
    for (const fetchBlocks of [rowsOf, digestsOf, undefined]) {
      const found = await verify(run, fetchBlocks, { engine });
      assert.deepEqual(found, { ok: true, differences: [], blocks: [0, 1, 2, 3, 4], summary: "made" });
    }
  }
  // Rows of another window, as frames and test runners have them.
  const Foreign = vm.runInNewContext("Float32Array");
  const foreign = (/** @type {readonly number[]} */ blocks) => rowsOf(blocks).map((rows) => new Foreign(rows));
  assert.equal((await verify(honest, foreign, { engine })).ok, true);
  // What a server answers has passed through text.
  assert.equal((await verify(JSON.parse(JSON.stringify(honest)), digestsOf, { engine })).ok, true);
  const some = await verify(honest, rowsOf, { blocks: [3, 1, 3], engine });
  assert.deepEqual(some, { ok: true, differences: [], blocks: [1, 3], summary: "digest" });
  await assert.rejects(verify(honest, rowsOf, { blocks: [5] }), RangeError);
  await assert.rejects(verify(bare, digestsOf, { blocks: 2 }), { code: "NOTHING_TO_COMPARE" });
});

/** @param {Partial<VerifiableRun>} changes */
const claiming = (changes) => ({ ...honest, ...changes });
/** @param {(blocks: Block[]) => void} change */
const fetching = (change) => (/** @type {readonly number[]} */ asked) => {
  const blocks = asked.map((block) => rowsOf([block])[0] ?? "");
  change(blocks);
  return blocks;
};
const doctored = structuredClone(honest.summary);
doctored.fund.gross.mean += 1e-9;
const otherSeed = await engine.run({ ...fund, numScenarios: 5_000, seed: "1" });
const swapped = [...honest.blockDigests];
[swapped[0], swapped[1]] = [swapped[1] ?? "", swapped[0] ?? ""];

/** @type {Record<string, [run: VerifiableRun, fetchBlocks: import("foliocast").FetchBlocks | undefined, what: RegExp]>} */
const forgeries = {
  "a changed value": [
    honest,
    fetching((blocks) => {
      const rows = /** @type {Float32Array} */ (blocks[2]);
      rows[7] = (rows[7] ?? 0) + 0.5;
    }),
    /^block 2, value 7$/,
  ],
  "a swapped block": [
    honest,
    fetching((blocks) => blocks.splice(0, 2, blocks[1] ?? "", blocks[0] ?? "")),
    /^block [01], /,
  ],
  "a swapped block digest": [claiming({ blockDigests: swapped }), undefined, /^(block [01]|matrix digest over)/],
  "a missing block": [honest, fetching((blocks) => blocks.pop()), /^blocks? .*4, as fetched$/],
  "a block cut short": [honest, fetching((blocks) => blocks.splice(1, 1, new Float32Array(3))), /^block 1, /],
  "a wrong matrix key": [claiming({ matrixKey: honest.runKey }), digestsOf, /^matrix key$/],
  "a wrong run key": [claiming({ runKey: honest.matrixKey }), digestsOf, /^run key$/],
  "another seed": [
    claiming({ configuration: otherSeed.configuration }),
    digestsOf,
    /^(matrix|run) (key|digest)$|^block \d|^summary|^warnings/,
  ],
  "another seed, with its keys": [
    claiming({ configuration: otherSeed.configuration, matrixKey: otherSeed.matrixKey, runKey: otherSeed.runKey }),
    digestsOf,
    /^matrix digest$|^block \d|^summary|^warnings/,
  ],
  "another number of rows": [claiming({ numScenarios: 5_001 }), digestsOf, /^rows$/],
  "a doctored summary": [
    claiming({ summary: doctored }),
    digestsOf,
    /^summary digest over the figures$|^summary\.fund\.gross\.mean$/,
  ],
  "a doctored summary, with its digest": [
    claiming({ summary: doctored, summaryDigest: "0".repeat(64) }),
    digestsOf,
    /^summary/,
  ],
  "no blocks where some were asked for": [honest, () => /** @type {any} */ (null), /as fetched$/],
  "more blocks than were asked for": [honest, fetching((blocks) => blocks.push("")), /as fetched$/],
  "rows of another kind": [
    honest,
    (blocks) => /** @type {any} */ (rowsOf(blocks).map((rows) => new Float64Array(rows))),
    /^block \d, as fetched$/,
  ],
  "other bucket names": [claiming({ bucketNames: ["a", "b", "c"] }), digestsOf, /^bucketNames\[\d\]$/],
  "a warning left out": [claiming({ warnings: [] }), digestsOf, /^warnings\[/],
  "no figures": [claiming({ summary: /** @type {any} */ (undefined) }), digestsOf, /^summary/],
  "digests that are none": [
    claiming({ digest: /** @type {any} */ ({ toString: () => honest.digest }), blockDigests: ["x"] }),
    undefined,
    /digest|^block/,
  ],
  "another digest": [claiming({ digest: otherSeed.digest }), digestsOf, /^matrix digest/],
};
for (const [what, [run, fetchBlocks, difference]] of Object.entries(forgeries)) {
  test(`${what} is found`, async () => {
    const found = await verify(run, fetchBlocks, { engine });
    assert.equal(found.ok, false);
    assert.ok(found.differences.length > 0);
    for (const { what, claimed, computed } of found.differences) {
      assert.match(what, difference);
      assert.notEqual(claimed, computed);
    }
  });
}

test("a verification is aborted, and reports how far it is", async () => {
  const controller = new AbortController();
  controller.abort(new Error("enough"));
  await assert.rejects(verify(honest, rowsOf, { engine, signal: controller.signal }), /enough/);
  /** @type {number[]} */
  const done = [];
  await verify(honest, rowsOf, { blocks: 3, engine, onProgress: ({ blocksDone }) => done.push(blocksDone) });
  assert.equal(done.at(-1), 3);
});
