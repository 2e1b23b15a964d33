// The client of the HTTP API: against the server that ships, and against answers that it seldom gives.
import assert from "node:assert/strict";
import { once } from "node:events";
import { mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import path from "node:path";
import { after, describe, test } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { inspect } from "node:util";

import { FoliocastClient, FoliocastError } from "foliocast";

import { Program } from "../../../bench/program.mjs";

/** @import { IncomingMessage, ServerResponse } from "node:http" */
/** @import { JobEvent } from "foliocast" */

const binary = process.env.FOLIOCAST_BINARY ?? path.resolve(import.meta.dirname, "../../../target/release/foliocast");

/** Ends what the tests have started, last first. @type {(() => unknown)[]} */
const endings = [];
after(async () => {
  for (const end of endings.reverse()) await end();
});

/**
 * The address of a server of one's own that ships.
 * @param {Record<string, string>} [environment]
 */
async function start(environment = {}) {
  const data = mkdtempSync(path.join(tmpdir(), "foliocast-client-"));
  endings.push(() => rmSync(data, { recursive: true, force: true }));
  const server = await Program.start(binary, ["serve"], {
    FOLIOCAST_LISTEN: "127.0.0.1:0",
    FOLIOCAST_DATA_DIR: data,
    RUST_LOG: "error",
    ...environment,
  });
  endings.push(() => server.end("SIGTERM"));
  return server.url;
}

/**
 * The address of a server that answers each request with the next of `answers`, and what it was asked.
 * @param {((response: ServerResponse, request: IncomingMessage) => void)[]} answers
 */
async function scripted(answers) {
  /** @type {{ asked: string, lastEventId: string | undefined }[]} */
  const requests = [];
  const server = createServer((request, response) => {
    const { method, url, headers } = request;
    requests.push({ asked: `${method} ${url}`, lastEventId: /** @type {string} */ (headers["last-event-id"]) });
    const answer = answers[requests.length - 1];
    // A body is read to its end, so that the connection can serve the next request.
    request.resume();
    if (answer) answer(response, request);
    else response.writeHead(500).end(`request ${requests.length} was not foreseen`);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = /** @type {import("node:net").AddressInfo} */ (server.address());
  endings.push(() => {
    server.closeAllConnections();
    server.close();
  });
  return { client: new FoliocastClient({ baseUrl: `http://127.0.0.1:${address.port}` }), requests };
}

/**
 * Answers with JSON.
 * @param {number} status @param {unknown} body @param {Record<string, string>} [headers]
 */
const answers =
  (status, body, headers = {}) =>
  (/** @type {ServerResponse} */ response) =>
    response.writeHead(status, { "content-type": "application/json", ...headers }).end(JSON.stringify(body));

/**
 * Answers with a refusal of the API.
 * @param {number} status @param {string} code @param {Record<string, string>} [headers]
 */
const refuses = (status, code, headers = {}) =>
  answers(status, { error: { code, message: `it is ${code}`, details: [], requestId: "request" } }, headers);

/**
 * Answers with a stream of events that ends, or breaks off.
 * @param {string} text @param {"ends" | "breaks" | "stays"} [then]
 */
const streams =
  (text, then = "ends") =>
  (/** @type {ServerResponse} */ response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.write(text, () => {
      if (then === "ends") response.end();
      if (then === "breaks") response.destroy();
    });
  };

/**
 * A job, as far as the client looks at one.
 * @param {string} state @param {object} [more]
 */
const aJob = (state, more = {}) => ({ jobId: "j", runKey: "r", state, percent: 50, step: "rows", ...more });

/** @param {string} name @param {number} id @param {unknown} data */
const event = (name, id, data) => `event: ${name}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`;

/** @param {AsyncIterable<JobEvent>} events */
async function all(events) {
  const told = [];
  for await (const each of events) told.push(each);
  return told;
}

/**
 * What a promise is rejected with.
 * @param {Promise<unknown>} promise
 */
const rejection = async (promise) =>
  /** @type {FoliocastError} */ (
    await promise.then(
      () => assert.fail("it was not rejected"),
      (error) => error,
    )
  );

/**
 * A client that also remembers what was asked and the id of the last job.
 * @param {string} baseUrl
 */
function observed(baseUrl) {
  /** @type {string[]} */
  const asked = [];
  /** @type {Map<string, Promise<Response>>} */
  const answered = new Map();
  /** @type {(jobId: string) => void} */
  let toldJob = () => {};
  /** The first job that an answer names. @type {Promise<string>} */
  const jobId = new Promise((resolve) => (toldJob = resolve));
  const client = new FoliocastClient({
    baseUrl,
    fetch: async (input, init) => {
      const line = `${init?.method ?? "GET"} ${String(input).slice(baseUrl.length)}`;
      asked.push(line);
      const answer = fetch(input, init);
      answered.set(line, answer);
      const response = await answer;
      if (response.status === 202) toldJob((await response.clone().json()).jobId);
      return response;
    },
  });
  return { client, asked, answered, jobId };
}

const fund = {
  fundId: "client",
  numScenarios: 3_000,
  buckets: [{ name: "Seed", capitalAllocation: 100, moicCalibration: { median: 1, p90: 3 }, deals: 20 }],
};
let numSeeds = 0;
/** A configuration that nobody has asked for before. */
const unasked = () => ({ ...fund, seed: `client ${(numSeeds += 1)}` });
/** One that takes longer than any test waits. */
const endless = () => ({ ...unasked(), numScenarios: 100_000_000 });

describe("with the server that ships", async () => {
  const baseUrl = await start();
  const client = new FoliocastClient({ baseUrl });

  test("a run is made, found again, and read by its key", async () => {
    const made = await client.simulate(fund);
    assert.equal(made.configuration.fundId, "client");
    assert.equal(made.numScenarios, 3_000);
    const { cache: _, ...found } = await client.simulate(JSON.stringify(fund), { waitMs: 0 });
    const { cache, ...kept } = await client.run(made.runKey);
    assert.deepEqual(kept, found);
    assert.equal(cache.hit, true);
    assert.equal(made.digest, kept.digest);
  });

  test("the short form takes the fund's stored configuration, else the default fund's", async () => {
    const run = await client.simulate({ fundId: "nobody's", runs: 1_000 });
    assert.equal(run.configurationSource, "default");
    assert.equal(run.numScenarios, 1_000);
  });

  test("a refused configuration is thrown with every fault and its path", async () => {
    const buckets = [0, 1].map((index) => ({ ...fund.buckets[0], name: `${index}`, capitalAllocation: 50, deals: 0 }));
    const error = await rejection(client.simulate({ ...fund, buckets, numScenarios: 0 }));
    assert.ok(error instanceof FoliocastError);
    assert.equal(error.name, "FoliocastError");
    assert.equal(error.code, "VALIDATION_ERROR");
    assert.equal(error.status, 400);
    assert.match(error.requestId ?? "", /./);
    assert.deepEqual(error.errors.map(({ path }) => path).sort(), [
      "buckets[0].deals",
      "buckets[1].deals",
      "numScenarios",
    ]);
    assert.deepEqual([...new Set(error.errors.map(({ code }) => code))], ["range"]);
    assert.equal(error.path, error.errors[0]?.path);
  });

  test("text is sent as it is, so that a member that occurs twice is refused", async () => {
    const error = await rejection(client.simulate(`{"fundId": "lost", ${JSON.stringify(fund).slice(1)}`));
    assert.deepEqual(
      error.errors.map(({ code, path }) => ({ code, path })),
      [{ code: "duplicate", path: "fundId" }],
    );
  });

  test("a run that is not there in time is followed to its end", async () => {
    const { client, asked, jobId } = observed(baseUrl);
    /** @type {number[]} */
    const heard = [];
    const longer = { ...unasked(), numScenarios: 200_000 };
    const run = await client.simulate(longer, { waitMs: 0, onProgress: ({ percent }) => heard.push(percent) });
    assert.equal(run.numScenarios, 200_000);
    const id = await jobId;
    assert.deepEqual(asked, [
      "POST /api/monte-carlo/simulate?wait=0",
      `GET /api/jobs/${id}/events`,
      `GET /api/runs/${run.runKey}`,
    ]);
    assert.deepEqual(
      heard,
      heard.toSorted((one, other) => one - other),
    );
    // Whoever comes late is told the end alone, and whoever has seen it nothing.
    assert.equal((await client.wait(id)).digest, run.digest);
    assert.equal((await client.job(id)).state, "complete");
    const [last, ...others] = await all(client.events(id));
    assert.equal(last?.type, "complete");
    assert.deepEqual(others, []);
    assert.deepEqual(await all(client.events(id, { lastEventId: last?.id })), []);
  });

  test("a job that is let go elsewhere is not asked for again", async () => {
    const { client, asked, jobId } = observed(baseUrl);
    const simulated = rejection(client.simulate(endless(), { waitMs: 0 }));
    const id = await jobId;
    assert.equal((await client.cancel(id)).state, "cancelled");
    const error = await simulated;
    assert.equal(error.code, "CONFLICT");
    assert.equal(asked.filter((line) => line.startsWith("POST")).length, 1);
    const told = await all(client.events(id));
    assert.deepEqual(
      told.map(({ type }) => type),
      ["cancelled"],
    );
  });

  test("what an operator ends while it is waited for is not asked for again", async () => {
    const { client, asked } = observed(baseUrl);
    const simulated = rejection(client.simulate(endless(), { waitMs: 60_000 }));
    let computation;
    while (!computation) {
      const page = await (await fetch(`${baseUrl}/api/computations?state=active`)).json();
      computation = page.items[0];
      if (!computation) await sleep(10);
    }
    await fetch(`${baseUrl}/api/computations/${computation.computationId}`, { method: "DELETE" });
    const { code, status, retryAfterMs } = await simulated;
    assert.deepEqual({ code, status, retryAfterMs }, { code: "CONFLICT", status: 409, retryAfterMs: undefined });
    assert.deepEqual(asked, ["POST /api/monte-carlo/simulate?wait=60000"]);
  });

  test("aborting ends the call with the reason, and lets the job go", async () => {
    const { client, answered, jobId } = observed(baseUrl);
    const controller = new AbortController();
    const reason = new Error("no longer wanted");
    const simulated = client.simulate(endless(), {
      waitMs: 0,
      signal: controller.signal,
      onProgress: () => controller.abort(reason),
    });
    assert.equal(await rejection(simulated), reason);
    const id = await jobId;
    assert.equal((await answered.get(`DELETE /api/jobs/${id}`))?.status, 200);
    assert.equal((await client.job(id)).state, "cancelled");
  });

  test("aborting the wait for a job leaves the job to others", async () => {
    const { client, jobId } = observed(baseUrl);
    const simulated = rejection(client.simulate(endless(), { waitMs: 0 }));
    const id = await jobId;
    const controller = new AbortController();
    const waited = client.wait(id, { signal: controller.signal, onProgress: () => controller.abort() });
    assert.equal((await rejection(waited)).name, "AbortError");
    assert.notEqual((await client.job(id)).state, "cancelled");
    await client.cancel(id);
    await simulated;
  });

  test("a call that is aborted before it begins does not begin", async () => {
    const { client } = observed(baseUrl);
    const signal = AbortSignal.abort(new Error("before"));
    for (const call of [
      () => client.simulate(unasked(), { signal }),
      () => client.wait("j", { signal }),
      () => client.run("r", { signal }),
      () => client.blocks("m", { signal }),
      () => all(client.events("j", { signal })),
    ]) {
      assert.equal(await rejection(call()), signal.reason);
    }
  });

  test("what is not there is NOT_FOUND, and what is no key a fault", async () => {
    const key = "0".repeat(64);
    for (const call of [
      () => client.run(key),
      () => client.blocks(key),
      () => client.job("j"),
      () => client.wait("j"),
      () => client.cancel("j"),
    ]) {
      const { code, status, errors, path } = await rejection(call());
      assert.deepEqual({ code, status, errors, path }, { code: "NOT_FOUND", status: 404, errors: [], path: "" });
    }
    assert.equal((await rejection(client.run("../funds"))).path, "runKey");
  });

  test("a run is verified, by itself and by its key", async () => {
    const run = await client.simulate(fund);
    assert.equal((await client.blocks(run.matrixKey)).length, 3);
    const whole = await client.verify(run);
    assert.deepEqual(whole, { ok: true, differences: [], blocks: [0, 1, 2], summary: "made" });
    const { ok, blocks } = await client.verify(run.runKey, { blocks: [1] });
    assert.deepEqual({ ok, blocks }, { ok: true, blocks: [1] });
  });

  test("a run whose blocks are not what it says is found out", async () => {
    const run = await client.simulate(fund);
    const forging = new FoliocastClient({
      baseUrl,
      fetch: async (input, init) => {
        const response = await fetch(input, init);
        if (!String(input).includes("/blocks")) return response;
        const page = await response.json();
        page.items[1].digest = page.items[0].digest;
        return Response.json(page);
      },
    });
    const { ok, differences } = await forging.verify(run, { blocks: [1] });
    assert.equal(ok, false);
    assert.notEqual(differences.length, 0);
  });
});

test("the access key goes with every request, and is not shown", async () => {
  const accessKey = `foliocast_${"ab".repeat(32)}`;
  const baseUrl = await start({ FOLIOCAST_BOOTSTRAP_KEY: accessKey });
  const { code, status } = await rejection(new FoliocastClient({ baseUrl }).simulate(fund));
  assert.deepEqual({ code, status }, { code: "UNAUTHORIZED", status: 401 });
  const client = new FoliocastClient({ baseUrl: `${baseUrl}/`, accessKey });
  // By its events too, which EventSource could not ask for.
  const run = await client.simulate(fund, { waitMs: 0 });
  assert.equal((await client.blocks(run.matrixKey)).length, 3);
  assert.ok(!inspect(client, { depth: 9, showHidden: true }).includes(accessKey));
});

test("an address or a key that is none is refused at once", () => {
  for (const baseUrl of [undefined, "", "folio.example", "file:///tmp", "https://key@folio.example", "https://a/?b"]) {
    assert.throws(() => new FoliocastClient({ baseUrl }), /^TypeError: baseUrl/);
  }
  for (const accessKey of ["", "secret\n", "secret\r\nx: y", "sécret"]) {
    const refused = (/** @type {Error} */ error) => error instanceof TypeError && !error.message.includes("cret");
    assert.throws(() => new FoliocastClient({ baseUrl: "https://folio.example", accessKey }), refused);
  }
});

test("a server can be under a path", async () => {
  /** @type {string[]} */
  const asked = [];
  const client = new FoliocastClient({
    baseUrl: "https://folio.example/under/this/",
    fetch: async (input) => {
      asked.push(String(input));
      return Response.json(aJob("complete"));
    },
  });
  await client.job("a/b");
  assert.deepEqual(asked, ["https://folio.example/under/this/api/jobs/a%2Fb"]);
});

describe("a stream of events", () => {
  /**
   * What a client reads from these pieces of a stream.
   * @param {Uint8Array[]} pieces
   */
  const read = (pieces) => {
    const body = new ReadableStream({
      start(controller) {
        for (const piece of pieces) controller.enqueue(piece);
        controller.close();
      },
    });
    const response = new Response(body, { headers: { "content-type": "text/event-stream; charset=utf-8" } });
    return all(new FoliocastClient({ baseUrl: "https://folio.example", fetch: async () => response }).events("j"));
  };

  const lines = [
    ": a comment",
    ":",
    "retry: 1",
    "retry: soon",
    "event: progress",
    "id: 7",
    'data: {"percent": 1,',
    'data:"step": "größer 🎲"}',
    "",
    "event: news of a later version",
    "id: 8",
    "data: whatever it is",
    "",
    "event: progress",
    "",
    "id: 9\0",
    "unknown: field",
    "event: progress",
    "data",
    'data:  {"percent": 2, "step": "rows"}',
    "",
    "",
    "event: complete",
    "id: 10",
    `data: ${JSON.stringify(aJob("complete"))}`,
    "",
    "event: progress",
    "data: nobody reads on",
    "",
    "",
  ];
  const expected = [
    { type: "progress", id: "7", progress: { percent: 1, step: "größer 🎲" } },
    { type: "progress", id: "8", progress: { percent: 2, step: "rows" } },
    { type: "complete", id: "10", job: aJob("complete") },
  ];

  for (const [name, end] of [
    ["LF", "\n"],
    ["CR", "\r"],
    ["CRLF", "\r\n"],
  ]) {
    test(`is read wherever it is cut, with ${name}`, async () => {
      const bytes = new TextEncoder().encode(`\uFEFF${lines.join(end)}`);
      for (let at = 0; at <= bytes.length; at += 1) {
        assert.deepEqual(await read([bytes.subarray(0, at), bytes.subarray(at)]), expected);
      }
      assert.deepEqual(await read(Array.from(bytes, (byte) => Uint8Array.of(byte))), expected);
    });
  }

  test("is asked for again where it breaks off, after the last event seen", async () => {
    const { client, requests } = await scripted([
      streams(`retry: 1\n\n${event("progress", 7, { percent: 1, step: "rows" })}event: progress\nid: 8\n`, "breaks"),
      (response) => response.destroy(),
      refuses(503, "UNAVAILABLE", { "retry-after": "0" }),
      streams(event("progress", 9, { percent: 2, step: "rows" })),
      streams(event("complete", 10, aJob("complete"))),
    ]);
    const told = await all(client.events("j"));
    assert.deepEqual(
      told.map(({ id }) => id),
      ["7", "9", "10"],
    );
    assert.deepEqual(
      requests.map(({ lastEventId }) => lastEventId),
      [undefined, "7", "7", "7", "9"],
    );
  });

  test("begins after an event that was seen before, and is over where there is none", async () => {
    const { client, requests } = await scripted([(response) => response.writeHead(204).end()]);
    assert.deepEqual(await all(client.events("j", { lastEventId: "7" })), []);
    assert.deepEqual(requests, [{ asked: "GET /api/jobs/j/events", lastEventId: "7" }]);
  });

  test("is not asked for again by whoever aborts, or has heard enough", async () => {
    const { client, requests } = await scripted([
      streams(`retry: 3600000\n\n${event("progress", 7, { percent: 1, step: "rows" })}`),
      streams(event("progress", 7, { percent: 1, step: "rows" }), "stays"),
    ]);
    const controller = new AbortController();
    const reason = new Error("no longer wanted");
    const events = client.events("j", { signal: controller.signal });
    assert.equal((await events.next()).value?.type, "progress");
    const next = rejection(events.next());
    controller.abort(reason);
    assert.equal(await next, reason);
    for await (const _ of client.events("j")) break;
    assert.equal(requests.length, 2);
  });

  test("that breaks off again and again is given up", async () => {
    const never = streams("retry: 0\n\n");
    const { client, requests } = await scripted(Array.from({ length: 20 }, () => never));
    assert.equal((await rejection(all(client.events("j")))).code, "NETWORK_ERROR");
    assert.equal(requests.length, 7);
  });

  test("is not asked for again where the answer will not change", async () => {
    const { client, requests } = await scripted([refuses(401, "UNAUTHORIZED")]);
    assert.equal((await rejection(client.wait("j"))).code, "UNAUTHORIZED");
    assert.equal(requests.length, 1);
  });
});

test("where no events get through, the job is looked at", async () => {
  const { client, requests } = await scripted([
    (response) => response.writeHead(200, { "content-type": "text/html" }).end("<p>Please wait"),
    answers(200, aJob("active")),
    (response) => response.destroy(),
    answers(200, aJob("active")),
    refuses(429, "TOO_MANY_REQUESTS", { "retry-after": "0" }),
    answers(200, aJob("complete")),
    refuses(503, "UNAVAILABLE", { "retry-after": "0" }),
    answers(200, { runKey: "r" }),
  ]);
  /** @type {object[]} */
  const heard = [];
  assert.deepEqual(await client.wait("j", { onProgress: (progress) => heard.push(progress) }), { runKey: "r" });
  assert.deepEqual(heard, [{ percent: 50, step: "rows" }]);
  assert.deepEqual(
    requests.map(({ asked }) => asked),
    [
      "GET /api/jobs/j/events",
      ...Array.from({ length: 5 }, () => "GET /api/jobs/j"),
      "GET /api/runs/r",
      "GET /api/runs/r",
    ],
  );
});

test("a job that failed is thrown with its reason", async () => {
  const error = { code: "INTERNAL_ERROR", message: "three attempts failed", details: [], requestId: "request" };
  const { client } = await scripted([streams(event("failed", 1, aJob("failed", { error })))]);
  const { code, message, requestId, status } = await rejection(client.wait("j"));
  assert.deepEqual({ code, message, details: [], requestId }, error);
  assert.equal(status, undefined);
});

test("what is refused for the moment is asked again three times, when the server says", async () => {
  const busy = refuses(503, "UNAVAILABLE", { "retry-after": "0" });
  const tooMany = refuses(429, "TOO_MANY_REQUESTS", { "retry-after": new Date(0).toUTCString() });
  const patient = await scripted([busy, tooMany, busy, answers(200, { runKey: "r" })]);
  assert.deepEqual(await patient.client.simulate(fund), { runKey: "r" });
  const exhausted = await scripted([busy, busy, busy, busy]);
  const { code, status, retryAfterMs } = await rejection(exhausted.client.simulate(fund));
  assert.deepEqual({ code, status, retryAfterMs }, { code: "UNAVAILABLE", status: 503, retryAfterMs: 0 });
  assert.equal(exhausted.requests.length, 4);
});

test("what is refused without a time, or for long, is thrown at once", async () => {
  const { client, requests } = await scripted([
    refuses(503, "UNAVAILABLE"),
    refuses(429, "TOO_MANY_REQUESTS", { "retry-after": "3600" }),
    refuses(503, "UNAVAILABLE", { "retry-after": "0" }),
  ]);
  assert.equal((await rejection(client.simulate(fund))).retryAfterMs, undefined);
  assert.equal((await rejection(client.simulate(fund))).retryAfterMs, 3_600_000);
  assert.equal((await rejection(client.run("r"))).retryAfterMs, 0);
  assert.equal(requests.length, 3);
});

test("aborting ends the pause before another try", async () => {
  const controller = new AbortController();
  const { client, requests } = await scripted([
    (response) => {
      refuses(503, "UNAVAILABLE", { "retry-after": "60" })(response);
      response.on("close", () => controller.abort());
    },
  ]);
  const error = await rejection(client.simulate(fund, { signal: controller.signal }));
  assert.equal(error, controller.signal.reason);
  assert.equal(requests.length, 1);
});

test("digests come from all pages, and must be in order", async () => {
  const page = (/** @type {number[]} */ blocks, /** @type {string | undefined} */ nextCursor = undefined) =>
    answers(200, { items: blocks.map((block) => ({ block, digest: `digest ${block}` })), nextCursor });
  const { client, requests } = await scripted([page([0, 1], "a&b"), page([2]), page([0, 2])]);
  assert.deepEqual(await client.blocks("m"), ["digest 0", "digest 1", "digest 2"]);
  assert.deepEqual(
    requests.map(({ asked }) => asked),
    ["GET /api/matrices/m/blocks?limit=10000", "GET /api/matrices/m/blocks?limit=10000&cursor=a%26b"],
  );
  assert.equal((await rejection(client.blocks("m"))).code, "UNEXPECTED_ANSWER");
});

test("no answer is NETWORK_ERROR, and what does not come from the API UNEXPECTED_ANSWER", async () => {
  const { client } = await scripted([
    (response) => response.destroy(),
    (response) => response.writeHead(200, { "content-length": "99" }).write("{", () => response.destroy()),
    (response) => response.writeHead(502, { "content-type": "text/html" }).end("<h1>Bad gateway"),
    (response) => response.writeHead(200, { "content-type": "text/html" }).end("<h1>Sign in"),
    answers(500, null),
  ]);
  for (const expected of [
    { code: "NETWORK_ERROR", status: undefined },
    { code: "NETWORK_ERROR", status: undefined },
    { code: "UNEXPECTED_ANSWER", status: 502 },
    { code: "UNEXPECTED_ANSWER", status: 200 },
    { code: "UNEXPECTED_ANSWER", status: 500 },
  ]) {
    const error = await rejection(client.run("r"));
    assert.ok(error instanceof FoliocastError);
    assert.deepEqual({ code: error.code, status: error.status }, expected);
  }
});
