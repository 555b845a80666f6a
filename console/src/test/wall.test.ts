import { describe, expect, test } from "vitest";
import { beginDaysIn, curve, emptyDay, midnight, minuteOf, minutesOfDay, pour, rate, sum } from "../wall/day.ts";
import { type Age, ageOf, begin, due, type Happening, type Night, rangeOf, step, worst } from "../wall/night.ts";
import { buildOf } from "../wall/page.ts";
import { figuresOf } from "../wall/tiles.ts";

// The hours of this file are those of the machine.
beginDaysIn(Intl.DateTimeFormat().resolvedOptions().timeZone);

const evening = new Date(2026, 10, 22, 23, 0).getTime();
const at = (hour: number, minute: number, second = 0, day = 22) =>
  new Date(2026, 10, day, hour, minute, second).getTime();
const nothing = {
  lines_reserved: 0,
  lines_ended: 0,
  reserved: 0,
  sold: 0,
  returned: 0,
  released: 0,
  expired: 0,
  received: 0,
  gained: 0,
  lost: 0,
  partial: 0,
  counts: 0,
  counts_exact: 0,
  oversells: 0,
  oversold: 0,
  transfer_shipped: 0,
  transfer_received: 0,
  transfer_returned: 0,
  transfer_lost: 0,
  transfer_surplus: 0,
};
const row = (
  when: number,
  reserves: number,
  more: { channel_id?: string; refused?: number; lines_expired?: number } = {},
) => ({
  ...nothing,
  at: new Date(when).toISOString(),
  reserves,
  refused: 0,
  lines_expired: 0,
  ...more,
});

/** A wall whose clock the test turns, before a server that has an order a minute. */
class Script {
  night: Night;
  up = true;
  build = "a.js";
  reloads: number[] = [];
  asked = 0;
  constructor(public now: number) {
    this.night = begin(now, "a.js");
  }

  private happen(happening: Happening) {
    this.night = step(this.night, happening, this.now);
  }

  /** Runs to a moment, a second at a time; where nothing depends on seconds faster. */
  to(moment: number, pace = 1000) {
    for (; this.now < moment; this.now += pace) {
      for (const source of due(this.night, this.now)) {
        this.asked++;
        this.happen({ is: "asked", source });
        if (!this.up) this.happen({ is: "failed", source, chance: 1 });
        else if (source === "page") this.happen({ is: "answer", answer: { of: "page", build: this.build } });
        else if (source === "minutes") this.minutes();
        else if (source === "stock")
          this.happen({
            is: "answer",
            answer: {
              of: "stock",
              stock: {
                items: [],
                total: { in_stock: 1, low: 2, sold_out: 3, oversold: 0, off_sale: 0, not_counted: 0 },
              },
            },
          });
        else if (source === "alerts") this.happen({ is: "answer", answer: { of: "alerts", firing: [] } });
        else if (source === "cases") this.happen({ is: "answer", answer: { of: "cases", open: 1 } });
        else if (source === "soldOut" || source === "low")
          this.happen({ is: "answer", answer: { of: source, items: [] } });
        if (this.night.reload) {
          expect(this.up, "the page is loaded again only while the server answers").toBe(true);
          this.reloads.push(this.now);
          this.night = begin(this.now, this.build);
        }
      }
    }
  }

  private minutes() {
    const range = rangeOf(this.night, this.now);
    const rows = [];
    for (let when = range.from; when <= this.now; when += 60_000) rows.push(row(when, 1));
    const start = midnight(range.start, 1);
    const before = [];
    for (let when = start; range.yesterday && when < range.start; when += 60_000) before.push(row(when, 1));
    this.happen({
      is: "answer",
      answer: { of: "minutes", range, rows, asOf: this.now, ...(range.yesterday ? { before } : {}) },
    });
  }

  get figures() {
    return figuresOf(this.night, this.now);
  }
  get age(): Age {
    return worst(this.night, this.now).age;
  }
}

test("a night of connection losses, over midnight, is shown as what it is", () => {
  const s = new Script(evening);
  s.to(at(23, 30), 20_000);
  s.to(at(23, 30, 30));
  expect(s.age).toBe("fresh");
  expect(s.figures).toMatchObject({ orders: { now: 1411, before: 1411 }, ordersAMinute: { now: 10, before: 10 } });

  s.up = false;
  s.to(at(23, 30, 34));
  expect(s.age).toBe("fresh");
  s.to(at(23, 30, 45));
  expect(s.age).toBe("behind");
  expect(s.figures.ordersAMinute.now).toBe(10);
  s.to(at(23, 31, 30));
  expect(s.age).toBe("old");
  // Counts stay, with yesterday's of the same time; rates would be wrong.
  expect(s.figures).toMatchObject({ orders: { now: 1411, before: 1411 }, ordersAMinute: { now: undefined } });
  s.to(at(23, 45), 20_000);
  expect(s.age).toBe("gone");
  // It is asked again for ever, twice a minute for each source.
  const before = s.asked;
  s.to(at(23, 55));
  expect(s.asked - before).toBeGreaterThan(7 * 15);
  expect(s.asked - before).toBeLessThan(7 * 25);

  // Midnight without data: of today nothing is known, and the figures say of which day they are.
  s.to(at(0, 5, 0, 23), 20_000);
  expect(s.figures).toMatchObject({
    orders: { now: undefined, before: undefined },
    last: { start: at(0, 0), orders: 1411 },
  });
  // The answer that ends it has all that was missed, of both days.
  s.up = true;
  s.to(at(0, 5, 59, 23));
  expect(s.age).toBe("fresh");
  expect(s.figures).toMatchObject({ orders: { now: 6, before: 6 }, last: undefined });
  expect(sum(s.night.yesterday?.orders ?? [], 0, minutesOfDay)).toBe(1440);
  expect(s.reloads).toEqual([]);
});

test("midnight with data begins an empty day beside a whole one", () => {
  const s = new Script(at(23, 59));
  s.to(at(0, 0, 30, 23));
  expect(s.figures).toMatchObject({ orders: { now: 1, before: 1 }, last: undefined });
  expect(sum(s.night.yesterday?.orders ?? [], 0, minutesOfDay)).toBe(1440);
});

test("a new build is loaded once it came whole, and never while nobody answers", () => {
  const s = new Script(evening);
  s.to(at(23, 30), 20_000);
  s.up = false;
  s.build = "b.js";
  s.to(at(2, 0, 0, 23), 20_000);
  expect(s.reloads).toEqual([]);
  s.up = true;
  s.to(at(2, 2, 0, 23), 20_000);
  expect(s.reloads).toHaveLength(1);
  // Nodes of two builds do not pass it to and fro.
  s.build = "a.js";
  s.to(at(2, 4, 0, 23), 20_000);
  expect(s.reloads).toHaveLength(1);
});

test("the page is loaded again at four, or when the server is back after that", () => {
  const s = new Script(evening);
  s.to(at(3, 59, 0, 23), 20_000);
  expect(s.reloads).toEqual([]);
  s.up = false;
  s.to(at(5, 0, 0, 23), 20_000);
  expect(s.reloads).toEqual([]);
  s.up = true;
  s.to(at(12, 0, 0, 23), 20_000);
  expect(s.reloads).toHaveLength(1);
  expect(s.reloads[0]).toBeGreaterThanOrEqual(at(5, 0, 0, 23));
  s.to(at(4, 2, 0, 24), 20_000);
  expect(s.reloads).toHaveLength(2);
});

test("who is not signed in is shown a code, and nothing of what was shown before", () => {
  const s = new Script(evening);
  s.to(at(23, 10), 20_000);
  s.night = step(s.night, { is: "out" }, s.now);
  expect(s.night.out).toBe(true);
  expect(s.night.today).toBeUndefined();
  expect(due(s.night, s.now)).toEqual(["pairing"]);
  s.night = step(s.night, { is: "answer", answer: { of: "pairing", code: "BCDF-GHJK" } }, s.now);
  expect(s.night.code).toBe("BCDF-GHJK");
  expect(due(s.night, s.now + 3000)).toContain("pairing");
  s.night = step(s.night, { is: "answer", answer: { of: "pairing", code: undefined } }, s.now + 3000);
  expect(s.night).toMatchObject({ out: false });
  expect(due(s.night, s.now + 3000)).toEqual(["minutes"]);
});

test("pauses grow to half a minute, and what may not be read is asked seldom", () => {
  let night = begin(evening, undefined);
  const pauses: number[] = [];
  for (let n = 0; n < 8; n++) {
    night = step(night, { is: "failed", source: "minutes", chance: 0 }, evening);
    pauses.push(night.lines.minutes.askAt - evening);
  }
  expect(pauses).toEqual([1000, 2000, 4000, 8000, 15_000, 15_000, 15_000, 15_000]);
  night = step(night, { is: "denied", source: "cases" }, evening);
  expect(night.lines.cases).toMatchObject({ denied: true, askAt: evening + 30_000 });
  expect(worst(night, evening).age).toBe("none");
});

test("figures that are old when they come are shown as old", () => {
  let night = begin(evening, undefined);
  const range = rangeOf(night, evening);
  night = step(night, { is: "answer", answer: { of: "minutes", range, rows: [], asOf: evening - 45_000 } }, evening);
  expect(ageOf(night, "minutes", evening)).toBe("old");
  // Minutes that were counted late are asked for again.
  expect(rangeOf(night, evening).from).toBe(at(22, 58));
});

describe("a day", () => {
  const start = at(0, 0);

  test("has what was read last of each minute", () => {
    let day = pour(
      emptyDay(start),
      [row(at(9, 0), 3, { channel_id: "web" }), row(at(9, 1), 2, { channel_id: "pos" })],
      start,
    );
    day = pour(day, [row(at(9, 1), 5, { channel_id: "pos" }), row(at(9, 2), 1, { refused: 7 })], at(9, 1));
    expect(sum(day.orders, 0, minutesOfDay)).toBe(9);
    expect(day.channels).toEqual({ web: 3, pos: 5, "": 1 });
    expect(day.refused[minuteOf(day, at(9, 2))]).toBe(7);
    expect(curve(day, minuteOf(day, at(9, 2)) + 1).slice(-1)).toEqual([9]);
  });

  test("never grows, whatever comes", () => {
    const rows = Array.from({ length: 40 }, (_, n) => row(start + n * 60_000, 1, { channel_id: `c${n}` }));
    const day = pour(emptyDay(start), [...rows, row(start - 60_000, 9), row(at(2, 0, 0, 23), 9)], start);
    expect(day.orders).toHaveLength(minutesOfDay);
    expect(Object.keys(day.channels).length).toBeLessThanOrEqual(13);
    expect(Object.values(day.channels).reduce((a, b) => a + b, 0)).toBe(40);
  });

  test("has a rate of whole minutes", () => {
    const of = [9, 1, 2, 3, 4, 2, 99];
    expect(rate(of, 6)).toBe(24);
    expect(rate(of, 4)).toBeUndefined();
  });
});

test("a page tells its build, once it is whole", () => {
  const page =
    '<!doctype html><script type="module" crossorigin src="./assets/index-a.js"></script><body></body></html>\n';
  expect(buildOf(page)).toBe("./assets/index-a.js");
  expect(buildOf(page.slice(0, -9))).toBeUndefined();
  expect(buildOf("<html>no console is built</html>")).toBeUndefined();
});
