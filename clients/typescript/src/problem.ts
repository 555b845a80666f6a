import type { components } from "./schema.js";

/** A server's description of a refusal (RFC 9457, `application/problem+json`). */
export type Problem = components["schemas"]["Problem"];

/** The codes of the API, and NETWORK for a call that got no answer at all. */
export type Code = Problem["code"] | "NETWORK";

/** A call that was refused, or that got no answer. */
export class HoldfastError extends Error {
  override readonly name = "HoldfastError";
  readonly code: Code;
  readonly status: number;
  readonly detail: string;
  readonly requestId: string;
  /** The whole answer of the server; undefined when there was none. */
  readonly problem: Problem | undefined;
  /** True when a write may have happened: the same call with `key` tells. */
  readonly unknown: boolean;
  /** The idempotency key of the write. */
  readonly key: string | undefined;

  constructor(of: {
    code: Code;
    status?: number;
    detail: string;
    requestId?: string;
    problem?: Problem;
    unknown?: boolean;
    key?: string | undefined;
    cause?: unknown;
  }) {
    super(`${of.code}: ${of.detail}`, { cause: of.cause });
    this.code = of.code;
    this.status = of.status ?? 0;
    this.detail = of.detail;
    this.requestId = of.requestId ?? "";
    this.problem = of.problem;
    this.unknown = of.unknown ?? false;
    this.key = of.key;
  }
}

/** The error of an answer that is not a success, whoever wrote its body. */
export function errorOf(response: Response, body: unknown, key?: string): HoldfastError {
  const requestId = response.headers.get("X-Request-Id") ?? "";
  if (isProblem(body)) {
    return new HoldfastError({
      code: body.code,
      status: response.status,
      detail: body.detail,
      requestId: body.request_id || requestId,
      problem: body,
      key,
    });
  }
  return new HoldfastError({
    code: codeOf(response.status),
    status: response.status,
    detail: `HTTP ${response.status} without a problem document`,
    requestId,
    key,
  });
}

function isProblem(body: unknown): body is Problem {
  return (
    typeof body === "object" && body !== null && "code" in body && typeof body.code === "string" && "detail" in body
  );
}

// A proxy answers in its own words, so only its status is used.
function codeOf(status: number): Code {
  switch (status) {
    case 401:
      return "UNAUTHENTICATED";
    case 403:
      return "PERMISSION_DENIED";
    case 404:
      return "NOT_FOUND";
    case 429:
      return "RATE_LIMITED";
    case 502:
    case 503:
    case 504:
      return "UNAVAILABLE";
    default:
      return status >= 500 ? "INTERNAL" : "INVALID_ARGUMENT";
  }
}
