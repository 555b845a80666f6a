import type { components } from "holdfast-client";

export type Tried = components["schemas"]["AlertTry"];

/** The width of the strip of a week, in its own units. */
export const strip = 1000;
export const week = 7 * 86_400_000;

/** The places of moments of firing on a strip that ends then. */
export function marksOf(items: readonly Tried[], until: string): number[] {
  const end = Date.parse(until);
  return items
    .filter(({ what }) => what === "fired")
    .map(({ at }) => Math.round(((Date.parse(at ?? "") - (end - week)) / week) * strip))
    .filter((x) => x >= 0 && x <= strip);
}
