/** One message of a stream of Server-Sent Events. */
export interface Frame {
  event: string;
  data: string;
  id: string | undefined;
  retry: number | undefined;
}

/**
 * Parser takes a stream apart, whatever the network cut it into. A message that
 * is not closed by an empty line when the stream ends is dropped: it is not whole.
 */
export class Parser {
  #rest = "";
  #frame = empty();

  feed(text: string): Frame[] {
    const frames: Frame[] = [];
    this.#rest += text;
    for (;;) {
      const end = /\r\n|\n|\r(?!$)/.exec(this.#rest);
      if (!end) return frames;
      const line = this.#rest.slice(0, end.index);
      this.#rest = this.#rest.slice(end.index + end[0].length);
      if (line !== "") {
        this.#take(line);
        continue;
      }
      if (this.#frame.data.length > 0 || this.#frame.id !== undefined || this.#frame.retry !== undefined) {
        frames.push({ ...this.#frame, data: this.#frame.data.join("\n") });
      }
      this.#frame = empty();
    }
  }

  #take(line: string): void {
    const colon = line.indexOf(":");
    if (colon === 0) return; // a comment
    const name = colon < 0 ? line : line.slice(0, colon);
    const value = colon < 0 ? "" : line.slice(colon + 1).replace(/^ /, "");
    if (name === "data") this.#frame.data.push(value);
    if (name === "event") this.#frame.event = value;
    if (name === "id" && !value.includes("\0")) this.#frame.id = value;
    if (name === "retry" && /^\d+$/.test(value)) this.#frame.retry = Number(value);
  }
}

function empty() {
  return {
    event: "message",
    data: [] as string[],
    id: undefined as string | undefined,
    retry: undefined as number | undefined,
  };
}
