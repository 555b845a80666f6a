import type { components } from "holdfast-client";
import type { ItemState } from "../states.ts";

type Schemas = components["schemas"];
type Inventory = Schemas["Inventory"];

/** An item that is watched: its state is that on a channel. */
export interface Watched {
  product_id: string;
  location_id: string;
  channel_id?: string;
}

/** The figures that are known of an item. */
export interface Figures {
  inventory: Inventory;
  /** Not there when it comes from an answer that does not name it. */
  state?: ItemState | undefined;
}

/** A frame of the stream, as the server sends it. */
export type LiveFrame = Schemas["WatchItemsResponse"];

export function keyOf({ product_id, location_id, channel_id }: Watched): string {
  return JSON.stringify([product_id, location_id, channel_id ?? ""]);
}

interface Kept extends Figures {
  /** The time of the frame, in milliseconds; 0: it came with an answer that was asked for. */
  at: number;
}

/** So many items are remembered that nothing on the screen shows. */
const spare = 2_000;

export type FigureStore = ReturnType<typeof createFigures>;

/**
 * The one place of figures. Whatever order frames and answers come in, the newest version stays.
 * A cell subscribes to the item that it shows alone.
 */
export function createFigures() {
  const kept = new Map<string, Kept>();
  const listeners = new Map<string, Set<() => void>>();

  function take(key: string, next: Kept): void {
    const known = kept.get(key);
    if (known) {
      if (next.inventory.version < known.inventory.version) return;
      if (next.inventory.version === known.inventory.version && next.at < known.at) {
        // Time changes an item without a new version, so the frame knows better; a state that it lacks is taken.
        if (known.state !== undefined || next.state === undefined) return;
        kept.set(key, { ...known, state: next.state });
        tell(key);
        return;
      }
      if (next.inventory.version === known.inventory.version) next.state ??= known.state;
    }
    kept.delete(key); // the newest stand last
    kept.set(key, next);
    if (!known || !same(known, next)) tell(key);
  }

  function tell(key: string): void {
    for (const told of listeners.get(key) ?? []) told();
  }

  function forgetSome(): void {
    if (kept.size <= spare) return;
    for (const key of kept.keys()) {
      if (kept.size <= spare) return;
      if (!listeners.has(key)) kept.delete(key);
    }
  }

  return {
    get: (key: string): Figures | undefined => kept.get(key),
    /** A frame came. */
    frame({ at, items, absent }: LiveFrame): void {
      const time = Date.parse(at ?? "");
      for (const { channel_id, item } of items) {
        if (!item?.inventory) continue;
        take(keyOf({ ...item.inventory, channel_id }), { inventory: item.inventory, state: item.state, at: time });
      }
      for (const one of absent) {
        const key = keyOf(one);
        if (kept.delete(key)) tell(key); // one that is opened again begins at version 1
      }
      forgetSome();
    },
    /** An answer came that was asked for. */
    answer(inventory: Inventory, channel_id?: string, state?: ItemState): void {
      take(keyOf({ ...inventory, channel_id: channel_id ?? "" }), { inventory, state, at: 0 });
    },
    /** No frames come: from now on answers count as much. */
    loosen(): void {
      for (const one of kept.values()) one.at = 0;
    },
    /** The books were restored: versions no longer grow. */
    clear(): void {
      kept.clear();
      for (const key of listeners.keys()) tell(key);
    },
    subscribe(key: string, listener: () => void): () => void {
      const own = listeners.get(key) ?? new Set();
      listeners.set(key, own.add(listener));
      return () => {
        own.delete(listener);
        if (own.size === 0 && listeners.get(key) === own) listeners.delete(key);
      };
    },
  };
}

function same(a: Kept, b: Kept): boolean {
  return a.state === b.state && JSON.stringify(a.inventory) === JSON.stringify(b.inventory);
}

export const figures = createFigures();
