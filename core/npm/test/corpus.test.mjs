// The corpus of runs, replayed by the very module that ships: equal keys, digests and f64 sums, to the bit.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import { MatrixBlocks, Run, f64Checksum, keys, summarise } from "../../../scripts/npm/bindings.mjs";

const corpus = readFileSync(new URL("../../tests/corpus/corpus.jsonl", import.meta.url), "utf8")
  .trimEnd()
  .split("\n")
  .map((line) => JSON.parse(line));

test("the corpus has at least 300 runs", () => {
  assert.ok(corpus.length >= 300, `${corpus.length} runs`);
});

test("every run of the corpus has its keys, digests and checksum", () => {
  for (const { request, ...expected } of corpus) {
    const json = JSON.stringify(request);
    const run = new Run(json);
    while (!run.step(3));
    const { digest, summaryDigest } = run.finish();
    const seen = { ...keys(json), digest, summaryDigest, f64Checksum: f64Checksum(json) };
    assert.deepEqual(seen, expected, json);
    run.free();
  }
});

test("blocks made one by one, last first, are the run's rows and give its summary", () => {
  for (const { request, summaryDigest } of corpus.filter((_, index) => index % 10 === 0)) {
    const json = JSON.stringify(request);
    const run = new Run(json);
    run.finish();
    const rows = run.rows();
    const matrix = new MatrixBlocks(json);
    const blockValues = 1024 * request.buckets.length;
    for (let block = matrix.numBlocks - 1; block >= 0; block -= 1) {
      assert.deepEqual(matrix.rows(block), rows.slice(block * blockValues, (block + 1) * blockValues));
    }
    assert.equal(summarise(json, rows).summaryDigest, summaryDigest);
    run.free();
    matrix.free();
  }
});
