import { HoldfastError } from "./problem.js";

export type Fetch = (request: Request) => Promise<Response>;

/** Waits, and rejects with the signal's reason when that is aborted first. */
export type Sleep = (milliseconds: number, signal?: AbortSignal) => Promise<void>;

export interface RetryOptions {
  /** How long a call may take, attempts and pauses together; 10 s. */
  timeout?: number;
  sleep?: Sleep;
  /** The clock that `timeout` goes by, in milliseconds. */
  now?: () => number;
}

const firstPause = 50;
const longestPause = 2_000;

/**
 * retrying sends a request until it is answered. It repeats the requests that may be repeated: reads, and
 * writes under one Idempotency-Key, which is made when the caller sent none. A lost connection, 502 to 504,
 * 429 with Retry-After and IN_PROGRESS are tried again; every other answer is final.
 */
export function retrying(send: Fetch, options: RetryOptions = {}): Fetch {
  const { timeout = 10_000, sleep = pause, now = Date.now } = options;
  return async (first) => {
    const reads = first.method === "GET" || first.method === "HEAD";
    const request = reads ? first : withKey(first);
    const key = request.headers.get("Idempotency-Key") ?? undefined;
    const end = now() + timeout;
    for (let attempt = 0; ; attempt++) {
      let answer: Response | undefined;
      let cause: unknown;
      try {
        answer = await send(request.clone());
        if (!(await mayRepeat(answer))) return answer;
      } catch (thrown) {
        if (request.signal.aborted) throw thrown;
        cause = thrown;
      }
      const wait = Math.max(retryAfter(answer), Math.random() * Math.min(firstPause * 2 ** attempt, longestPause));
      if (now() + wait >= end) {
        if (answer) return answer;
        throw new HoldfastError({ code: "NETWORK", detail: "the server did not answer", unknown: !reads, key, cause });
      }
      await sleep(wait, request.signal);
    }
  };
}

function withKey(request: Request): Request {
  if (request.headers.has("Idempotency-Key")) return request;
  const headers = new Headers(request.headers);
  headers.set("Idempotency-Key", newKey());
  return new Request(request, { headers });
}

/** A key that no other call has. randomUUID is absent on plain HTTP. */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function mayRepeat(answer: Response): Promise<boolean> {
  if (answer.status >= 502 && answer.status <= 504) return true;
  if (answer.status === 429) return answer.headers.has("Retry-After");
  if (answer.status !== 409) return false;
  const body: unknown = await answer
    .clone()
    .json()
    .catch(() => undefined);
  return typeof body === "object" && body !== null && "code" in body && body.code === "IN_PROGRESS";
}

function retryAfter(answer: Response | undefined): number {
  const seconds = Number(answer?.headers.get("Retry-After"));
  return Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : 0;
}

export const pause: Sleep = (milliseconds, signal) =>
  new Promise((done, fail) => {
    if (signal?.aborted) return fail(signal.reason);
    const abort = () => {
      clearTimeout(timer);
      fail(signal?.reason);
    };
    const timer = setTimeout(() => {
      signal?.removeEventListener("abort", abort);
      done();
    }, milliseconds);
    signal?.addEventListener("abort", abort, { once: true });
  });
