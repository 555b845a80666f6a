import type { components } from "holdfast-client";
import type { CaseFilter } from "../../api/caseQueries.ts";

type Case = components["schemas"]["Case"];

export const views = ["open", "mine", "decided", "settled"] as const;
export type View = (typeof views)[number];

export const kinds = [
  "shortage",
  "oversell",
  "difference",
  "parked",
  "copy",
  "malformed",
  "uncovered",
  "order_twice",
  "against_rule",
  "lost_line",
  "file_lost",
  "over_return",
] as const;

/** The view that an address names; what waits for a decision where it names none. */
export function viewOf(text: string | undefined): View {
  return views.find((view) => view === text) ?? "open";
}

/** The lists of the API that a view is made of: each of them is of one state. */
export function listsOf(
  view: View,
  me: string,
  { kind, place, till }: { kind?: string | undefined; place?: string | undefined; till?: string | undefined },
): CaseFilter[] {
  const known = kinds.find((one) => one === kind);
  const both = {
    ...(known ? { kind: known } : {}),
    ...(place ? { location_id: place } : {}),
    ...(till ? { till_id: till } : {}),
  };
  if (view === "open")
    return [
      { state: "open", ...both },
      { state: "assigned", ...both },
    ];
  if (view === "mine") {
    const mine = { assignee: me, ...both };
    return [
      { state: "assigned", ...mine },
      { state: "decided", ...mine },
    ];
  }
  return [{ state: view, ...both }];
}

/** The cases of several lists as one, the newest first. */
export function merged(lists: readonly (readonly Case[])[]): Case[] {
  const all = new Map(lists.flat().map((one) => [one.case_id, one]));
  return [...all.values()].sort((a, b) => (b.opened_at ?? "").localeCompare(a.opened_at ?? ""));
}
