import { type HoldfastOptions, headersOf } from "./client.js";
import { errorOf, HoldfastError } from "./problem.js";
import { pause } from "./retry.js";
import type { components } from "./schema.js";
import { type Frame, Parser } from "./sse.js";

export type StockEvent = components["schemas"]["StockEvent"];

export interface Watch {
  types?: string[];
  product_id?: string;
  location_id?: string;
  channel_id?: string;
  /** Only what comes after this position; left out: what is committed from now on. */
  after?: string;
  signal?: AbortSignal;
  /** Called with each position from which watch may resume, also when nothing happens. */
  onPosition?: (position: string) => void;
}

/** Longest silence of a living stream, in milliseconds: the server says something every 15 s. */
const silence = 60_000;

/**
 * watch yields what is committed, each change once and in order. A stream that
 * breaks is resumed after the last event. The signal ends it. It throws where
 * resuming would leave something out: POSITION_GONE, or a key without permission.
 */
export async function* watch(options: HoldfastOptions, what: Watch = {}): AsyncGenerator<StockEvent> {
  const sleep = options.sleep ?? pause;
  let after = what.after;
  let wait = 0;
  for (let failures = 0; !what.signal?.aborted; ) {
    try {
      for await (const frame of stream(options, what, after)) {
        failures = 0;
        wait = frame.retry ?? wait;
        if (frame.event === "end") {
          const end = endOf(frame);
          if (!goesOn(end)) throw end;
          after = end.problem?.resume_after ?? after;
          break;
        }
        if (frame.data !== "") yield JSON.parse(frame.data) as StockEvent;
        if (frame.id !== undefined) {
          after = frame.id;
          what.onPosition?.(frame.id);
        }
      }
    } catch (thrown) {
      if (what.signal?.aborted) return;
      if (thrown instanceof HoldfastError && !goesOn(thrown)) throw thrown;
      failures++;
    }
    const grown = Math.min(100 * 2 ** failures, 30_000);
    await sleep(Math.max(wait, Math.random() * grown), what.signal).catch(() => undefined);
  }
}

async function* stream(options: HoldfastOptions, what: Watch, after: string | undefined): AsyncGenerator<Frame> {
  const query = new URLSearchParams();
  if (what.types?.length) query.set("types", what.types.join(","));
  for (const name of ["product_id", "location_id", "channel_id"] as const) {
    const value = what[name];
    if (value !== undefined) query.set(name, value);
  }
  const stop = new AbortController();
  const abort = () => stop.abort(what.signal?.reason);
  what.signal?.addEventListener("abort", abort, { once: true });
  const send = options.fetch ?? ((request: Request) => fetch(request));
  let watchdog = setTimeout(() => stop.abort(new Error("the stream fell silent")), silence);
  try {
    const answer = await send(
      new Request(`${options.url.replace(/\/+$/, "")}/v1/events?${query}`, {
        headers: {
          ...headersOf(options),
          Accept: "text/event-stream",
          ...(after === undefined ? {} : { "Last-Event-ID": after }),
        },
        signal: stop.signal,
      }),
    );
    if (!answer.ok || !answer.body) throw errorOf(answer, await answer.json().catch(() => undefined));
    const parser = new Parser();
    const text = new TextDecoder();
    const reader = answer.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return;
      clearTimeout(watchdog);
      watchdog = setTimeout(() => stop.abort(new Error("the stream fell silent")), silence);
      yield* parser.feed(text.decode(value, { stream: true }));
    }
  } finally {
    clearTimeout(watchdog);
    what.signal?.removeEventListener("abort", abort);
    stop.abort();
  }
}

function endOf(frame: Frame): HoldfastError {
  const problem = JSON.parse(frame.data) as NonNullable<HoldfastError["problem"]>;
  return new HoldfastError({ code: problem.code, detail: problem.detail ?? "the stream ended", problem });
}

// Reports whether the error is temporary. Any other error would be the same on the next
// attempt.
function goesOn(error: HoldfastError): boolean {
  return ["SLOW_READER", "UNAVAILABLE", "RATE_LIMITED", "INTERNAL", "NETWORK"].includes(error.code);
}
