import { readFileSync } from "node:fs";
import type { components } from "holdfast-client";
import { expect, test } from "vitest";
import { hex } from "../proof/bytes.ts";
import { operations } from "../proof/operations.ts";
import { type Anchor, type Ask, prove } from "../proof/prove.ts";
import { readBlock, readHeader, readNote, sha256 } from "../proof/record.ts";

const golden = JSON.parse(readFileSync("../internal/stock/testdata/golden/record.json", "utf8"));
const bytes = (of: string) => Uint8Array.from(of.match(/../g) ?? [], (pair) => Number.parseInt(pair, 16));
const base64 = (of: Uint8Array) => btoa(String.fromCharCode(...of));

type Entry = components["schemas"]["LogEntry"];
type LogRecord = components["schemas"]["LogRecord"];

test("a record that the ledger has made is read as it was meant", () => {
  const header = readHeader(bytes(golden.hashed));
  expect(hex(header.hash)).toBe(golden.hash);
  const block = bytes(golden.block);
  const [of] = header.blocks;
  expect(hex(sha256(block))).toBe(hex(of?.hash ?? new Uint8Array()));
  const read = readBlock(block, of?.entries ?? 0);
  const said = read.entries.map((entry) => ({
    operation: entry.operation,
    order: entry.order,
    channel: entry.channel,
    items: entry.items.map((item) => ({
      location: item.location,
      product: item.product,
      version: Number(item.version),
      available: Number(item.available),
      held: Number(item.held),
    })),
  }));
  expect(said).toEqual(golden.entries);
  expect(read.tenant).toBe("acme");
  const notes = golden.notes.map(bytes);
  expect(notes.length).toBe(read.notes.length);
  read.notes.forEach((hash, i) => {
    expect(readNote(notes[i], hash, "acme", i)).toBeTruthy();
    expect(readNote(notes[i], hash, "other", i)).toBeUndefined();
  });
});

/** A header of a record with one block, behind another one. */
function head(seq: number, prev: Uint8Array, block: Uint8Array, entries: number): Uint8Array {
  const uint = (of: number): number[] => (of < 128 ? [of] : [(of & 127) | 128, ...uint(of >>> 7)]);
  return new Uint8Array([2, ...uint(seq), 0, ...new Uint8Array(16), 0, ...prev, 1, ...uint(entries), ...sha256(block)]);
}

/** A log of so many records that all have the golden block. */
function log(length: number) {
  const block = bytes(golden.block);
  const records: LogRecord[] = [];
  let prev: Uint8Array = new Uint8Array(32);
  for (let seq = 1; seq <= length; seq++) {
    const of = head(seq, prev, block, golden.entries.length);
    prev = sha256(of);
    records.push({
      seq,
      at: "1970-01-01T00:00:00Z",
      head: base64(of),
      block: base64(block),
      block_place: 0,
      notes: golden.notes.map((n: string) => base64(bytes(n))),
    });
  }
  return records;
}

/** A server that has this log, and what it was asked. */
function server(records: LogRecord[]) {
  const asked: { after: number; size: number; blocks: number[] }[] = [];
  const ask: Ask = async (_slot, after, size, blocks) => {
    asked.push({ after, size, blocks });
    const items = records
      .slice(after, after + size)
      .map((r) => (blocks.includes(r.seq) ? r : { seq: r.seq, at: r.at, head: r.head }));
    return { items: items as LogRecord[], head_seq: records.length };
  };
  return { ask, asked };
}

/** Rows as the journal shows the golden events that it shows. */
function rows(seq: number): Entry[] {
  const notes = golden.notes.map((n: string, i: number) =>
    readNote(bytes(n), readBlock(bytes(golden.block), golden.entries.length).notes[i] as Uint8Array, "acme", i),
  );
  const read = readBlock(bytes(golden.block), golden.entries.length);
  return read.entries.flatMap((entry, e) =>
    entry.items
      .map((item, i) => ({
        entry_id: `3-${seq}-${e}-${i}`,
        operation: operations[entry.operation],
        product_id: item.product,
        location_id: item.location,
        order_id: entry.order,
        channel_id: entry.channel,
        available_after: Number(item.available),
        reserved_after: Number(item.held),
        reason: "",
        reference: "",
        operator: "",
        ...(entry.note > 0 && notes[entry.note - 1]),
      }))
      .filter((row) => row.operation),
  ) as unknown as Entry[];
}

const none = new Map<number, Anchor>();

test("rows are proven up to the newest record, over pages and in any order", async () => {
  const records = log(2500);
  const { ask, asked } = server(records);
  const shown = [...rows(700), ...rows(300)];
  const proof = await prove(shown, none, ask);
  expect(proof.differs).toBeUndefined();
  expect(proof.proven).toBe(shown.length);
  expect(proof.chains).toMatchObject([{ slot: 3, first: 300, last: { seq: 2500 }, whole: true }]);
  expect(asked.map((a) => a.after)).toEqual([299, 1299, 2299]);
  expect(asked[0]?.blocks).toEqual([300, 700]);
});

test("the head that was seen before is compared, also when it is older than the rows", async () => {
  const records = log(20);
  const seen = await prove(rows(3), none, server(records.slice(0, 5)).ask);
  const heads = new Map([[3, seen.chains[0]?.last as Anchor]]);
  const later = await prove(rows(9), heads, server(records).ask);
  expect(later.chains).toMatchObject([{ first: 5, whole: true, anchor: { seq: 5 } }]);
  const other = log(20).map((r, i) =>
    i === 4 ? { ...r, head: base64(head(5, new Uint8Array(32), bytes(golden.block), golden.entries.length)) } : r,
  );
  expect((await prove(rows(9), heads, server(other).ask)).differs).toMatchObject({ code: "anchor", seq: 5 });
});

test("what was changed is found", async () => {
  const changed = (at: number, by: Partial<LogRecord>) =>
    server(log(9).map((r) => (r.seq === at ? { ...r, ...by } : r))).ask;
  const found = async (ask: Ask, of = rows(4)) => (await prove(of, none, ask)).differs;
  const block = bytes(golden.block);
  block[block.length - 1] = (block.at(-1) ?? 0) ^ 1;
  expect(await found(changed(4, { block: base64(block) }))).toMatchObject({ code: "block", seq: 4 });
  expect(await found(changed(6, { head: base64(head(6, new Uint8Array(32), block, 1)) }))).toMatchObject({
    code: "chain",
    seq: 6,
  });
  expect(await found(changed(6, { head: log(9)[6]?.head as string }))).toMatchObject({ code: "chain", seq: 6 });
  const sum = rows(4).map((row, i) => (i === 2 ? { ...row, available_after: row.available_after + 1 } : row));
  expect(await found(changed(0, {}), sum)).toMatchObject({ code: "entry", fields: ["available_after"] });
  const said = rows(4).map((row) => ({ ...row, operator: "somebody else" }));
  expect(await found(changed(0, {}), said)).toMatchObject({ code: "note" });
  const gone = { block: undefined } as unknown as Partial<LogRecord>;
  expect(await found(changed(4, gone))).toMatchObject({ code: "missing" });
});

test("a note that was redacted is said to be, and the row is proven without it", async () => {
  const ask = server(log(4).map((r) => ({ ...r, notes: golden.notes.map(() => "") }))).ask;
  const bare = rows(2).map((row) => ({ ...row, reason: "", reference: "", operator: "" }));
  const proof = await prove(bare, none, ask);
  expect(proof.differs).toBeUndefined();
  expect(proof.proven).toBe(bare.length);
  expect(proof.redacted).toBeGreaterThan(0);
});
