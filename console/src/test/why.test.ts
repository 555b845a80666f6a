import { expect, test } from "vitest";
import en from "../pages/item/texts.en.json";
import { branchesOf } from "../pages/item/why.ts";

test("each branch has its sum, and what has no units is left out", () => {
  const branches = branchesOf([
    { cause: "open", quantity: 8, account: "quota/web" },
    { cause: "open", quantity: 5, account: "pool/shared" },
    { cause: "held", quantity: 10, account: "held" },
    { cause: "other_quota", quantity: 12, account: "quota/pos", channel_id: "pos" },
    { cause: "damaged", quantity: 2, account: "damaged" },
  ]);
  expect(branches.map(({ name, quantity }) => [name, quantity])).toEqual([
    ["open", 13],
    ["held", 10],
    ["closed", 12],
    ["kept", 2],
  ]);
});

test("each branch has words", () => {
  for (const name of ["open", "held", "closed", "kept", "coming", "ahead"] as const)
    expect(en.why.branch[name]).toBeTruthy();
});
