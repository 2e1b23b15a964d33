import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";

/** What is tested: the binary that ships, unless another is named. */
const binary = process.env.FOLIOCAST_BINARY ?? join(import.meta.dirname, "../target/release/foliocast");

/** A Foliocast server of its own: a free port, a data directory that is removed with it. */
export class Server {
  readonly url: string;
  readonly #process: ChildProcess;
  readonly #dataDirectory: string;
  /** What it wrote to its log, for messages. */
  #log = "";

  private constructor(port: number, dataDirectory: string, settings: Record<string, string>) {
    this.url = `http://127.0.0.1:${port}`;
    this.#dataDirectory = dataDirectory;
    this.#process = spawn(binary, ["serve"], {
      env: {
        PATH: process.env.PATH,
        FOLIOCAST_LISTEN: `127.0.0.1:${port}`,
        FOLIOCAST_DATA_DIR: dataDirectory,
        RUST_LOG: "warn",
        ...settings,
      },
      stdio: ["ignore", "pipe", "pipe"],
    });
    for (const stream of [this.#process.stdout, this.#process.stderr]) {
      stream?.on("data", (text) => (this.#log += text));
    }
    this.#process.on("error", (error) => (this.#log += error.message));
  }

  /** Starts one; `settings` are further environment variables. */
  static async start(settings: Record<string, string> = {}): Promise<Server> {
    const server = new Server(await freePort(), await mkdtemp(join(tmpdir(), "foliocast-")), settings);
    try {
      await server.#ready();
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  async stop(): Promise<void> {
    if (this.#process.pid && this.#process.exitCode === null && this.#process.signalCode === null) {
      const ended = once(this.#process, "exit");
      this.#process.kill("SIGTERM");
      await ended;
    }
    await rm(this.#dataDirectory, { recursive: true, force: true });
  }

  async #ready(): Promise<void> {
    const deadline = Date.now() + 30_000;
    while (Date.now() < deadline) {
      if (!this.#process.pid || this.#process.exitCode !== null) {
        throw new Error(`${binary} does not run:\n${this.#log}`);
      }
      const answer = await fetch(`${this.url}/readyz`).catch(() => null);
      if (answer?.ok) return;
      await sleep(50);
    }
    throw new Error(`${binary} was not ready after 30 s:\n${this.#log}`);
  }
}

async function freePort(): Promise<number> {
  const probe = createServer().listen(0, "127.0.0.1");
  await once(probe, "listening");
  const address = probe.address();
  probe.close();
  await once(probe, "close");
  if (address === null || typeof address === "string") throw new Error("no port");
  return address.port;
}
