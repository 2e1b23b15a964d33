// @ts-check
/**
 * The npm package's element on the page `/embed`, with this site's own engine module, and the editor beside it: a
 * `<textarea data-configures="ID">` configures the element of that id.
 */
import { configurePreview } from "foliocast/preview";

/** @type {Record<string, string>} where the build put its files, as every page says */
const assets = JSON.parse(document.getElementById("assets")?.textContent ?? "{}");
configurePreview({ module: assets["engine_bg.wasm"], workerUrl: assets["package-worker.js"] });

/** @param {EventTarget | null} editor */
function configure(editor) {
  if (!(editor instanceof HTMLTextAreaElement) || !editor.dataset.configures) return;
  document.getElementById(editor.dataset.configures)?.setAttribute("config", editor.value);
}

// On the document: the page comes and goes while this stays.
document.addEventListener("input", ({ target }) => configure(target));
// What was typed before, or before a reload.
for (const editor of document.querySelectorAll("textarea")) configure(editor);
