import type { components } from "holdfast-client";
import { quantity, unitsOf } from "../../format/decimal.ts";
import { momentOf } from "../../format/time.ts";
import type { Note, PlanLine, Planned } from "../../parts/plan.ts";
import { type Reason, reasonBody } from "../../parts/reasons.ts";
import { type Counts, countOf, lineName, lineRef, type Receipt, receiptOf } from "./scan.ts";

export type Transfer = components["schemas"]["Transfer"];
type Line = Transfer["lines"][number];

function why(reason: Reason) {
  const { reason_code: _, ...said } = reasonBody(reason);
  return said;
}

function expected(typed: string) {
  const at = momentOf(typed) ?? undefined;
  return at ? { expected_at: at } : {};
}

function state(transfer: Transfer, after: Transfer["state"]): PlanLine {
  return {
    figure: { words: "transfer:state" },
    before: { words: `act.transfer.${transfer.state}` },
    after: { words: `act.transfer.${after}` },
  };
}

function figure(line: Line, name: string, before: number, after: number): PlanLine {
  const { unit, scale } = line;
  const words = `transfer:${name}`;
  return { of: lineName(line), figure: { words }, unit, scale, before: { units: before }, after: { units: after } };
}

export function planApprove(transfer: Transfer, typed: string, reason: Reason): Planned {
  const { transfer_id } = transfer;
  return {
    plan: {
      command: { operation: "ApproveTransfer", body: { transfer_id, ...expected(typed), ...why(reason) } },
      lines: [state(transfer, "approved")],
    },
  };
}

/** The text typed for a line by its name. That may be any text, also the name of a member of Object. */
export function typedOf(units: Record<string, string>, name: string): string | undefined {
  return Object.hasOwn(units, name) ? units[name] : undefined;
}

/** All lines are shipped with the units typed for them; a line without typed units ships all that was requested. */
export function planShip(transfer: Transfer, units: Record<string, string>, typed: string, reason: Reason): Planned {
  const { transfer_id } = transfer;
  const faults: Record<string, string> = {};
  const shipped = transfer.lines.map((line) => {
    const text = typedOf(units, lineName(line));
    const value = text === undefined ? line.requested : unitsOf(text, line.scale);
    if (value === undefined || value < 0 || value > line.requested) {
      faults[`line ${lineName(line)}`] = "transfer:fault.ship";
    }
    return { line, quantity: value ?? 0 };
  });
  if (Object.keys(faults).length > 0) return { faults };
  const sent = shipped.filter((one) => one.quantity > 0);
  if (sent.length === 0) return { faults: { all: "transfer:fault.nothing" } };
  const notes = shipped
    .filter(({ line, quantity: units }) => units < line.requested)
    .map(({ line, quantity: units }) => note("short", line, line.requested - units));
  return {
    plan: {
      command: {
        operation: "ShipTransfer",
        body: {
          transfer_id,
          lines: shipped.map(({ line, quantity }) => ({ ...lineRef(line), quantity })),
          ...expected(typed),
          ...why(reason),
        },
      },
      lines: [
        state(transfer, "in_transit"),
        ...sent.map(({ line, quantity }) => figure(line, "in_transit", 0, quantity)),
      ],
      notes,
    },
  };
}

function note(words: string, line: Line, units: number): Note {
  return {
    words: `transfer:note.${words}`,
    values: { product: lineName(line), units: quantity(units, line.unit, line.scale) },
  };
}

/** Sends the counts. Every line is sent, also those of which nothing came, so that nothing is assumed. */
export function planReceive(
  transfer: Transfer,
  counts: Counts,
  unread: string,
  for_order_id: string,
  reason: Reason,
): Planned {
  const faults: Record<string, string> = {};
  if (unread.trim()) faults.scan = "transfer:fault.unread";
  const receipts: { line: Line; receipt: Receipt }[] = [];
  for (const line of transfer.lines) {
    const receipt = receiptOf(line, countOf(counts, lineName(line)));
    if (receipt) receipts.push({ line, receipt });
    else faults[`line ${lineName(line)}`] = "transfer:fault.receive";
  }
  if (Object.keys(faults).length > 0) return { faults };
  if (receipts.every(({ receipt: { quantity, lost, surplus } }) => quantity + lost + surplus === 0)) {
    return { faults: { scan: "transfer:fault.uncounted" } };
  }
  const notes = receipts.flatMap(({ line, receipt: { lost, surplus, remaining } }) => [
    ...(remaining > 0 ? [note("remains", line, remaining)] : []),
    ...(lost > 0 ? [note("lost", line, lost)] : []),
    ...(surplus > 0 ? [note("surplus", line, surplus)] : []),
  ]);
  const { transfer_id } = transfer;
  return {
    plan: {
      command: {
        operation: "ReceiveTransfer",
        body: {
          transfer_id,
          lines: receipts.map(({ line, receipt: { quantity, lost, surplus } }) => ({
            ...lineRef(line),
            quantity,
            lost,
            surplus,
          })),
          ...(for_order_id.trim() ? { for_order_id: for_order_id.trim() } : {}),
          ...why(reason),
        },
      },
      lines: receipts.flatMap(({ line, receipt: { quantity, lost, surplus, remaining } }) => [
        figure(line, "received", line.received, line.received + quantity),
        ...(lost > 0 ? [figure(line, "lost", line.lost, line.lost + lost)] : []),
        ...(surplus > 0 ? [figure(line, "surplus", line.surplus, line.surplus + surplus)] : []),
        figure(line, "in_transit", line.in_transit, remaining),
      ]),
      notes: notes.length > 0 ? notes : [{ words: "transfer:note.whole", values: {} }],
    },
  };
}

/** Units still in transit go back; units that have arrived stay. */
export function planCancel(transfer: Transfer, reason: Reason): Planned {
  const { transfer_id } = transfer;
  const back = transfer.lines.filter((line) => line.in_transit > 0);
  return {
    plan: {
      command: { operation: "CancelTransfer", body: { transfer_id, ...why(reason) } },
      lines: [
        state(transfer, "cancelled"),
        ...back.flatMap((line) => [
          figure(line, "returned", line.returned, line.returned + line.in_transit),
          figure(line, "in_transit", line.in_transit, 0),
        ]),
      ],
    },
  };
}
