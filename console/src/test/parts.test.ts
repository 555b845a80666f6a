import { expect, test } from "vitest";
import { reckon, wordsOf } from "../parts/accounts.ts";
import { lotText } from "../parts/lots.ts";
import { pageSize, windowOf } from "../parts/pages.ts";
import { steady } from "../parts/steady.ts";

const lot = { batch: "B7" };

test("the accounts on the shelf add up to what is on hand, and the rest stands apart", () => {
  const { here, away, onHand } = reckon([
    { account: "ext/supplier", quantity: -52 },
    { account: "damaged", quantity: 2 },
    { account: "held", quantity: 6 },
    { account: "held", quantity: 4, lot },
    { account: "quota/web", quantity: 8 },
    { account: "quota/pos", quantity: 12 },
    { account: "pool/shared", quantity: 4 },
    { account: "withheld", quantity: 0 },
    { account: "transit/T-1", quantity: 12 },
    { account: "promise/backorder", quantity: 20 },
    { account: "promise/held", quantity: 3 },
    { account: "ext/oversold", quantity: -5 },
  ]);
  expect(here.map(({ account, value }) => `${account} ${value}`)).toEqual([
    "pool/shared 4",
    "quota/pos 12",
    "quota/web 8",
    "held 10",
    "damaged 2",
  ]);
  expect(onHand).toBe(36);
  expect(away.map(({ account, value }) => `${account} ${value}`)).toEqual([
    "transit/T-1 12",
    "promise/held 3",
    "ext/oversold 5",
  ]);
});

test("an account of a later version is left out, not taken for another", () => {
  expect(reckon([{ account: "unheard-of/x", quantity: 3 }])).toEqual({ here: [], away: [], onHand: 0 });
});

test("an account is named by its kind and whose it is", () => {
  expect(wordsOf("quota/web")).toEqual({ key: "quota", name: "web" });
  expect(wordsOf("pool/shared")).toEqual({ key: "pool_shared", name: "" });
  expect(wordsOf("escrow/till-2/quota/pos")).toEqual({ key: "escrow", name: "till-2/quota/pos" });
  expect(wordsOf("held")).toEqual({ key: "held", name: "" });
});

test("a lot is written in one order, whoever wrote it", () => {
  expect(lotText({ grade: "A", batch: "B7" })).toBe("batch B7, grade A");
  expect(lotText(undefined)).toBe("");
});

test("of a list of a million rows at most five pages are held", () => {
  expect(windowOf(0, 30, 1)).toEqual([0]);
  expect(windowOf(0, 30, 9)).toEqual([0, 1]);
  expect(windowOf(pageSize * 4 + 10, pageSize * 4 + 50, 5000)).toEqual([3, 4, 5]);
  expect(windowOf(0, pageSize * 40, 5000)).toHaveLength(5);
});

test("rows that are read again keep their places, and what is new waits", () => {
  const row = (key: string, n: number) => ({ key, n });
  const first = steady(undefined, [row("a", 1), row("b", 1), row("c", 1)], ({ key }) => key);
  const { rows, gone, waiting } = steady(first.rows, [row("c", 2), row("d", 2), row("a", 2)], ({ key }) => key);
  expect(rows).toEqual([row("a", 2), row("b", 1), row("c", 2)]);
  expect(gone).toEqual([row("b", 1)]);
  expect(waiting).toBe(1);
  expect(steady(rows, [row("b", 3)], ({ key }) => key).gone.map(({ key }) => key)).toEqual(["a", "c"]);
});
