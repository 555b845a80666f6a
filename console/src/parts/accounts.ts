import type { components } from "holdfast-client";
import type { Part } from "../states.ts";

type Balance = components["schemas"]["AccountBalance"];

/** One account of an item, all its lots together. */
export interface Line {
  account: string;
  part: Part;
  value: number;
}

export interface Reckoning {
  /** Units on the shelf, in the order of the bar. */
  here: Line[];
  /** Units that are not here: on their way, ordered, sold ahead, sold twice. */
  away: Line[];
  onHand: number;
}

/** The order of the bar: what may be sold first. */
const order: Part[] = ["pool", "quota", "held", "withheld", "quality", "damaged", "transit", "promised", "oversold"];

/** Sorts the accounts of an item by what they are to a reader. */
export function reckon(balances: readonly Balance[]): Reckoning {
  const here = new Map<string, Line>();
  const away = new Map<string, Line>();
  for (const { account, quantity } of balances) {
    const kind = kindOf(account);
    if (!kind) continue;
    const side = kind.here ? here : away;
    const line = side.get(account) ?? { account, part: kind.part, value: 0 };
    line.value += kind.part === "oversold" ? -quantity : quantity;
    side.set(account, line);
  }
  const sorted = (side: Map<string, Line>) =>
    [...side.values()]
      .filter(({ value }) => value !== 0)
      .sort((a, b) => order.indexOf(a.part) - order.indexOf(b.part) || (a.account < b.account ? -1 : 1));
  const shelf = sorted(here);
  return { here: shelf, away: sorted(away), onHand: shelf.reduce((sum, { value }) => sum + value, 0) };
}

/** Where an account stands in a list: as in the bar, and then what is outside. */
export function rankOf(account: string): number {
  const kind = kindOf(account);
  return kind ? order.indexOf(kind.part) : order.length;
}

function kindOf(account: string): { part: Part; here: boolean } | undefined {
  const [head] = account.split("/");
  switch (head) {
    case "pool":
      return { part: "pool", here: true };
    case "quota":
    case "escrow":
      return { part: "quota", here: true };
    case "held":
    case "arrived":
      return { part: "held", here: true };
    case "withheld":
    case "quality":
    case "damaged":
      return { part: head, here: true };
    case "transit":
    case "incoming":
      return { part: "transit", here: false };
    case "promise":
      // The amount that may still be sold ahead is an allowance, not units.
      return account === "promise/held" ? { part: "promised", here: false } : undefined;
    case "ext":
      return account === "ext/oversold" ? { part: "oversold", here: false } : undefined;
    default:
      return undefined;
  }
}

/** The words for an account: a key of the texts, and the name in it. */
export function wordsOf(account: string): { key: string; name: string } {
  const slash = account.indexOf("/");
  if (slash < 0 || account === "pool/shared" || account.startsWith("promise/") || account.startsWith("ext/")) {
    return { key: account.replace("/", "_"), name: "" };
  }
  return { key: account.slice(0, slash), name: account.slice(slash + 1) };
}
