import type { components } from "holdfast-client";

export type Tried = components["schemas"]["AlertTry"];

/** How wide the strip of a week is, in its own units. */
export const strip = 1000;
export const week = 7 * 86_400_000;

/** Where moments of firing stand on a strip that ends then. */
export function marksOf(items: readonly Tried[], until: string): number[] {
  const end = Date.parse(until);
  return items
    .filter(({ what }) => what === "fired")
    .map(({ at }) => Math.round(((Date.parse(at ?? "") - (end - week)) / week) * strip))
    .filter((x) => x >= 0 && x <= strip);
}
