import type { components } from "holdfast-client";

type Entry = components["schemas"]["LogEntry"];

/** Entries of one call fold: an order of hundreds of lines is still a few steps. */
export function stepsOf(entries: Entry[]): Entry[][] {
  const steps: Entry[][] = [];
  for (const entry of entries) {
    const step = steps.at(-1);
    const before = step?.[0];
    if (before && before.at === entry.at && before.operation === entry.operation && before.operator === entry.operator)
      step.push(entry);
    else steps.push([entry]);
  }
  return steps;
}
