import type { components } from "holdfast-client";
import type { Note, PlanLine, Value } from "./plan.ts";

type Hold = components["schemas"]["Reservation"];

const named = (line: Hold) => `${line.product_id} · ${line.location_id}`;

/** The line of a preview about a hold's deadline. */
export function deadlineLine(line: Hold, after: Value, of = named(line)): PlanLine {
  const before: Value = line.committed || !line.expires_at ? { words: "figure.paid" } : { time: line.expires_at };
  return { of, figure: { words: "figure.until" }, before, after };
}

/** The longest time that may be asked for, and what is added to the present deadline, in minutes. */
export const mostMinutes = 43_200;
const step = 30;

const deadline = (line: Hold) => (line.committed || !line.expires_at ? 0 : Date.parse(line.expires_at));

/** The proposed time from now: until the latest deadline of the lines, and a step more. */
export function proposedMinutes(lines: readonly Hold[], now: number): string {
  const left = Math.max(0, ...lines.map((line) => deadline(line) - now));
  return String(Math.min(mostMinutes, Math.ceil(left / 60_000) + step));
}

/** Says so when the new deadline is earlier than that of a line. */
export function earlierNotes(lines: readonly Hold[], until: string): { notes?: Note[] } {
  return lines.some((line) => deadline(line) > Date.parse(until))
    ? { notes: [{ words: "act.earlier", values: {} }] }
    : {};
}

/** The lines of a preview about units that leave a hold, and about those that left it the same way before. */
export function leavingLines(line: Hold, by: number, told: "deducted" | "released", of = named(line)): PlanLine[] {
  const figure = (words: string, from: number, to: number): PlanLine => ({
    of,
    figure: { words },
    unit: line.unit,
    scale: line.scale,
    before: { units: from },
    after: { units: to },
  });
  const before = line[told];
  return [figure("part.held", line.quantity, line.quantity - by), figure(`figure.${told}`, before, before + by)];
}
