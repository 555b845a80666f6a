import { expect, test } from "vitest";
import { parse, previewOf, shown } from "../pages/files/preview.ts";

test("a CSV text is read with the comma that its first line has most of", () => {
  expect(parse("a,b\n1,2\n")).toEqual([
    ["a", "b"],
    ["1", "2"],
  ]);
  expect(parse('a;"b;c"\r\n"say ""no""\nor yes";\r\n')).toEqual([
    ["a", "b;c"],
    ['say "no"\nor yes', ""],
  ]);
  expect(parse("a\tb,c\td\n1\t\t2")).toEqual([
    ["a", "b,c", "d"],
    ["1", "", "2"],
  ]);
  expect(parse("sep=;\r\na;b,c\r\n")).toEqual([["a", "b,c"]]);
  expect(parse("")).toEqual([]);
  expect(parse("\n\na\n")).toEqual([["a"]]);
});

test("no more rows are read than are shown", () => {
  expect(parse("a\n".repeat(500)).length).toBe(shown + 1);
});

test("a file in GB18030 is read, a workbook is left to the server", async () => {
  const gb = new Uint8Array([0xb2, 0xe8, 0xb1, 0xad, 0x2c, 0x33, 0x0a]);
  expect(await previewOf(new Blob([gb]))).toEqual({ rows: [["茶杯", "3"]], encoding: "gb18030" });
  expect(await previewOf(new Blob(["茶杯,3\n"]))).toEqual({ rows: [["茶杯", "3"]], encoding: "utf-8" });
  const latin = new Uint8Array([0x4d, 0xfc, 0x6e, 0x0a]);
  expect(await previewOf(new Blob([latin]), "windows-1252")).toEqual({ rows: [["Mün"]], encoding: "windows-1252" });
  expect(await previewOf(new Blob(["PK\u0003\u0004…"]))).toEqual({ rows: [] });
});

test("a letter that is cut in two at the end of what is looked at makes no other encoding", async () => {
  const much = `${"x".repeat(256 * 1024 - 1)}茶`;
  expect((await previewOf(new Blob([much]))).encoding).toBe("utf-8");
});
