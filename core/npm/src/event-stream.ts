// Server-sent events from bytes, as https://html.spec.whatwg.org/multipage/server-sent-events.html reads them.
// EventSource would do that, but cannot send an access key.

/** One event of a stream. */
export interface ServerSentEvent {
  /** Its name; `message` unless the stream gives one. */
  type: string;
  /** Its text. */
  data: string;
  /** The last id given so far; empty where none was. */
  lastEventId: string;
}

/** Reads a stream of events piece by piece; an event at its end that no empty line ends is none. */
export class EventStreamParser {
  /** How long to wait before a broken stream is asked for again, milliseconds, where the stream says so. */
  retryMs: number | undefined;
  /** Drops a byte order mark, and keeps the bytes of a character that is not whole yet. */
  readonly #decoder = new TextDecoder();
  /** The beginning of a line whose end has not come. */
  #line = "";
  /** Whether the last piece ended with a carriage return, so that a line feed next belongs to it. */
  #endedInReturn = false;
  #type = "";
  #data: string[] = [];
  #lastEventId = "";

  /**
   * Takes the next bytes and gives the events that they complete.
   *
   * @param bytes - As they come, cut anywhere.
   */
  push(bytes: Uint8Array): ServerSentEvent[] {
    let text = this.#decoder.decode(bytes, { stream: true });
    if (text === "") return [];
    if (this.#endedInReturn && text.startsWith("\n")) text = text.slice(1);
    this.#endedInReturn = text === "" ? false : text.endsWith("\r");
    const lines = text.split(/\r\n|\r|\n/);
    lines[0] = this.#line + lines[0];
    this.#line = lines.pop() ?? "";
    const events: ServerSentEvent[] = [];
    for (const line of lines) {
      if (line === "") this.#dispatch(events);
      else this.#field(line);
    }
    return events;
  }

  #field(line: string): void {
    const colon = line.indexOf(":");
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    // A line that begins with a colon is a comment: its name is empty, and none of these.
    if (name === "event") this.#type = value;
    else if (name === "data") this.#data.push(value);
    else if (name === "id" && !value.includes("\0")) this.#lastEventId = value;
    else if (name === "retry" && /^[0-9]+$/.test(value)) this.retryMs = Number(value);
  }

  #dispatch(events: ServerSentEvent[]): void {
    if (this.#data.length > 0) {
      events.push({ type: this.#type || "message", data: this.#data.join("\n"), lastEventId: this.#lastEventId });
    }
    this.#type = "";
    this.#data = [];
  }
}
