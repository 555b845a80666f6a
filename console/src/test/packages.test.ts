import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";

const top = join(import.meta.dirname, "../..");

test("there is one copy of the icons: a second one would not know the nonce of its styles", () => {
  expect(existsSync(join(top, "node_modules/antd/node_modules/@ant-design/icons"))).toBe(false);
});

test("the list of packages names no registry", () => {
  for (const lock of ["package-lock.json", "../clients/typescript/package-lock.json"]) {
    expect(readFileSync(join(top, lock), "utf8")).not.toMatch(/"resolved": "http/);
  }
});
