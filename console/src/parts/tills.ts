import type { components } from "holdfast-client";

export type Till = components["schemas"]["Till"];
export type TillState = Till["state"];

/** The states that need a person come first. */
export const tillStates: TillState[] = ["away", "stale", "behind", "unpaired", "synced"];

/** The shapes say again what the words do. */
export const tillShapes: Record<TillState, string> = {
  away: "○",
  stale: "✕",
  behind: "◐",
  unpaired: "◇",
  synced: "●",
};

/** Since when a till is in its state, as far as that is known. */
export function sinceOf(of: Pick<Till, "state" | "heard_at" | "behind_since">): string | undefined {
  return of.state === "behind" ? of.behind_since : of.heard_at;
}

const encoder = new TextEncoder();

/** The bytes of a text as the server counts them. */
export const bytesOf = (text: string): number => encoder.encode(text).length;

/** Whether the server accepts the text as the id of a till: it is a part of names that use @ and ~ as separators. */
export function isTillID(id: string): boolean {
  if (id === "" || id === "." || id === ".." || bytesOf(id) > 32) return false;
  return !/[@~/\p{Cc}]/u.test(id) && id.trim() === id;
}
