import { describe, expect, test } from "vitest";
import { badges, grounds, parts, type Scheme, stateOf } from "../states.ts";
import { contrast, distance, lightOf, seen, sights } from "./colour.ts";

const schemes: Scheme[] = ["light", "dark"];

describe.each(schemes)("in the %s colours", (scheme) => {
  const { ground, surface, text, muted, primary } = grounds[scheme];

  test("text can be read", () => {
    for (const behind of [ground, surface]) {
      expect(contrast(text, behind)).toBeGreaterThanOrEqual(7);
      expect(contrast(muted, behind)).toBeGreaterThanOrEqual(4.5);
      expect(contrast(primary, behind)).toBeGreaterThanOrEqual(4.5);
    }
  });

  test.each(Object.entries({ ...badges, ...parts }))("the fill of %s stands out", (_, look) => {
    for (const behind of [ground, surface]) expect(contrast(look[scheme], behind)).toBeGreaterThanOrEqual(3.2);
  });

  // The state "not counted" is muted text. Promised units have the colour of held ones, and another pattern.
  const { not_counted: _, ...told } = badges;
  const { promised: __, oversold: ___, ...bars } = parts;
  describe.each(Object.entries({ ...sights }))("and with %s", (_name, sight) => {
    test.each([
      ["badges", told],
      ["bars", bars],
    ])("any two %s are told apart", (_kind, looks) => {
      const all = Object.entries(looks as Record<string, Record<Scheme, string>>);
      for (const [at, [name, look]] of all.entries()) {
        for (const [other, next] of all.slice(at + 1)) {
          const apart = distance(seen(lightOf(look[scheme]), sight), seen(lightOf(next[scheme]), sight));
          expect(apart, `${name} and ${other}`).toBeGreaterThanOrEqual(11);
        }
      }
    });
  });
});

test("no two states have the same shape, so nothing is told by colour alone", () => {
  const shapes = Object.values(badges).map(({ shape }) => shape);
  expect(new Set(shapes).size).toBe(shapes.length);
  const patterns = Object.values(parts).map(({ pattern, shape }) => `${pattern} ${shape}`);
  expect(new Set(patterns).size).toBe(patterns.length);
});

test("what is switched off is off sale, whatever its figures say", () => {
  const item = { on_sale: true, tracked: true, status: "sold_out" as const };
  expect(stateOf(item)).toBe("sold_out");
  expect(stateOf({ ...item, on_sale: false })).toBe("off_sale");
  expect(stateOf({ ...item, retired: true })).toBe("off_sale");
  expect(stateOf({ ...item, tracked: false })).toBe("not_counted");
  expect(stateOf({ ...item, status: "low_stock" })).toBe("low");
  expect(stateOf({ ...item, state: "oversold" })).toBe("oversold");
});
