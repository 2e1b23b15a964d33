// @ts-check
/** Bull Board over the job queue. It asks nobody who he is: only for a browser on this machine, or through `ssh -L`. */
import { createBullBoard } from "@bull-board/api";
import { BullMQAdapter } from "@bull-board/api/bullMQAdapter";
import { ExpressAdapter } from "@bull-board/express";
import { Queue } from "bullmq";
import express from "express";

const url = process.env.QUEUE_REDIS_URL;
if (!url) {
  console.error("QUEUE_REDIS_URL is not set: where is the queue, as redis://[user:password@]host[:port][/database]?");
  process.exit(2);
}
const [host, port] = [process.env.HOST ?? "127.0.0.1", Number(process.env.PORT ?? 3000)];

// What is asked while Redis is away fails at once, and not when it is back.
const connection = { url, enableOfflineQueue: false, maxRetriesPerRequest: 1 };
const queue = new Queue("scenario-generation", { connection });
queue.on("error", (error) => console.error(`the queue's Redis: ${error.message}`));

const adapter = new ExpressAdapter();
createBullBoard({ queues: [new BullMQAdapter(queue)], serverAdapter: adapter });

const server = express()
  .use((request, response, next) => {
    // Pages of other sites may not press its buttons, under a name of theirs that leads here neither.
    const isHere = ["127.0.0.1", "localhost", "[::1]"].includes(request.hostname);
    const isOurs = ["same-origin", "none", undefined].includes(request.get("sec-fetch-site"));
    if (!isHere || !isOurs)
      return void response.status(403).send("Bull Board answers its own pages on localhost alone.\n");
    // No fonts from elsewhere.
    response.set(
      "content-security-policy",
      "default-src 'self'; style-src 'self' 'unsafe-inline'; img-src 'self' data:",
    );
    next();
  })
  .use(adapter.getRouter())
  .listen(port, host, () => console.log(`Bull Board is ready at http://${host}:${port}`));

process.once("SIGTERM", () => server.close(() => queue.close()));
