import type { components } from "holdfast-client";

type Entry = components["schemas"]["LogEntry"];

/** The key that identifies an entry of the journal. */
export function entryKey(entry: Entry): string {
  return `${entry.entry_id} ${entry.product_id} ${entry.location_id}`;
}
