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

// A spreadsheet carries out what begins like a formula.
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
