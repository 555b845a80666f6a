import type { Bytes } from "./bytes.ts";

/** An item as an event has it, as far as the journal shows it. */
export interface ItemSaid {
  location: string;
  product: string;
  lot: string;
  version: bigint;
  available: bigint;
  held: bigint;
}

/** Reads a word of the block. */
type Word = () => string;

/** Accounts that exist once per item have numbers below this; the others are words. */
const named = 11;
const shared = 1;
const heldOf = 2;

const bit = {
  threshold: 8,
  figures: 16,
  seen: 32,
  channels: 64,
  unit: 128,
  lot: 256,
  off: 512,
  rules: 1024,
  promises: 2048,
  policy: 4096,
  lots: 8192,
  soldOut: 16384,
  inStock: 32768,
  deducted: 65536,
  rest: 131072,
  escrows: 524288,
  holder: 1048576,
  shelf: 2097152,
} as const;

/** Reads an item of an entry to its end (docs/protocol/log-entry.md, section 3). */
export function readItem(from: Bytes, words: readonly string[]): ItemSaid {
  const word: Word = () => wordOf(words, Number(from.uint()));
  const bits = Number(from.uint());
  const has = (mask: number) => (bits & mask) !== 0;
  const said: ItemSaid = { location: word(), product: word(), lot: "", version: 0n, available: 0n, held: 0n };
  from.uint(); // the bucket
  said.version = from.uint();
  from.int(); // updated at
  each(from, () => {
    from.uint();
    from.uint();
    from.int();
  });
  each(from, () => {
    const account = Number(from.uint());
    const balance = from.int();
    if (account === heldOf) said.held += balance;
    else if (account === shared || isSold(account, words)) said.available += balance;
  });
  if (has(bit.threshold)) from.int();
  if (has(bit.figures)) {
    said.available += from.int();
    said.held += from.int();
    from.int(); // on hand
  }
  if (has(bit.seen)) {
    from.int();
    word();
  }
  if (has(bit.channels)) channels(from, word);
  if (has(bit.unit)) {
    word();
    from.byte();
  }
  if (has(bit.lot)) said.lot = word();
  if (has(bit.off)) each(from, word);
  if (has(bit.rules)) rules(from);
  if (has(bit.promises)) promises(from, word);
  if (has(bit.policy)) {
    from.byte();
    from.uint();
  }
  if (has(bit.lots)) lots(from, word);
  if (has(bit.soldOut)) each(from, word);
  if (has(bit.inStock)) each(from, word);
  if (has(bit.deducted))
    each(from, () => {
      word();
      from.int();
    });
  if (has(bit.escrows)) escrows(from, word);
  if (has(bit.holder)) holder(from);
  if (has(bit.shelf)) from.int();
  if (has(bit.rest)) rest(from, word);
  return said;
}

export function wordOf(words: readonly string[], number: number): string {
  return number === 0 ? "" : (words[number - 1] ?? "");
}

/** True when units in the account may be sold. */
function isSold(account: number, words: readonly string[]): boolean {
  return account >= named && /^(quota|lot|escrow)\//.test(wordOf(words, account - named + 1));
}

function each(from: Bytes, read: () => unknown) {
  for (let left = from.count(); left > 0; left--) read();
}

function times(of: number, read: () => unknown) {
  for (let left = of; left > 0; left--) read();
}

/** The number of bits that are set. */
function ones(bits: number): number {
  let count = 0;
  for (let left = bits; left > 0; left &= left - 1) count++;
  return count;
}

function escrows(from: Bytes, word: Word) {
  each(from, () => {
    const bits = Number(from.uint());
    word();
    times(ones(bits), () => from.uint());
  });
}

function holder(from: Bytes) {
  const [ticket, seq, done] = [2, 4, 8];
  const bits = Number(from.uint());
  from.uint(); // the epoch
  if (bits & ticket) times(2, () => from.uint());
  if (bits & seq) {
    from.uint();
    times(32, () => from.byte());
  }
  if (bits & done) from.uint();
}

function channels(from: Bytes, word: Word) {
  each(from, () => {
    const bits = Number(from.uint());
    word();
    from.int();
    times(ones(bits), () => from.uint());
  });
}

function rules(from: Bytes) {
  const numbers = 63; // times, priority and limits
  const lends = 64;
  each(from, () => {
    const bits = Number(from.uint());
    from.string();
    times(ones(bits & numbers), () => from.uint());
    if (bits & lends) each(from, () => from.string());
  });
}

function promises(from: Bytes, word: Word) {
  const bits = Number(from.uint());
  times(ones(bits & 3), () => sale(from));
  times(ones(bits & 28), () =>
    each(from, () => {
      word();
      from.int();
      from.uint();
    }),
  );
}

function sale(from: Bytes) {
  const numbers = 12; // for, over
  const bits = Number(from.uint());
  times(3 + ones(bits & numbers), () => from.int());
}

function lots(from: Bytes, word: Word) {
  const numbers = 5; // since, held
  each(from, () => {
    const bits = Number(from.uint());
    word();
    times(ones(bits & numbers), () => from.int());
  });
}

function rest(from: Bytes, word: Word) {
  const bits = Number(from.uint());
  if (bits & 1)
    each(from, () => {
      from.uint();
      from.int();
    });
  if (bits & 2) channels(from, word);
  if (bits & 4) rules(from);
}
