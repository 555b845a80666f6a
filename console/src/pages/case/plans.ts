import type { components } from "holdfast-client";
import type { PlanLine, Planned, Value } from "../../parts/plan.ts";

export type Case = components["schemas"]["Case"];
type Product = components["schemas"]["ProductInventory"];

const decisions = ["wait", "move", "release", "accept", "book", "dismiss"] as const;
export type Decision = (typeof decisions)[number];

/** The ways out of a case like this, the mildest first. */
export function decisionsOf(of: Case): readonly Decision[] {
  if (of.lost) return ["book", "dismiss"];
  if (of.till_id) return ["wait", "accept"];
  if (of.paid) return ["wait", "accept", "dismiss"];
  return ["wait", "move", "release", "accept"];
}

/** The key of the words for a decision: to accept a paid order books it. */
export function wordsOf(of: Case, decision: Decision): Decision | "acceptPaid" {
  return of.paid && decision === "accept" ? "acceptPaid" : decision;
}

/** The orders that a decision was carried out for. */
export function carriedOut(of: NonNullable<Case["decided"]>): string[] {
  const left = new Set(of.left?.map(({ order_id }) => order_id));
  return (of.orders ?? []).filter((order) => !left.has(order));
}

const ending: readonly Decision[] = ["accept", "book", "dismiss"];

/** How the product of a case is measured. */
export type Measure = Pick<Product, "unit" | "scale">;

/** The choice in the form. */
export interface Choice {
  decision: Decision;
  orders: readonly string[];
  to: string;
  note: string;
}

const most = 100;

const nobody: Value = { words: "act.nobody" };
const person = (name: string | undefined): Value => (name ? { text: name } : nobody);

function state(of: Case, after: Case["state"]): PlanLine {
  const words = (one: Case["state"]): Value => ({ words: `act.case.${one}` });
  return { figure: { words: "case:state" }, before: words(of.state), after: words(after) };
}

export function planAssign(of: Case, typed: string): Planned {
  const assignee = typed.trim();
  if (assignee === (of.assignee ?? "")) return { faults: { assignee: "case:fault.same" } };
  const undecided = assignee ? "assigned" : "open";
  const after = of.state === "decided" ? of.state : undecided;
  return {
    plan: {
      command: { operation: "AssignCase", body: { case_id: of.case_id, assignee } },
      lines: [
        { figure: { words: "case:assignee" }, before: person(of.assignee), after: person(assignee) },
        state(of, after),
      ],
    },
  };
}

/** The most that one comment may have, in bytes. */
const longest = 1024;

/** A comment is kept for good, so its preview is its text. */
export function planComment(of: Case, typed: string): Planned {
  const text = typed.trim();
  if (text === "") return { faults: { text: "case:fault.text" } };
  if (new TextEncoder().encode(text).length > longest) return { faults: { text: "case:fault.long" } };
  return {
    plan: {
      command: { operation: "CommentCase", body: { case_id: of.case_id, text } },
      lines: [{ figure: { words: "case:comment" }, before: { text: "–" }, after: { text } }],
    },
  };
}

/** The effect of a decision on the orders that it names. Only the books say whether that settles the case. */
export function planDecide(of: Case, choice: Choice, measure: Measure): Planned {
  const { decision, note } = choice;
  const acts = decision === "release" || decision === "move";
  const chosen = acts ? (of.orders ?? []).filter(({ order_id }) => choice.orders.includes(order_id)) : [];
  const faults: Record<string, string> = {};
  if (acts && chosen.length === 0) faults.orders = "case:fault.orders";
  if (chosen.length > most) faults.orders = "case:fault.many";
  if (decision === "move" && choice.to === "") faults.to_location_id = "case:fault.to";
  if (Object.keys(faults).length > 0) return { faults };
  const { unit, scale } = measure;
  const units = (order: string, words: string, before: number, after: number): PlanLine => ({
    of: order,
    figure: { words },
    unit,
    scale,
    before: { units: before },
    after: { units: after },
  });
  return {
    plan: {
      command: {
        operation: "DecideCase",
        body: {
          case_id: of.case_id,
          decision,
          ...(acts ? { orders: chosen.map(({ order_id }) => order_id) } : {}),
          ...(decision === "move" ? { to_location_id: choice.to } : {}),
          ...(note.trim() ? { note: note.trim() } : {}),
        },
      },
      lines: [
        state(of, wordsOf(of, decision) !== "acceptPaid" && ending.includes(decision) ? "settled" : "decided"),
        ...chosen.flatMap(({ order_id, quantity }) => [
          units(order_id, "case:heldHere", quantity, 0),
          ...(decision === "move" ? [units(order_id, "case:heldThere", 0, quantity)] : []),
        ]),
      ],
      notes: [{ words: `case:will.${wordsOf(of, decision)}`, values: { place: choice.to } }],
    },
  };
}

/** The places that the orders could move to, those with most to sell first. */
export function othersOf(product: Product, place: string): Product["locations"] {
  return product.locations
    .filter(({ location_id }) => location_id !== place)
    .sort((a, b) => b.available_stock - a.available_stock);
}
