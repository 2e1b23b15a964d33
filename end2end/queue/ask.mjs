// @ts-check
/**
 * Asks for a run through the job queue, as a program in Node does that knows BullMQ and nothing else of Foliocast:
 * prints each report of progress as a line of JSON, the one with the result last.
 *
 *     QUEUE_REDIS_URL=redis://… node ask.mjs '{"fundId": "acme", "runs": 10000}'
 */
import { Queue, QueueEvents } from "bullmq";

const connection = { url: process.env.QUEUE_REDIS_URL };
const queue = new Queue("scenario-generation", { connection });
const events = new QueueEvents("scenario-generation", { connection });
await events.waitUntilReady();

/** Of this job's. @type {string | undefined} */
let last;
const job = await queue.add("scenario", { configuration: JSON.parse(process.argv[2]), priority: "high" });
events.on("progress", ({ jobId, data }) => {
  if (jobId !== job.id) return;
  last = JSON.stringify(data);
  console.log(last);
});
try {
  await job.waitUntilFinished(events);
  // The result is in the last report, which an event may have told before anybody listened.
  const ended = JSON.stringify((await queue.getJob(job.id ?? ""))?.progress);
  if (ended !== last) console.log(ended);
} catch (error) {
  console.error(String(error));
  process.exitCode = 1;
}
await Promise.all([events.close(), queue.close()]);
