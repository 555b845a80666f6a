import { change, quantity } from "../format/decimal.ts";

interface Measured {
  unit?: string | undefined;
  scale?: number | undefined;
}

/** A figure in the product's unit. An item that is not counted has no figure, which is not 0. */
export function Quantity({ of, value, none }: { of: Measured; value: number | undefined; none?: string }) {
  if (value === undefined) return <span className="muted">{none ?? "–"}</span>;
  return <span className={value === 0 ? "figure zero" : "figure"}>{quantity(value, of.unit, of.scale)}</span>;
}

/** The change of a figure: signed, with an arrow. */
export function Change({ of, value }: { of: Measured; value: number }) {
  if (value === 0) return <span className="figure zero">0</span>;
  return (
    <span className="figure">
      {change(value, of.scale)} <span aria-hidden="true">{value > 0 ? "▲" : "▼"}</span>
    </span>
  );
}
