import { readFileSync } from "node:fs";

import { expect, test } from "../fixtures.js";

/** Every so many runs of the corpus; Node replays all of them. */
const EVERY = 20;

const lines = readFileSync(new URL("../../core/tests/corpus/corpus.jsonl", import.meta.url), "utf8").trimEnd();
const corpus: { request: object; digest: string; summaryDigest: string }[] = lines
  .split("\n")
  .filter((_, index) => index % EVERY === 0)
  .map((line) => JSON.parse(line));

test("the page's own worker and module give the corpus its digests", async ({ page }) => {
  await page.goto("/runs");
  // The page's own list of its files: what is tested is what this server ships.
  const assets: Record<string, string> = JSON.parse((await page.locator("script#assets").textContent()) ?? "{}");
  const seen = await page.evaluate(
    async ({ worker: script, engine, module, configurations }) => {
      const worker = new Worker(script, { type: "module" });
      const answers: Record<string, unknown>[] = [];
      const next = (kind: string) =>
        new Promise<Record<string, string>>((resolve, reject) => {
          worker.onmessage = ({ data }) => {
            const message = JSON.parse(data);
            if (message.unavailable || message.failed) reject(new Error(data));
            if (message[kind]) resolve(message[kind]);
          };
          worker.onerror = (event) => reject(new Error(event.message));
        });
      const ready = next("ready");
      worker.postMessage(JSON.stringify({ start: { engine, module } }));
      await ready;
      for (const configuration of configurations) {
        const outcome = next("outcome");
        worker.postMessage(JSON.stringify({ run: { configuration } }));
        answers.push(await outcome);
      }
      worker.terminate();
      return answers;
    },
    {
      worker: assets["engine-worker.js"] ?? "",
      engine: assets["engine.js"] ?? "",
      module: assets["engine_bg.wasm"] ?? "",
      configurations: corpus.map(({ request }) => JSON.stringify(request)),
    },
  );
  expect(seen).toEqual(corpus.map(({ digest, summaryDigest }) => ({ digest, summaryDigest })));
});
