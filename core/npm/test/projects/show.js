/** @import { Engine } from "foliocast" */

/**
 * Runs `fund.json` and shows what the run is called and what proves it.
 * @param {Pick<Engine, "run">} engine
 */
export async function showRun(engine) {
  const answer = await fetch("./fund.json");
  const { runKey, digest, summaryDigest } = await engine.run(await answer.text());
  const list = document.createElement("dl");
  for (const [term, text] of [
    ["Run key", runKey],
    ["Matrix digest", digest],
    ["Summary digest", summaryDigest],
  ]) {
    const [name, value] = [document.createElement("dt"), document.createElement("dd")];
    name.append(term);
    value.append(text);
    list.append(name, value);
  }
  document.body.append(list);
}
