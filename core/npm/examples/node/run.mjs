// A fund's figures, and what proves them: node run.mjs [fund.json] [--server http://127.0.0.1:8080]
import { readFile } from "node:fs/promises";
import { parseArgs } from "node:util";

import { FoliocastClient, createEngine } from "foliocast";

const { values, positionals } = parseArgs({ options: { server: { type: "string" } }, allowPositionals: true });
// As text: the engine's own parser then sees everything that is in the file.
const configuration = await readFile(positionals[0] ?? "fund.json", "utf8");

const engine = createEngine();
const { runKey, digest, summaryDigest, summary } = await engine.run(configuration);
console.log(`run key         ${runKey}`);
console.log(`matrix digest   ${digest}`);
console.log(`summary digest  ${summaryDigest}`);
for (const [name, multiple] of Object.entries(summary.fund.gross.quantiles)) {
  console.log(`${name.padEnd(16)}${multiple.toFixed(3)}`);
}

if (values.server) {
  // The server makes the same run by itself, or has it; all of its blocks are then made again here and compared.
  const client = new FoliocastClient({ baseUrl: values.server, accessKey: process.env.FOLIOCAST_ACCESS_KEY });
  const run = await client.simulate(configuration);
  const { ok, blocks, differences } = await client.verify(run, { engine });
  for (const { what, claimed, computed } of differences) console.error(`${what}: ${claimed}, here ${computed}`);
  console.log(`${ok ? "the same" : "NOT the same"} as the server's, in ${blocks.length} blocks`);
  process.exitCode = ok ? 0 : 1;
}
engine.dispose();
