import { describe, expect, test } from "vitest";
import { bytes, daysUntil, freeShare, movesOf, nameIn, nameOf, stripOf } from "../pages/running/fleet.ts";

const node = { node_id: "n-1", started_at: "", seen_at: "", state: "serving" as const, answers: true };

test("a server has the name that people know", () => {
  expect(nameOf({ ...node, address: "a:8082", host: "a" })).toBe("a:8082");
  expect(nameOf({ ...node, host: "a" })).toBe("a");
  expect(nameOf(node)).toBe("n-1");
  expect(nameIn([{ ...node, host: "a" }], "n-1")).toBe("a");
  expect(nameIn([], "n-2")).toBe("n-2");
  expect(nameIn([], undefined)).toBeUndefined();
});

test("the room of a disk is never made larger than it is", () => {
  expect(bytes(0)).toBe("0 B");
  expect(bytes(1023)).toBe("1023 B");
  expect(bytes(1536)).toBe("1.5 KiB");
  expect(bytes(28.1 * 2 ** 30)).toBe("28.1 GiB");
  expect(freeShare({ disk_free_bytes: 999, disk_bytes: 1000 })).toBe(99);
  expect(freeShare({ disk_free_bytes: 0, disk_bytes: 1000 })).toBe(0);
  expect(freeShare({})).toBeUndefined();
});

test("days until a certificate ends are whole", () => {
  const now = new Date("2026-11-26T12:00:00Z");
  expect(daysUntil("2026-11-28T11:59:59Z", now)).toBe(1);
  expect(daysUntil("2026-11-26T12:00:00Z", now)).toBe(0);
  expect(daysUntil("2026-11-26T11:00:00Z", now)).toBe(-1);
});

describe("the bucket map", () => {
  test("is a path over the buckets of a slot", () => {
    expect(
      stripOf(
        [
          { first: 0, last: 2 },
          { first: 5, last: 5 },
        ],
        8,
      ),
    ).toBe("M0 0h3v8h-3zM5 0h1v8h-1z");
    expect(stripOf(undefined, 8)).toBe("");
  });

  test("counts what is on its way by side", () => {
    const move = { bucket: 1, from_slot: 0, to_slot: 2, step: "begun", started_at: "", updated_at: "" };
    const moves = [move, { ...move, bucket: 2, from_slot: 2, to_slot: 0 }, { ...move, bucket: 3 }];
    expect(movesOf(2, moves)).toEqual({ arriving: 2, leaving: 1 });
    expect(movesOf(1, moves)).toEqual({ arriving: 0, leaving: 0 });
  });
});
