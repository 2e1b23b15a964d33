// @ts-check
/** What is known of the installation under test, and whatever it answered differently. */

/** @typedef {{ digest: string, summaryDigest: string, matrixKey: string, request: any }} Known */
/** @typedef {{ known: Known, fundId: string, asOf: number }} Kept a run, and when it was asked for: since then it is there */
/** @typedef {{ scope: string, fundId?: string, matrixKey?: string, kind?: string }} Scope */
/** @typedef {{ scope: Scope, begunAt: number, endedAt: number }} Drop */

/** Differences that are told; after that many the rest is only counted. */
const TOLD = 20;

export class Ledger {
  numDifferences = 0;
  /** Jobs that were taken on, and not cancelled, with their runs. @type {Map<string, Kept>} */
  owed = new Map();
  /** What was answered, by its run key. @type {Map<string, Kept>} */
  kept = new Map();
  /** Of kept runs. @type {number[]} */
  latenciesMs = [];
  /** From a drop to its answer. @type {number[]} */
  dropsMs = [];
  /** How often things happened. @type {Map<string, number>} */
  counts = new Map();
  /** @type {Drop[]} */
  #drops = [];

  /** @param {string} what */
  count(what) {
    this.counts.set(what, (this.counts.get(what) ?? 0) + 1);
  }

  /** @param {string} what @param {unknown} seen @param {unknown} expected */
  expect(what, seen, expected) {
    if (seen === expected) return;
    this.numDifferences += 1;
    if (this.numDifferences <= TOLD)
      console.error(`${new Date().toISOString()} DIFFERENT ${what}: saw ${seen}, expected ${expected}`);
  }

  /** Notes that results are being dropped. @param {Scope} scope */
  beginDrop(scope) {
    const drop = { scope, begunAt: Date.now(), endedAt: Infinity };
    this.#drops.push(drop);
    return drop;
  }

  /** Whether the rows of a run may have been dropped. @param {Kept} run */
  mayLackRows({ known, fundId, asOf }) {
    // A fund's matrices go with it where no other fund uses them: which is not followed here.
    return this.#drops.some(
      (drop) => drop.endedAt >= asOf && (isOfRun(drop.scope, known, fundId) || drop.scope.fundId),
    );
  }

  /** Whether a run may have been dropped. @param {Kept} run */
  mayBeGone({ known, fundId, asOf }) {
    return this.#drops.some((drop) => drop.endedAt >= asOf && isOfRun(drop.scope, known, fundId));
  }

  /**
   * Compares a run that was asked for at `askedAt` with the corpus, and with what was dropped before.
   * @param {any} run @param {Omit<Kept, "asOf">} expected @param {number} askedAt
   */
  compare(run, { known, fundId }, askedAt) {
    this.expect(`digest of ${run.runKey}`, run.digest, known.digest);
    this.expect(`summaryDigest of ${run.runKey}`, run.summaryDigest, known.summaryDigest);
    this.count(`  answered from ${run.cache.tier}`);
    if (run.cache.unconfirmed) this.count("  unconfirmed");
    // Ages are whole seconds, rounded down: it was made then, or before.
    const madeAt = Date.now() - run.cache.ageSeconds * 1_000;
    const stale = this.#drops.find(
      (drop) => drop.endedAt < askedAt && madeAt < drop.begunAt && isOfRun(drop.scope, known, fundId),
    );
    if (stale && !run.cache.unconfirmed)
      this.expect(
        `run ${run.runKey} from ${run.cache.tier}`,
        `one dropped by ${JSON.stringify(stale.scope)}`,
        "a new one",
      );
    this.kept.set(run.runKey, { known, fundId, asOf: askedAt });
  }
}

/** @param {Scope} scope @param {Known} known @param {string} fundId */
function isOfRun(scope, known, fundId) {
  if (scope.fundId !== undefined) return scope.fundId === fundId;
  if (scope.matrixKey !== undefined) return scope.matrixKey === known.matrixKey;
  // All of them, or a kind: matrices take their runs along.
  return true;
}
