/** Red, green and blue from 0 to 1, as light and not as a screen's steps. */
export type Light = [number, number, number];

export function lightOf(hex: string): Light {
  return [1, 3, 5].map((at) => {
    const step = Number.parseInt(hex.slice(at, at + 2), 16) / 255;
    return step <= 0.04045 ? step / 12.92 : ((step + 0.055) / 1.055) ** 2.4;
  }) as Light;
}

export function luminance([r, g, b]: Light): number {
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** The contrast of WCAG 2: from 1 to 21. */
export function contrast(a: string, b: string): number {
  const [high, low] = [luminance(lightOf(a)), luminance(lightOf(b))].sort((x, y) => y - x) as [number, number];
  return (high + 0.05) / (low + 0.05);
}

type Matrix = [Light, Light, Light];

/** Machado, Oliveira, Fernandes 2009: what the colour-blind see, at full severity. */
export const sights: Record<string, Matrix> = {
  protanopia: [
    [0.152286, 1.052583, -0.204868],
    [0.114503, 0.786281, 0.099216],
    [-0.003882, -0.048116, 1.051998],
  ],
  deuteranopia: [
    [0.367322, 0.860646, -0.227968],
    [0.280085, 0.672501, 0.047413],
    [-0.01182, 0.04294, 0.968881],
  ],
  tritanopia: [
    [1.255528, -0.076749, -0.178779],
    [-0.078411, 0.930809, 0.147602],
    [0.004733, 0.691367, 0.3039],
  ],
};

function times(matrix: Matrix, of: Light): Light {
  return matrix.map((row) => row[0] * of[0] + row[1] * of[1] + row[2] * of[2]) as Light;
}

export function seen(of: Light, sight: Matrix): Light {
  return times(sight, of).map((value) => Math.min(1, Math.max(0, value))) as Light;
}

function lab(of: Light): Light {
  const [x, y, z] = times(
    [
      [0.4124564, 0.3575761, 0.1804375],
      [0.2126729, 0.7151522, 0.072175],
      [0.0193339, 0.119192, 0.9503041],
    ],
    of,
  );
  const f = (t: number) => (t > 216 / 24389 ? Math.cbrt(t) : ((24389 / 27) * t + 16) / 116);
  const [fx, fy, fz] = [f(x / 0.95047), f(y), f(z / 1.08883)];
  return [116 * fy - 16, 500 * (fx - fy), 200 * (fy - fz)];
}

/** The distance of two colours in CIELAB. */
export function distance(a: Light, b: Light): number {
  const [p, q] = [lab(a), lab(b)];
  return Math.hypot(p[0] - q[0], p[1] - q[1], p[2] - q[2]);
}
