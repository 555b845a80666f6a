const minus = "−";
const narrow = "\u202f";

/** The integer with its thousands grouped: 1234567 is 1,234,567. */
export function grouped(value: number): string {
  return decimal(value, 0);
}

/**
 * A quantity of smallest units in the product's declared unit, by slicing its
 * digits: 1250 at scale 3 is 1.250. Nothing is divided, so nothing is rounded.
 */
export function decimal(value: number, scale = 0): string {
  const sign = value < 0 ? minus : "";
  const digits = Math.abs(value)
    .toFixed(0)
    .padStart(scale + 1, "0");
  const whole = digits.slice(0, digits.length - scale).replace(/\B(?=(\d{3})+$)/g, ",");
  return sign + whole + (scale > 0 ? `.${digits.slice(-scale)}` : "");
}

/** The same with its unit, where the product has one: 1.250 kg. */
export function quantity(value: number, unit?: string, scale = 0): string {
  return unit ? `${decimal(value, scale)}${narrow}${unit}` : decimal(value, scale);
}

/** A change, always with its sign: +5, −2, 0. */
export function change(value: number, scale = 0): string {
  return value > 0 ? `+${decimal(value, scale)}` : decimal(value, scale);
}

/** A headline's count: 万 and 亿 in Chinese, K and M in English, exact below ten thousand. */
export function headline(value: number, language: string): string {
  const steps: [number, string][] = language.startsWith("zh")
    ? [
        [1e8, "亿"],
        [1e4, "万"],
      ]
    : [
        [1e9, "B"],
        [1e6, "M"],
        [1e4, "K"],
      ];
  for (const [step, word] of steps) {
    if (Math.abs(value) < step) continue;
    const unit = word === "K" ? 1e3 : step;
    const tenths = Math.trunc(Math.abs(value) / (unit / 10));
    return (
      (value < 0 ? minus : "") +
      decimal(tenths, 1).replace(/\.0$/, "") +
      (word === "K" || word === "M" || word === "B" ? word : `${narrow}${word}`)
    );
  }
  return grouped(value);
}

/**
 * Typed text as a number of smallest units: 1.25 at scale 3 is 1250. The result is undefined
 * for text that is no number, or is too exact for the product, or too large to be exact.
 */
export function unitsOf(text: string, scale = 0): number | undefined {
  const plain = text.normalize("NFKC").trim().replace(minus, "-");
  const [all, sign, whole = "", fraction = ""] = /^([+-]?)(\d+)(?:\.(\d+))?$/.exec(plain) ?? [];
  const digits = fraction.replace(/0+$/, "");
  if (all === undefined || digits.length > scale) return undefined;
  const value = Number(whole + digits.padEnd(scale, "0"));
  if (!Number.isSafeInteger(value)) return undefined;
  return sign === "-" && value !== 0 ? -value : value;
}
