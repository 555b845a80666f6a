/** The beginning of a file, as a browser can read it before it is sent. */
export interface Preview {
  /** The rows of its beginning, the heading first; none where only the server can read it. */
  rows: string[][];
  encoding?: string;
}

/** So many rows are shown, without the heading. */
export const shown = 20;
/** So much of a file is looked at, in bytes. */
const looked = 256 * 1024;

/** Reads the beginning of a CSV file, in an encoding if it is known. A workbook is the server's to read. */
export async function previewOf(file: Blob, known?: string): Promise<Preview> {
  const bytes = new Uint8Array(await file.slice(0, looked).arrayBuffer());
  if (bytes[0] === 0x50 && bytes[1] === 0x4b) return { rows: [] };
  const whole = bytes.length === file.size;
  const { text, encoding } = known
    ? { text: new TextDecoder(known).decode(bytes, { stream: !whole }), encoding: known }
    : decode(bytes, whole);
  const rows = parse(text).slice(0, shown + 1);
  return { rows, encoding };
}

/** The text, and what it is written in. A letter may be cut in two at the end of a part. */
function decode(bytes: Uint8Array, whole: boolean): { text: string; encoding: "utf-8" | "gb18030" } {
  try {
    return { text: new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: !whole }), encoding: "utf-8" };
  } catch {
    return { text: new TextDecoder("gb18030").decode(bytes), encoding: "gb18030" };
  }
}

/** The rows of a CSV text, with the separator that a line such as sep=; names, or that its first line has most of. */
export function parse(text: string): string[][] {
  const named = /^sep=([^"])\r?\n/i.exec(text);
  if (named?.[1]) return table(text.slice(named[0].length), named[1]);
  const first = text.slice(0, text.search(/[\r\n]|$/));
  const count = (of: string) => first.split(of).length;
  const comma = [",", ";", "\t"].reduce((best, one) => (count(one) > count(best) ? one : best));
  return table(text, comma);
}

function table(text: string, comma: string): string[][] {
  const rows: string[][] = [];
  let row: string[] = [];
  let cell = "";
  let quoted = false;
  const end = () => {
    if (row.length > 0 || cell !== "") rows.push([...row, cell]);
    row = [];
    cell = "";
  };
  for (let i = 0; i < text.length && rows.length <= shown; i++) {
    const letter = text[i] ?? "";
    if (quoted) {
      if (letter !== '"') cell += letter;
      else if (text[i + 1] === '"') cell += text[i++];
      else quoted = false;
    } else if (letter === '"' && cell === "") quoted = true;
    else if (letter === comma) {
      row.push(cell);
      cell = "";
    } else if (letter === "\n") end();
    else if (letter !== "\r") cell += letter;
  }
  end();
  return rows;
}
