import type { components } from "holdfast-client";

type Schemas = components["schemas"];
export type Stock = Schemas["ChannelStock"];
export type Move = Schemas["UnitMove"];
export type Mode = NonNullable<Schemas["AllotRequest"]["mode"]>;

/** The ways of sharing the pool out. */
export const modes: Mode[] = ["pool", "under_level", "rebalance"];

/** The units that moves add to an account, or take from it. */
export function netOf(moves: readonly Move[], account: string): number {
  return moves.reduce((sum, move) => {
    return sum + (move.to === account ? move.quantity : 0) - (move.from === account ? move.quantity : 0);
  }, 0);
}

export interface Share {
  channel: string;
  quota: { before: number; after: number };
  remaining: { before: number; after: number };
}

/** Each channel now, and as a trial says that it would be. */
export function sharesOf(stock: Stock, moves: readonly Move[]): Share[] {
  return stock.channels.map(({ channel_id, quota, remaining }) => {
    const by = netOf(moves, `quota/${channel_id}`);
    return {
      channel: channel_id,
      quota: { before: quota - by, after: quota },
      remaining: { before: remaining - by, after: remaining },
    };
  });
}
