import type { components } from "holdfast-client";
import type { PlanLine, Value } from "./plan.ts";

type Hold = components["schemas"]["Reservation"];

const named = (line: Hold) => `${line.product_id} · ${line.location_id}`;

/** The line of a preview about a hold's deadline. */
export function deadlineLine(line: Hold, after: Value, of = named(line)): PlanLine {
  const before: Value = line.committed || !line.expires_at ? { words: "figure.paid" } : { time: line.expires_at };
  return { of, figure: { words: "figure.until" }, before, after };
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
