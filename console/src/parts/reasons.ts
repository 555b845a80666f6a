import type { components } from "holdfast-client";

type Known = components["schemas"]["Reason"];
export type ReasonedVerb = NonNullable<Known["operations"]>[number];

/** Why somebody changes stock: one of the tenant's reasons, words, and a document. */
export interface Reason {
  code: string;
  text: string;
  reference: string;
}

export const noReason: Reason = { code: "", text: "", reference: "" };

/** The reasons that a verb may name now. */
export function reasonsFor(all: readonly Known[], verb: ReasonedVerb): Known[] {
  return all.filter(
    ({ active, operations }) =>
      active !== false && (!operations || operations.length === 0 || operations.includes(verb)),
  );
}

/** The reason as a write has it, without the parts that nobody set. */
export function reasonBody({ code, text, reference }: Reason) {
  return {
    ...(text.trim() ? { reason: text.trim() } : {}),
    ...(code ? { reason_code: code } : {}),
    ...(reference.trim() ? { reference: reference.trim() } : {}),
  };
}
