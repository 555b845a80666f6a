import type { components } from "holdfast-client";

type Units = components["schemas"]["UnitsExplanation"];

/**
 * The branches of the tree, in their order: what sells, what orders have, what sells elsewhere, what never
 * sells, what is not here.
 */
export const branchNames = ["open", "held", "closed", "kept", "coming", "ahead"] as const;

export interface Branch {
  name: (typeof branchNames)[number];
  quantity: number;
  parts: Units[];
}

/** Groups units by the reason they can or cannot be drawn, each branch with its sum. */
export function branchesOf(parts: readonly Units[]): Branch[] {
  return branchNames
    .map((name) => {
      const own = parts.filter(({ cause }) => branchOf(cause) === name);
      return { name, parts: own, quantity: own.reduce((sum, { quantity }) => sum + quantity, 0) };
    })
    .filter(({ parts: own }) => own.length > 0);
}

function branchOf(cause: Units["cause"]): Branch["name"] {
  switch (cause) {
    case "open":
      return "open";
    case "held":
    case "waiting":
      return "held";
    case "withheld":
    case "quality":
    case "damaged":
      return "kept";
    case "in_transit":
    case "incoming":
      return "coming";
    case "ahead":
      return "ahead";
    default:
      return "closed";
  }
}

/** The tab that lists the units of an account one by one. */
export function tabOf(account: string): string {
  if (account.startsWith("quota/") || account.startsWith("pool/")) return "channels";
  if (account === "held") return "orders";
  if (account.startsWith("promise/") || account.startsWith("arrived/")) return "promised";
  return "accounts";
}
