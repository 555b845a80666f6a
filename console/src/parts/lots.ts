export type Lot = Record<string, unknown> | undefined;

/** A lot by its attributes, always in the same order. */
export function lotText(lot: Lot): string {
  return Object.entries(lot ?? {})
    .map(([name, value]) => `${name} ${String(value)}`)
    .sort()
    .join(", ");
}
