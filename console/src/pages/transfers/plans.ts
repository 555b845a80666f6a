import type { components } from "holdfast-client";
import { quantity, unitsOf } from "../../format/decimal.ts";
import { momentOf } from "../../format/time.ts";
import type { PlanLine, Planned } from "../../parts/plan.ts";
import { type Reason, reasonBody } from "../../parts/reasons.ts";

type Accounts = components["schemas"]["ProductAccounts"];

/** The knowledge about a product: nothing yet, that there is none, or its accounts. */
export type Known = "looking" | undefined | Accounts;

/** A line as it is typed. */
export interface Wanted {
  product: string;
  units: string;
}

/** A transfer as it is typed. */
export interface Request {
  from: string;
  to: string;
  channel: string;
  expected: string;
  lines: Wanted[];
}

/** The units that a place can give now: those of no lot in the account that the request draws from. */
export function freeOf(of: Accounts, from: string, channel: string): number {
  const drawn = channel ? `quota/${channel}` : "pool/shared";
  return (of.items.find(({ location_id }) => location_id === from)?.accounts ?? [])
    .filter(({ account, lot }) => account === drawn && !lot)
    .reduce((sum, { quantity }) => sum + quantity, 0);
}

/** A request moves nothing: the preview shows what the account that it draws from has now, and what is asked of it. */
export function planRequest(request: Request, known: (product: string) => Known, reason: Reason): Planned {
  const faults: Record<string, string> = {};
  if (request.from === "") faults.from_location_id = "transfers:fault.place";
  if (request.to === "") faults.to_location_id = "transfers:fault.place";
  else if (request.from === request.to) faults.to_location_id = "transfers:fault.same";
  const typed = request.lines.filter(({ product, units }) => product !== "" || units.trim() !== "");
  if (typed.length === 0) faults["product 0"] = "transfers:fault.product";
  const lines = typed.map(({ product, units }) => {
    const at = request.lines.findIndex((line) => line.product === product);
    const found = known(product);
    const of = found === "looking" ? undefined : found;
    const value = unitsOf(units, of?.scale);
    if (!of) faults[`product ${at}`] = `transfers:fault.${found ?? "product"}`;
    if (typed.filter((line) => line.product === product).length > 1) faults[`product ${at}`] = "transfers:fault.twice";
    if (value === undefined || value <= 0) faults[`units ${at}`] = "act.fault.positive";
    return { product_id: product, quantity: value ?? 0, of };
  });
  if (Object.keys(faults).length > 0) return { faults };
  const { reason_code: _, ...why } = reasonBody(reason);
  const expected_at = momentOf(request.expected) ?? undefined;
  const channel = request.channel.trim();
  return {
    plan: {
      command: {
        operation: "CreateTransfer",
        body: {
          from_location_id: request.from,
          to_location_id: request.to,
          lines: lines.map(({ product_id, quantity }) => ({ product_id, quantity })),
          ...(channel ? { channel_id: channel } : {}),
          ...(expected_at ? { expected_at } : {}),
          ...why,
        },
      },
      lines: lines.map(
        ({ product_id, quantity, of }): PlanLine => ({
          of: product_id,
          figure: { words: "transfers:requested" },
          unit: of?.unit,
          scale: of?.scale,
          before: { units: 0 },
          after: { units: quantity },
        }),
      ),
      notes: lines.map(({ product_id: product, quantity: units, of }) => {
        const free = of ? freeOf(of, request.from, channel) : 0;
        return {
          words: units > free ? "transfers:note.short" : "transfers:note.free",
          values: { product, from: request.from, units: quantity(free, of?.unit, of?.scale) },
        };
      }),
    },
  };
}
