import type { components } from "holdfast-client";

type Entry = components["schemas"]["LogEntry"];

/** What tells an entry of the journal from every other one. */
export function entryKey(entry: Entry): string {
  return `${entry.entry_id} ${entry.product_id} ${entry.location_id}`;
}
