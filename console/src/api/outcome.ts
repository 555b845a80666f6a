import { type components, errorOf, type Holdfast, HoldfastError } from "holdfast-client";
import { type Operation, send } from "./commands.ts";
import type { Pending, Pendings } from "./pending.ts";

/** The first write of a batch whose outcome is open. */
function openIn(operation: Operation, data: unknown): HoldfastError | undefined {
  if (operation !== "ExecuteBatch") return undefined;
  const { results } = data as components["schemas"]["ExecuteBatchResponse"];
  const error = results.find((one) => one.error && open.has(one.error.code))?.error;
  return error && new HoldfastError({ code: error.code, detail: error.detail, unknown: true });
}

/** The outcome of a write. When it is unknown, sending the same write with the same key tells. */
export type Outcome =
  | { is: "done"; position: string; answer: unknown }
  | { is: "refused"; error: HoldfastError }
  | { is: "unknown"; error: HoldfastError };

/** Answers that leave open whether an earlier attempt was carried out. */
const open = new Set([
  "NETWORK",
  "UNAVAILABLE",
  "IN_PROGRESS",
  "REQUEST_TIMEOUT",
  "INTERNAL",
  "UNAUTHENTICATED",
  "RATE_LIMITED",
]);

/** Sends a write that is kept, and forgets it once its outcome is known. */
export async function carryOut(api: Holdfast, kept: Pending, all: Pendings): Promise<Outcome> {
  let error: HoldfastError;
  try {
    const { data, error: problem, response } = await send(api, kept.command, kept.key);
    const left = response.ok && openIn(kept.command.operation, data);
    if (left) return { is: "unknown", error: left };
    if (response.ok) {
      all.drop(kept.key);
      return { is: "done", position: response.headers.get("Holdfast-Position") ?? "", answer: data };
    }
    error = errorOf(response, problem, kept.key);
  } catch (cause) {
    // An answer that was cut off is worth as little as none.
    const cut = { code: "NETWORK", detail: String(cause), unknown: true, key: kept.key, cause } as const;
    error = cause instanceof HoldfastError ? cause : new HoldfastError(cut);
  }
  if (open.has(error.code)) return { is: "unknown", error };
  all.drop(kept.key);
  return { is: "refused", error };
}
