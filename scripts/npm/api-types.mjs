// @ts-check
/**
 * Writes core/npm/src/openapi.ts: the types of the HTTP API, from the document that a server of its own serves. With
 * `--check` nothing is written: it fails where the file is not what it would write.
 */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";

import openapiTS, { astToString } from "openapi-typescript";
import { format, resolveConfig } from "prettier";

import { Program } from "../../bench/program.mjs";

const root = path.resolve(import.meta.dirname, "../..");
const file = path.join(root, "core/npm/src/openapi.ts");
const binary = process.env.FOLIOCAST_BINARY ?? path.join(root, "target/release/foliocast");

const HEADER = "// The HTTP API's own document, as types. Made by scripts/npm/api-types.mjs; not to be edited.\n";

/** The document that the server serves. */
async function served() {
  const data = mkdtempSync(path.join(tmpdir(), "foliocast-api-types-"));
  /** @type {Program | undefined} */
  let server;
  try {
    server = await Program.start(binary, ["serve"], {
      FOLIOCAST_LISTEN: "127.0.0.1:0",
      FOLIOCAST_DATA_DIR: data,
      RUST_LOG: "warn",
    });
    const answer = await fetch(`${server.url}/api/openapi.json`);
    if (!answer.ok) throw new Error(`/api/openapi.json was answered ${answer.status}: ${await answer.text()}`);
    return await answer.json();
  } finally {
    await server?.end("SIGTERM");
    rmSync(data, { recursive: true, force: true });
  }
}

/**
 * The types of a document, as the file has them.
 * @param {any} document
 */
async function typed(document) {
  for (const operations of Object.values(document.paths)) {
    // Without a name of its own an operation stands with its path, where the client looks for it.
    for (const operation of Object.values(operations)) delete operation.operationId;
  }
  // A member with a default may be left out all the same.
  const types = await openapiTS(document, { defaultNonNullable: false });
  const settings = await resolveConfig(file);
  return await format(HEADER + astToString(types), { ...settings, filepath: file });
}

if (!existsSync(binary)) {
  console.error(`there is no ${binary}: './dev build' makes it`);
  process.exit(1);
}
const text = await typed(await served());
if (!process.argv.includes("--check")) {
  writeFileSync(file, text);
} else if (!existsSync(file) || readFileSync(file, "utf8") !== text) {
  console.error(`${path.relative(root, file)} is not what the API is: run 'node scripts/npm/api-types.mjs'`);
  process.exitCode = 1;
}
