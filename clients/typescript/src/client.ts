import createClient, { type Client } from "openapi-fetch";
import { errorOf } from "./problem.js";
import { type Fetch, type RetryOptions, retrying } from "./retry.js";
import type { paths } from "./schema.js";

export interface HoldfastOptions extends RetryOptions {
  /** Where the server is, such as `https://stock.example`; a path before `/v1` belongs to it. */
  url: string;
  /** An API key; left out where a session's cookie says who calls. */
  key?: string;
  /** The name recorded with each write; without it, the key's name is recorded. */
  operator?: string;
  /** Headers of every call; the function is called anew each time. */
  headers?: () => Record<string, string>;
  fetch?: Fetch;
}

/** A client whose paths, bodies and answers have the types of openapi.yaml. */
export type Holdfast = Client<paths>;

export function createHoldfast(options: HoldfastOptions): Holdfast {
  const send: Fetch = options.fetch ?? ((request) => fetch(request));
  const client = createClient<paths>({
    baseUrl: options.url.replace(/\/+$/, ""),
    fetch: retrying(send, options),
    // As openapi.yaml says: a list in a query is one word with commas, the members of an object are words of their own.
    querySerializer: { array: { style: "form", explode: false }, object: { style: "form", explode: true } },
  });
  client.use({
    onRequest({ request }) {
      for (const [name, value] of Object.entries(headersOf(options))) request.headers.set(name, value);
      return request;
    },
  });
  return client;
}

/** Headers that identify the caller; every call sends them. */
export function headersOf(options: Pick<HoldfastOptions, "key" | "operator" | "headers">): Record<string, string> {
  return {
    ...(options.key ? { Authorization: `Bearer ${options.key}` } : {}),
    ...(options.operator ? { "X-Holdfast-Operator": options.operator } : {}),
    ...options.headers?.(),
  };
}

/** The body of a success; any other answer is thrown as a HoldfastError. */
export async function ok<T>(call: Promise<{ data?: T; error?: unknown; response: Response }>): Promise<T> {
  const { data, error, response } = await call;
  if (!response.ok || data === undefined) throw errorOf(response, error);
  return data;
}
