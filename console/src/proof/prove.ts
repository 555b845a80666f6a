import type { components } from "holdfast-client";
import { fromBase64, hex, Malformed, same } from "./bytes.ts";
import { operations } from "./operations.ts";
import { type Block, type Note, readBlock, readHeader, readNote, sha256 } from "./record.ts";

type Entry = components["schemas"]["LogEntry"];
type Page = components["schemas"]["ListRecordsResponse"];

/** Asks for records of a slot behind one, some of them with their block. */
export type Ask = (slot: number, after: number, size: number, blocks: number[]) => Promise<Page>;

/** A record that was the newest of its slot when somebody looked. */
export interface Anchor {
  seq: number;
  /** In hex. */
  hash: string;
  /** Milliseconds since 1970. */
  at: number;
}

/** Why something is not proven: where the log differs. */
export interface Differs {
  code: "chain" | "anchor" | "block" | "entry" | "note" | "missing";
  slot: number;
  seq: number;
  /** The row of the journal, when an entry differs. */
  entry?: Entry;
  /** The fields that differ. */
  fields?: string[];
}

export interface Chain {
  slot: number;
  first: number;
  /** The newest record that was looked at. */
  last: Anchor;
  /** True when that is the newest record of the slot. */
  whole: boolean;
  /** The head that was seen before and is in the chain. */
  anchor?: Anchor;
}

export interface Proof {
  rows: number;
  proven: number;
  /** Rows of which a note was redacted: the rest of them is proven. */
  redacted: number;
  chains: Chain[];
  differs?: Differs;
}

/** So many records of a slot are looked at, at most. */
export const most = 20_000;
const pageSize = 1000;
const blocksAtOnce = 200;

interface Place {
  row: Entry;
  seq: number;
  entry: number;
  item: number;
}

/** A block that matches its record. */
interface Proven {
  block: Block;
  first: number;
  notes: Uint8Array[];
}

/**
 * Proves rows of the journal: the hashes of their blocks, of the records and of the chain up
 * to the newest record are computed anew, and the rows are compared with what the blocks say.
 */
export async function prove(rows: readonly Entry[], seen: ReadonlyMap<number, Anchor>, ask: Ask): Promise<Proof> {
  const proof: Proof = { rows: rows.length, proven: 0, redacted: 0, chains: [] };
  for (const [slot, places] of bySlot(rows)) {
    const blocks = new Map<number, Proven>();
    const differs =
      (await walk(slot, places, seen.get(slot), ask, blocks, proof)) ?? compare(slot, places, blocks, proof);
    if (differs) return { ...proof, differs };
  }
  return proof;
}

function bySlot(rows: readonly Entry[]): Map<number, Place[]> {
  const slots = new Map<number, Place[]>();
  for (const row of rows) {
    const [slot, seq, entry, item] = row.entry_id
      .replace(/\.[^-]*/, "")
      .split("-")
      .map(Number);
    if (slot === undefined || seq === undefined || entry === undefined || item === undefined) continue;
    slots.set(slot, [...(slots.get(slot) ?? []), { row, seq, entry, item }]);
  }
  for (const places of slots.values()) places.sort((a, b) => a.seq - b.seq);
  return slots;
}

/** Follows the chain from the first row, or from the head seen before, to the newest record. */
async function walk(
  slot: number,
  places: readonly Place[],
  seen: Anchor | undefined,
  ask: Ask,
  blocks: Map<number, Proven>,
  proof: Proof,
): Promise<Differs | undefined> {
  const wanted = [...new Set(places.map((p) => p.seq))];
  const oldest = wanted[0] ?? 1;
  const newest = wanted.at(-1) ?? 1;
  const first = seen && seen.seq < oldest && newest - seen.seq < most ? seen.seq : oldest;
  let after = first - 1;
  let before: Uint8Array | undefined;
  let last: Anchor = { seq: after, hash: "", at: 0 };
  let anchor: Anchor | undefined;
  for (let head = newest; after < head && (after < newest || after - first < most); ) {
    const next = wanted.filter((seq) => seq > after).slice(0, blocksAtOnce);
    const size = next.length < blocksAtOnce ? pageSize : Math.min(pageSize, (next.at(-1) ?? after) - after);
    const page = await ask(slot, after, size, next);
    head = page.head_seq;
    if (page.items.length === 0) break;
    for (const record of page.items) {
      const seq = after + 1;
      const at = (code: Differs["code"]): Differs => ({ code, slot, seq });
      const header = readHeader(fromBase64(record.head));
      if (header.seq !== BigInt(seq) || (before && !same(before, header.prev))) return at("chain");
      if (record.block) {
        const block = header.blocks[record.block_place ?? 0];
        const raw = fromBase64(record.block);
        if (!block || !same(sha256(raw), block.hash)) return at("block");
        const notes = (record.notes ?? []).map(fromBase64);
        blocks.set(seq, { block: readBlock(raw, block.entries), first: block.first, notes });
      }
      before = header.hash;
      after = seq;
      last = { seq, hash: hex(header.hash), at: Number(header.at) };
      if (seen?.seq === seq) {
        if (seen.hash !== last.hash) return at("anchor");
        anchor = seen;
      }
    }
    if (after >= head) proof.chains.push({ slot, first, last, whole: true, ...(anchor && { anchor }) });
  }
  if (proof.chains.at(-1)?.slot !== slot)
    proof.chains.push({ slot, first, last, whole: false, ...(anchor && { anchor }) });
  return undefined;
}

/** Compares the rows with the blocks. */
function compare(
  slot: number,
  places: readonly Place[],
  blocks: Map<number, Proven>,
  proof: Proof,
): Differs | undefined {
  for (const { row, seq, entry, item } of places) {
    const proven = blocks.get(seq);
    const said = proven?.block.entries[entry - proven.first];
    const of = said?.items[item];
    if (!proven || !said || !of) return { code: "missing", slot, seq, entry: row };
    const shown = {
      operation: [row.operation, operations[said.operation]],
      product_id: [row.product_id, of.product],
      location_id: [row.location_id, of.location],
      order_id: [row.order_id ?? "", said.order],
      channel_id: [said.channel && (row.channel_id ?? ""), said.channel],
      available_after: [BigInt(row.available_after), of.available],
      reserved_after: [BigInt(row.reserved_after), of.held],
    };
    const fields = Object.entries(shown)
      .filter(([, [a, b]]) => a !== b)
      .map(([name]) => name);
    if (fields.length > 0) return { code: "entry", slot, seq, entry: row, fields };
    const note = noteOf(proven, said.note);
    if (note === undefined || (note && !sameNote(row, note))) return { code: "note", slot, seq, entry: row };
    if (note === null) proof.redacted++;
    proof.proven++;
  }
  return undefined;
}

/** The note with this number; null when it was redacted, undefined when it is not what was written. */
function noteOf(proven: Proven, number: number): Note | null | undefined {
  if (number === 0) return { reason: "", reference: "", operator: "" };
  const hash = proven.block.notes[number - 1];
  if (!hash) throw new Malformed("no such note");
  const packed = proven.notes[number - 1] ?? new Uint8Array();
  return readNote(packed, hash, proven.block.tenant, number - 1);
}

function sameNote(row: Entry, note: Note): boolean {
  return (
    (row.reason ?? "") === note.reason &&
    (row.reference ?? "") === note.reference &&
    (row.operator ?? "") === note.operator
  );
}
