/** Bytes that are not in the expected format. */
export class Malformed extends Error {}

const text = new TextDecoder("utf-8", { fatal: false });

/** Reads the values that all formats of the log are made of (docs/protocol/log.md, section 1). */
export class Bytes {
  #at = 0;
  readonly #of: Uint8Array;

  constructor(of: Uint8Array) {
    this.#of = of;
  }

  get at(): number {
    return this.#at;
  }

  get done(): boolean {
    return this.#at === this.#of.length;
  }

  take(length: number): Uint8Array {
    if (length > this.#of.length - this.#at) throw new Malformed("cut off");
    this.#at += length;
    return this.#of.subarray(this.#at - length, this.#at);
  }

  byte(): number {
    return this.take(1)[0] ?? 0;
  }

  /** u: an unsigned number. */
  uint(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return BigInt.asUintN(64, value);
    }
    throw new Malformed("a number of more than ten bytes");
  }

  /** i: a signed number. */
  int(): bigint {
    const value = this.uint();
    return value & 1n ? -(value >> 1n) - 1n : value >> 1n;
  }

  /** A number of things, each of at least one byte. */
  count(): number {
    const value = this.uint();
    if (value > BigInt(this.#of.length - this.#at)) throw new Malformed("more than there can be");
    return Number(value);
  }

  string(): string {
    return text.decode(this.take(this.count()));
  }
}

/** The bytes of a text in base64. */
export function fromBase64(of: string): Uint8Array {
  return Uint8Array.from(atob(of), (letter) => letter.charCodeAt(0));
}

export function hex(of: Uint8Array): string {
  return Array.from(of, (byte) => byte.toString(16).padStart(2, "0")).join("");
}

export function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
