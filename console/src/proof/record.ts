import { sha256 } from "@noble/hashes/sha2.js";
import { Bytes, Malformed, same } from "./bytes.ts";
import { type ItemSaid, readItem, wordOf } from "./item.ts";

/** The header of a record: what its hash is over (docs/protocol/log.md, section 2). */
export interface Header {
  seq: bigint;
  /** Milliseconds since 1970. */
  at: bigint;
  /** Of the record before. */
  prev: Uint8Array;
  blocks: { first: number; entries: number; hash: Uint8Array }[];
  /** Of this record. */
  hash: Uint8Array;
}

/** An entry, as far as the journal shows it. */
export interface EntrySaid {
  operation: number;
  order: string;
  channel: string;
  /** Its place among the notes of the block, from 1; 0: none. */
  note: number;
  items: ItemSaid[];
}

export interface Block {
  tenant: string;
  entries: EntrySaid[];
  /** Salted hashes of the notes. */
  notes: Uint8Array[];
}

export interface Note {
  reason: string;
  reference: string;
  operator: string;
}

const version = 2;
const hashSize = 32;
const half = 16;

export function readHeader(head: Uint8Array): Header {
  const from = new Bytes(head);
  if (from.byte() !== version) throw new Malformed("a record of another version");
  const seq = from.uint();
  const at = from.int();
  from.take(half); // the writer
  from.uint(); // its nonce
  const prev = from.take(hashSize);
  let first = 0;
  const blocks = Array.from({ length: from.count() }, () => {
    const entries = Number(from.uint());
    first += entries;
    return { first: first - entries, entries, hash: from.take(hashSize) };
  });
  if (!from.done) throw new Malformed("more than a header");
  return { seq, at, prev, blocks, hash: sha256(head) };
}

/** Reads a block of so many entries. */
export function readBlock(raw: Uint8Array, entries: number): Block {
  const from = new Bytes(raw);
  from.take(half); // the salt
  const tenant = from.string();
  const words = Array.from({ length: from.count() }, () => from.string());
  const notes = Array.from({ length: from.count() }, () => from.take(half));
  const lengths = Array.from({ length: entries }, () => Number(from.uint()));
  const read = lengths.map((length) => readEntry(new Bytes(from.take(length)), words));
  if (!from.done) throw new Malformed("more than a block");
  return { tenant, entries: read, notes };
}

const bit = { note: 1, order: 2, channel: 4, items: 8 } as const;

/** Reads an entry up to its lines, which the journal does not show. */
function readEntry(from: Bytes, words: readonly string[]): EntrySaid {
  const bits = Number(from.uint());
  const operation = from.byte();
  const note = bits & bit.note ? Number(from.uint()) : 0;
  const order = bits & bit.order ? from.string() : "";
  const channel = bits & bit.channel ? wordOf(words, Number(from.uint())) : "";
  const items = bits & bit.items ? Array.from({ length: from.count() }, () => readItem(from, words)) : [];
  return { operation, order, channel, note, items };
}

/** The note when it matches its hash; undefined when it does not, null when it was redacted. */
export function readNote(packed: Uint8Array, hash: Uint8Array, tenant: string, place: number): Note | null | undefined {
  if (packed.length === 0) return null;
  const name = new TextEncoder().encode(tenant);
  const salted = new Uint8Array([
    ...packed.subarray(0, half),
    ...uint(name.length),
    ...name,
    ...uint(place),
    ...packed.subarray(half),
  ]);
  if (!same(sha256(salted).subarray(0, half), hash)) return undefined;
  const from = new Bytes(packed);
  from.take(half);
  return { reason: from.string(), reference: from.string(), operator: from.string() };
}

function uint(of: number): number[] {
  return of < 0x80 ? [of] : [(of & 0x7f) | 0x80, ...uint(of >>> 7)];
}

export { sha256 };
