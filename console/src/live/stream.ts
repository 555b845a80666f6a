import { errorOf, HoldfastError, Parser } from "holdfast-client";
import type { LiveFrame, Watched } from "./figures.ts";

/** The items that a stream is asked for, and the session that asks. */
export interface Ask {
  server: string;
  csrf: string;
  items: readonly Watched[];
  after: string | undefined;
}

/** The server sends a frame every two seconds: one that is silent for so long is lost. */
const silence = 10_000;

/**
 * Reads one stream until it ends, and throws the reason. An EventSource can neither send the watched items
 * nor see a status.
 */
export async function readStream(ask: Ask, told: (frame: LiveFrame) => void, signal: AbortSignal): Promise<never> {
  const stop = new AbortController();
  const abort = () => stop.abort();
  signal.addEventListener("abort", abort, { once: true });
  let watchdog = setTimeout(abort, silence);
  try {
    const answer = await fetch(`${ask.server}/v1/live`, {
      method: "POST",
      headers: { Accept: "text/event-stream", "Content-Type": "application/json", "X-Holdfast-CSRF": ask.csrf },
      body: JSON.stringify({ items: ask.items, ...(ask.after ? { after: ask.after } : {}) }),
      signal: stop.signal,
    });
    if (!answer.ok || !answer.body) throw errorOf(answer, await answer.json().catch(() => undefined));
    const parser = new Parser();
    const text = new TextDecoder();
    const reader = answer.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) throw lost("the stream ended");
      clearTimeout(watchdog);
      watchdog = setTimeout(abort, silence);
      for (const { event, data } of parser.feed(text.decode(value, { stream: true }))) {
        if (data === "") continue;
        if (event === "end") throw ended(data);
        told(JSON.parse(data) as LiveFrame);
      }
    }
  } catch (cause) {
    throw cause instanceof HoldfastError ? cause : lost(String(cause));
  } finally {
    clearTimeout(watchdog);
    signal.removeEventListener("abort", abort);
    stop.abort();
  }
}

function lost(detail: string): HoldfastError {
  return new HoldfastError({ code: "NETWORK", detail });
}

function ended(data: string): HoldfastError {
  const problem = JSON.parse(data) as NonNullable<HoldfastError["problem"]>;
  return new HoldfastError({ code: problem.code, detail: problem.detail ?? "the stream ended", problem });
}
