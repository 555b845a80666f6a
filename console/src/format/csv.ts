/** A table as CSV that spreadsheets open: a byte order mark, CRLF, quotes where they are needed. */
export function csv(head: readonly string[], rows: readonly (readonly (string | number | undefined)[])[]): string {
  const line = (cells: readonly (string | number | undefined)[]) => cells.map(cell).join(",");
  return `\ufeff${[head, ...rows].map(line).join("\r\n")}\r\n`;
}

function cell(value: string | number | undefined): string {
  if (typeof value === "number") return String(value);
  const text = guarded(value ?? "");
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

// A spreadsheet runs a cell that begins like a formula.
function guarded(text: string): string {
  return /^[\s]*[=+\-@\t\r]/.test(text) ? `'${text}` : text;
}

/** Hands the browser a file to keep. */
export function save(name: string, content: string): void {
  const address = URL.createObjectURL(new Blob([content], { type: "text/csv;charset=utf-8" }));
  const link = document.createElement("a");
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}

/** The rows of a table that the server gave out, each by the names in its first line. */
export function readCsv(text: string): Record<string, string>[] {
  const [head = [], ...rows] = cellsOf(text.replace(/^\ufeff/, ""));
  return rows.map((cells) => Object.fromEntries(head.map((name, at) => [name, unguarded(cells[at] ?? "")])));
}

function cellsOf(text: string): string[][] {
  const lines: string[][] = [];
  let line: string[] = [];
  // A cell, in quotes or not, and what ends it: a comma, the line, or the text.
  for (const [, quoted, plain = "", end] of text.matchAll(/(?:"((?:[^"]|"")*)"|([^,\r\n]*))(,|\r?\n|$)/g)) {
    if (end === "" && line.length === 0 && quoted === undefined && plain === "") break;
    line.push(quoted?.replaceAll('""', '"') ?? plain);
    if (end === ",") continue;
    lines.push(line);
    line = [];
    if (end === "") break;
  }
  return lines;
}

// The server puts a quote in front of a cell that a spreadsheet would run, and of one that begins with such a
// quote.
function unguarded(text: string): string {
  return /^'['=+\-@\t\r\0]/.test(text) ? text.slice(1) : text;
}
