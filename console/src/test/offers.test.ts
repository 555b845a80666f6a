import { expect, test } from "vitest";
import { type Denial, isShown, press, settled } from "../parts/offers.ts";

const denial = (kind: Denial["kind"]): Denial => ({ kind, words: kind });
const unknown = denial("unknown");

test("a press before the rights are known opens what may be done once they are", () => {
  const early = press("WriteOffTill", unknown);
  expect(isShown(early, unknown)).toBe(false);
  expect(settled(early, unknown)).toBe(early);
  expect(isShown(settled(early, undefined), undefined)).toBe(true);
});

test("it opens no form that the state of the thing or the rights forbid", () => {
  for (const kind of ["state", "rights", "place"] as const) {
    const then = denial(kind);
    expect(isShown(settled(press("WriteOffTill", unknown), then), then), kind).toBe(false);
    expect(isShown(press("WriteOffTill", then), then), kind).toBe(false);
  }
});

test("a form that is open stays when its thing has changed, and goes with the rights", () => {
  const open = press("WriteOffTill", undefined);
  expect(isShown(settled(open, denial("state")), denial("state"))).toBe(true);
  expect(isShown(settled(open, denial("rights")), denial("rights"))).toBe(false);
});
