import { expect, test } from "vitest";
import { midnight } from "../format/midnight.ts";

const at = (text: string) => Date.parse(text);

test.each([
  ["UTC", "2026-03-10T00:30:00Z", 0, "2026-03-10T00:00:00Z"],
  ["Asia/Shanghai", "2026-03-10T00:30:00Z", 0, "2026-03-09T16:00:00Z"],
  ["Asia/Shanghai", "2026-03-10T17:00:00Z", 1, "2026-03-09T16:00:00Z"],
  ["Asia/Kathmandu", "2026-03-10T18:20:00Z", 0, "2026-03-10T18:15:00Z"],
  ["America/St_Johns", "2026-07-10T02:00:00Z", 0, "2026-07-09T02:30:00Z"],
  ["Europe/Berlin", "2026-03-29T20:00:00Z", 0, "2026-03-28T23:00:00Z"],
  ["Europe/Berlin", "2026-03-30T20:00:00Z", 7, "2026-03-22T23:00:00Z"],
  ["Europe/Berlin", "2026-10-25T22:30:00Z", 0, "2026-10-24T22:00:00Z"],
  ["America/Santiago", "2026-09-06T20:00:00Z", 0, "2026-09-06T04:00:00Z"],
])("a day begins in %s", (zone, moment, before, begins) => {
  expect(new Date(midnight(at(moment), before, zone)).toISOString()).toBe(new Date(at(begins)).toISOString());
});
