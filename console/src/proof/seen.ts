import { server } from "../app/base.ts";
import type { Anchor, Chain } from "./prove.ts";

/** The place where the newest records that this browser has seen are kept. */
const place = `holdfast.heads ${server}`;

/** The newest record of each slot that this browser has proven. */
export function headsSeen(): Map<number, Anchor> {
  try {
    return new Map(JSON.parse(localStorage.getItem(place) ?? "[]"));
  } catch {
    return new Map();
  }
}

/** Remembers the newest records of chains that held. */
export function keepHeads(chains: readonly Chain[]) {
  const heads = headsSeen();
  for (const { slot, last } of chains) if (last.seq > (heads.get(slot)?.seq ?? 0)) heads.set(slot, last);
  try {
    localStorage.setItem(place, JSON.stringify([...heads]));
  } catch {
    // A browser that keeps nothing compares nothing.
  }
}
