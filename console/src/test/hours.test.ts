import { expect, test } from "vitest";
import { soldByHour, until } from "../pages/selling/channels/hours.ts";

const start = Date.parse("2026-11-26T00:00:00Z");
const startBefore = Date.parse("2026-11-19T00:00:00Z");
type Row = Parameters<typeof soldByHour>[0][number];
const row = (at: string, sold: number, more: object = {}) => ({ at, sold, ...more }) as Row;

test("units are added by channel and unit, each in its hour of its day", () => {
  const today = [
    row("2026-11-26T09:00:00Z", 3, { channel_id: "web" }),
    row("2026-11-26T10:00:00Z", 2, { channel_id: "web" }),
    row("2026-11-26T10:00:00Z", 250, { channel_id: "web", unit: "kg", scale: 3 }),
    row("2026-11-26T10:00:00Z", 0, { channel_id: "pos" }),
    row("2026-11-25T23:00:00Z", 9, { channel_id: "web" }),
  ];
  const before = [row("2026-11-19T09:00:00Z", 4, { channel_id: "web" }), row("2026-11-19T23:00:00Z", 1)];
  const sold = soldByHour(today, start, before, startBefore);
  expect(sold.map(({ channel, unit }) => [channel, unit])).toEqual([
    ["", undefined],
    ["web", undefined],
    ["web", "kg"],
  ]);
  const web = sold[1];
  expect([web?.today[9], web?.today[10], web?.before[9]]).toEqual([3, 2, 4]);
  expect([until(web?.today ?? [], 10), until(web?.today ?? [], 11), until(web?.before ?? [], 24)]).toEqual([3, 5, 4]);
  expect(sold[2]?.today[10]).toBe(250);
  expect(until(sold[0]?.before ?? [], 23)).toBe(0);
});

test("the hour that a day has besides, when the clock is put back, counts for its last", () => {
  const [of] = soldByHour([row("2026-11-27T00:00:00Z", 5), row("2026-11-27T01:00:00Z", 7)], start, [], startBefore);
  expect(of?.today[23]).toBe(5);
  expect(of?.today.length).toBe(24);
});
