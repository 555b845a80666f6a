import type { components } from "holdfast-client";

export type Node = components["schemas"]["Node"];
export type Slot = components["schemas"]["Slot"];
export type BucketMove = components["schemas"]["BucketMove"];
export type Replica = components["schemas"]["Replica"];
export type Tenant = components["schemas"]["Tenant"];
export type Finding = components["schemas"]["Finding"];

/** The buckets that all slots have together. */
export const allBuckets = 1024;

/** A server as people know it: where others reach it, or its machine. */
export function nameOf(of: Pick<Node, "address" | "host" | "node_id">): string {
  return of.address || of.host || of.node_id;
}

/** The server with the id by its name, or the id when it is not listed. */
export function nameIn(nodes: readonly Node[], id: string | undefined): string | undefined {
  const node = nodes.find(({ node_id }) => node_id === id);
  return node ? nameOf(node) : id;
}

/** Bytes in the unit that leaves the fewest digits: 28.1 GiB. */
export function bytes(count: number): string {
  const units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB"];
  let value = count;
  let at = 0;
  while (value >= 1024 && at < units.length - 1) {
    value /= 1024;
    at++;
  }
  return `${at === 0 ? value : value.toFixed(1)} ${units[at]}`;
}

/** The free share of a disk in whole per cent, rounded down: a full disk is not called free. */
export function freeShare(of: Pick<Node, "disk_free_bytes" | "disk_bytes">): number | undefined {
  const { disk_free_bytes: free, disk_bytes: all } = of;
  return free === undefined || !all ? undefined : Math.floor((free / all) * 100);
}

/** Whole days until then, negative when it is past. */
export function daysUntil(at: string, now: Date): number {
  return Math.floor((new Date(at).getTime() - now.getTime()) / 86_400_000);
}

/** The shape of buckets in a strip in which each is one wide: a path of SVG. */
export function stripOf(ranges: Slot["buckets"] = [], height: number): string {
  return ranges.map(({ first, last }) => `M${first} 0h${last - first + 1}v${height}h${first - last - 1}z`).join("");
}

/** The buckets that are on their way to a slot or from it. */
export function movesOf(slot: number, moves: readonly BucketMove[] = []): { arriving: number; leaving: number } {
  const count = (side: "to_slot" | "from_slot") => moves.filter((move) => move[side] === slot).length;
  return { arriving: count("to_slot"), leaving: count("from_slot") };
}

/** The shape that says a verdict again. */
export const verdicts: Record<string, string> = { ok: "✓", warning: "▲", wrong: "✕", not_checked: "–" };
