import { expect, test } from "vitest";
import { csv } from "../format/csv.ts";
import { change, decimal, headline, quantity } from "../format/decimal.ts";
import { pieces } from "../format/id.ts";
import { ago, clock, exact, stamp } from "../format/time.ts";

test("a decimal is the integer's digits, cut", () => {
  expect(decimal(1250, 3)).toBe("1.250");
  expect(decimal(5, 3)).toBe("0.005");
  expect(decimal(0, 2)).toBe("0.00");
  expect(decimal(-50, 2)).toBe("−0.50");
  expect(decimal(1_234_567)).toBe("1,234,567");
  expect(decimal(-1000)).toBe("−1,000");
  expect(decimal(123_456_789, 2)).toBe("1,234,567.89");
  expect(decimal(999)).toBe("999");
});

test("the largest quantity there is loses no digit", () => {
  expect(decimal(Number.MAX_SAFE_INTEGER)).toBe("9,007,199,254,740,991");
  expect(decimal(-Number.MAX_SAFE_INTEGER, 6)).toBe("−9,007,199,254.740991");
});

test("a quantity has its unit and a change its sign", () => {
  expect(quantity(1250, "kg", 3)).toBe("1.250\u202fkg");
  expect(quantity(12)).toBe("12");
  expect([change(5), change(-2), change(0), change(1250, 3)]).toEqual(["+5", "−2", "0", "+1.250"]);
});

test("headlines are short from ten thousand on, and never say more than there is", () => {
  expect(headline(9999, "en")).toBe("9,999");
  expect(headline(12_990, "en")).toBe("12.9K");
  expect(headline(2_000_000, "en")).toBe("2M");
  expect(headline(12_990, "zh")).toBe("1.2\u202f万");
  expect(headline(-320_000_000, "zh-CN")).toBe("−3.2\u202f亿");
});

test("times are of a zone, and the tooltip has UTC to the millisecond", () => {
  const at = new Date("2026-11-22T23:30:05.042Z");
  expect(clock(at, "en", "Asia/Shanghai")).toBe("07:30:05");
  expect(stamp(at, new Date("2026-11-23T01:00:00Z"), "en", "Asia/Shanghai")).toBe("07:30:05");
  expect(stamp(at, new Date("2026-11-24T01:00:00Z"), "en", "Asia/Shanghai")).toBe("Nov 23, 2026 07:30:05");
  expect(stamp(at, new Date("2026-11-24T01:00:00Z"), "zh", "Asia/Shanghai")).toBe("2026年11月23日 07:30:05");
  expect(exact(at, "en", "Asia/Shanghai")).toBe("Nov 23, 2026 07:30:05 Asia/Shanghai\n2026-11-22 23:30:05.042 UTC");
  expect(clock(new Date("2026-11-22T00:00:00Z"), "en", "UTC")).toBe("00:00:00");
});

test("only what is near is told by its distance", () => {
  const now = new Date("2026-11-22T12:00:00Z");
  expect(ago(new Date("2026-11-22T11:57:00Z"), now, "en")).toBe("3 min. ago");
  expect(ago(new Date("2026-11-22T12:20:30Z"), now, "en")).toBe("in 20 min.");
  expect(ago(new Date("2026-11-22T11:00:00Z"), now, "en")).toBeUndefined();
});

test("what cannot be seen in an id is shown", () => {
  expect(pieces("mug")).toEqual([{ text: "mug" }]);
  expect(pieces("mug ")).toEqual([{ text: "mug" }, { text: "␣", stands: "U+0020" }]);
  expect(pieces("a b")).toEqual([{ text: "a b" }]);
  expect(pieces("a  b")[1]).toEqual({ text: "␣", stands: "U+0020" });
  expect(pieces("a\u200bb")[1]).toEqual({ text: "⍽", stands: "U+200B" });
  expect(pieces("a\u202eb")[1]?.stands).toBe("U+202E");
  expect(pieces("a\u3000")[1]?.stands).toBe("U+3000");
  expect(pieces("杯子🍵")).toEqual([{ text: "杯子🍵" }]);
});

test("a spreadsheet is handed text, never a formula", () => {
  expect(csv(["id", "n"], [["=1+1", 5]])).toBe("\ufeffid,n\r\n'=1+1,5\r\n");
  for (const evil of ["+1", "-1", "@SUM(A1)", "\t=1", " =1", "\r=1"]) {
    expect(
      csv(["id"], [[evil]])
        .split("\r\n")[1]
        ?.replace(/^"/, "")
        .startsWith("'"),
    ).toBe(true);
  }
  expect(csv(["a"], [['say "hi", now']])).toContain('"say ""hi"", now"');
  expect(csv(["n"], [[-5]])).toBe("\ufeffn\r\n-5\r\n");
});
