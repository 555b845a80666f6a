import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";

const source = join(import.meta.dirname, "..");
const files = readdirSync(source, { recursive: true, encoding: "utf8" });
const folders = files.filter((file) => file.endsWith("texts.en.json")).map((file) => file.replace("texts.en.json", ""));

type Texts = { [key: string]: string | Texts };

function flat(texts: Texts, before = ""): Map<string, string> {
  const out = new Map<string, string>();
  for (const [key, value] of Object.entries(texts)) {
    if (typeof value === "string") out.set(before + key, value);
    else for (const [inner, text] of flat(value, `${before}${key}.`)) out.set(inner, text);
  }
  return out;
}

function read(folder: string, language: string): Map<string, string> {
  return flat(JSON.parse(readFileSync(join(source, folder, `texts.${language}.json`), "utf8")) as Texts);
}

// English tells one from many; Chinese has one form.
const form = /_(one|other)$/;
const keys = (texts: Map<string, string>) => [...new Set([...texts.keys()].map((key) => key.replace(form, "")))].sort();
const values = (text: string) => [...text.matchAll(/{{(\w+)}}/g)].map((match) => match[1]).sort();

const latinMarks = /[\u4e00-\u9fff][,;?!]|[\u4e00-\u9fff]:(?!\/)/;

describe.each(folders)("the texts of %s", (folder) => {
  const [en, zh] = [read(folder, "en"), read(folder, "zh")];

  test("say the same things in both languages, with the same values", () => {
    expect(keys(zh)).toEqual(keys(en));
    for (const [key, text] of zh) expect(values(text), key).toEqual(values(en.get(key) ?? ""));
    for (const text of [...en.values(), ...zh.values()]) expect(text.trim()).not.toBe("");
  });

  test("have Chinese marks in Chinese", () => {
    for (const [key, text] of zh) expect(text, key).not.toMatch(latinMarks);
  });
});

describe("the names of pages in the router", () => {
  const router = readFileSync(join(source, "app/router.tsx"), "utf8");
  const names = [...router.matchAll(/name: {\s*en: "([^"]*)",\s*zh: "([^"]*)",?\s*}/g)];
  const all = (of: RegExp) => [...router.matchAll(of)].map((match) => match[1] ?? "");
  const entries = all(/path: "([^"]+)",\s*(?:staticData: {\s*)entry:/g);

  test("are there in both languages, with Chinese marks in Chinese", () => {
    expect(names.length).toBe(all(/\b(name): {/g).length);
    for (const [, en = "", zh = ""] of names) {
      expect(en.trim()).not.toBe("");
      expect(zh).toMatch(/[\u4e00-\u9fff]/);
      expect(zh).not.toMatch(latinMarks);
    }
  });

  test("are of entries with keys of their own, and of tabs of entries", () => {
    const keys = all(/keys: "([^"]+)"/g);
    expect(entries.length).toBeGreaterThan(0);
    expect(keys.length).toBe(entries.length);
    expect(new Set(keys).size).toBe(keys.length);
    for (const of of all(/tab: {\s*of: "([^"]+)"/g)) expect(entries).toContain(of);
  });
});

test("each text that is asked for is there", () => {
  const known = new Set<string>();
  for (const folder of folders) {
    const name = folder === "app/" ? "app" : folder.split("/").at(-2);
    for (const key of keys(read(folder, "en"))) known.add(`${name}:${key}`);
  }
  for (const file of files.filter((name) => /\.tsx?$/.test(name) && !name.startsWith("test"))) {
    const code = readFileSync(join(source, file), "utf8");
    const usual = [...code.matchAll(/useTranslation\(\[?"(\w+)"/g)].map((match) => match[1]);
    for (const [, key = ""] of code.matchAll(/\bt\(\s*"([^"]+)"/g)) {
      const full = key.includes(":") ? [key] : usual.map((name) => `${name}:${key}`);
      expect(
        full.some((one) => known.has(one)),
        `${key} in ${file}`,
      ).toBe(true);
    }
  }
});

test("each page of the guide that a page leads to is there", () => {
  const guide = join(source, "../../docs/guide");
  const pages = files
    .filter((file) => /^pages.*\.tsx$/.test(file))
    .flatMap((file) => {
      return [...readFileSync(join(source, file), "utf8").matchAll(/guide="([^"]+)"/g)].map((match) => match[1] ?? "");
    });
  expect(pages.length).toBeGreaterThan(0);
  for (const page of pages) expect(readdirSync(guide)).toContain(`${page}.md`);
});
