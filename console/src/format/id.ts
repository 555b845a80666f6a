export interface Piece {
  text: string;
  /** A sign for something that cannot be seen; its title names what it replaces. */
  stands?: string;
}

// Blanks that are no plain space, characters without width, and those that turn the direction of what follows.
const unseen = /[\p{Cf}\p{Zs}\p{Zl}\p{Zp}\u115f\u1160\u3164\uffa0]/u;

/**
 * An id as it is, in pieces so that invisible characters show: ids are compared byte for byte, and two that
 * look alike need not be the same.
 */
export function pieces(id: string): Piece[] {
  const out: Piece[] = [];
  const last = id.length - 1;
  for (let at = 0; at < id.length; at++) {
    const char = id.charAt(at);
    const edge = char === " " && (at === 0 || at === last || id.charAt(at + 1) === " ");
    if (edge) out.push({ text: "␣", stands: "U+0020" });
    else if (char !== " " && unseen.test(char))
      out.push({ text: "⍽", stands: `U+${char.charCodeAt(0).toString(16).toUpperCase().padStart(4, "0")}` });
    else if (out.at(-1) && out.at(-1)?.stands === undefined) (out.at(-1) as Piece).text += char;
    else out.push({ text: char });
  }
  return out;
}
