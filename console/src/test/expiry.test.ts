import { expect, test } from "vitest";
import { readCsv } from "../format/csv.ts";
import { byDay, expiring, lotsOf, monday, weeksFrom } from "../pages/lots/expiry.ts";

test("a table is read as it was written, quotes, line ends and guards included", () => {
  const text = '\ufeffid,name,n\r\na,"two, ""lines""\r\nof it",1\r\n\'=b,,\r\n"",x\r\n';
  expect(readCsv(text)).toEqual([
    { id: "a", name: 'two, "lines"\r\nof it', n: "1" },
    { id: "=b", name: "", n: "" },
    { id: "", name: "x", n: "" },
  ]);
  expect(readCsv("id\n'tis\n''=\n")).toEqual([{ id: "'tis" }, { id: "'=" }]);
  expect(readCsv("id,n\r\n")).toEqual([]);
  expect(readCsv("")).toEqual([]);
});

const row = (product_id: string, expires: string, on_hand: string, unit = "") => ({
  product_id,
  location_id: "berlin",
  "lot.batch": "B7",
  "lot.grade": "",
  "lot.expires_at": expires,
  on_hand,
  available: on_hand,
  held: "0",
  unit,
  recalled: "false",
});

test("what is there and expires is listed, the earliest first", () => {
  const lots = expiring([
    row("milk", "2026-12-03", "4"),
    row("oil", "2026-12-01T23:30:00+02:00", "1.250", "kg"),
    row("gone", "2026-12-01", "0.000", "kg"),
    row("stone", "", "9"),
    row("tea", "2026-12-03", "6"),
    row("rice", "2026-12-01", "0.5", "kg"),
    row("wine", "2026-12-01", "75", "cl"),
  ]);
  expect(lots.map(({ product_id, day, lot }) => [product_id, day, lot.batch])).toEqual([
    ["oil", "2026-12-01", "B7"],
    ["rice", "2026-12-01", "B7"],
    ["wine", "2026-12-01", "B7"],
    ["milk", "2026-12-03", "B7"],
    ["tea", "2026-12-03", "B7"],
  ]);
  expect(lots[3]?.lot).toEqual({ batch: "B7", expires_at: "2026-12-03" });
  // Kilograms are no pieces, and no centilitres.
  expect([...byDay(lots)]).toEqual([
    [
      "2026-12-01",
      {
        lots: 3,
        pieces: 0,
        measured: [
          { unit: "cl", value: 75, scale: 0 },
          { unit: "kg", value: 1750, scale: 3 },
        ],
      },
    ],
    ["2026-12-03", { lots: 2, pieces: 10, measured: [] }],
  ]);
  const names = (day: string | undefined) => lotsOf(lots, day, "2026-12-02").map(({ product_id }) => product_id);
  expect(names(undefined)).toEqual(["oil", "rice", "wine", "milk", "tea"]);
  expect(names("expired")).toEqual(["oil", "rice", "wine"]);
  expect(names("2026-12-03")).toEqual(["milk", "tea"]);
  expect(names("2026-12-04")).toEqual([]);
});

test.each([
  ["2026-11-26", "2026-11-23"],
  ["2026-11-23", "2026-11-23"],
  ["2026-11-29", "2026-11-23"],
  ["2027-01-01", "2026-12-28"],
])("the week of %s begins on %s", (day, first) => {
  expect(monday(day)).toBe(first);
});

test("weeks are whole, over the end of a month", () => {
  expect(weeksFrom("2026-11-23", 2)).toEqual([
    ["2026-11-23", "2026-11-24", "2026-11-25", "2026-11-26", "2026-11-27", "2026-11-28", "2026-11-29"],
    ["2026-11-30", "2026-12-01", "2026-12-02", "2026-12-03", "2026-12-04", "2026-12-05", "2026-12-06"],
  ]);
});
