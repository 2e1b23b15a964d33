// The fund of fund.json, simulated in this browser.
import { createEngine } from "./foliocast/index.js";

const multiple = new Intl.NumberFormat("en", { minimumFractionDigits: 2, maximumFractionDigits: 2 });
const share = new Intl.NumberFormat("en", { style: "percent", minimumFractionDigits: 1, maximumFractionDigits: 1 });

/** @param {Record<string, string>} texts what to show, by the id of its element */
function show(texts) {
  for (const [id, text] of Object.entries(texts)) document.getElementById(id)?.replaceChildren(text);
}

try {
  const answer = await fetch("./fund.json");
  // As text: the engine's own parser then sees everything that is in the file.
  const { runKey, digest, summaryDigest, numScenarios, summary } = await createEngine().run(await answer.text());
  const { quantiles, probabilities } = summary.fund.gross;
  show({
    status: `${numScenarios.toLocaleString("en")} scenarios`,
    median: `${multiple.format(quantiles.p50)} ×`,
    loss: share.format(probabilities.lt1),
    "run-key": runKey,
    digest,
    "summary-digest": summaryDigest,
  });
} catch (error) {
  show({ status: "", problem: String(error) });
}
