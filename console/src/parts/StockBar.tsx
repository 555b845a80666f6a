import { useTranslation } from "react-i18next";
import { quantity } from "../format/decimal.ts";
import { type Part, parts } from "../states.ts";

export interface Segment {
  part: Part;
  value: number;
}

interface Measured {
  unit?: string | undefined;
  scale?: number | undefined;
}

/** The parts of an item, in one line. No part that is there is too narrow to be seen. */
export function StockBar(props: {
  segments: Segment[];
  of: Measured;
  tall?: boolean;
  /** The part that belongs to the whole and is no longer there. */
  rest?: { words: string; value: number };
}) {
  const { segments, of, tall = false, rest } = props;
  const { t } = useTranslation("app");
  const shown = segments.filter((segment) => segment.value > 0);
  const words = shown.map((segment) => `${t(`part.${segment.part}`)} ${quantity(segment.value, of.unit, of.scale)}`);
  if (rest) words.push(`${rest.words} ${quantity(rest.value, of.unit, of.scale)}`);
  if (shown.length === 0 && !rest?.value) return <span className="bar empty-bar" role="img" aria-label="0" />;
  return (
    <span className={tall ? "bar tall" : "bar"} role="img" aria-label={words.join(", ")} title={words.join("\n")}>
      {shown.map((segment, at) => (
        <span
          // biome-ignore lint/suspicious/noArrayIndexKey: quotas of several channels are of one part
          key={at}
          className={`fill ${parts[segment.part].pattern}`}
          style={{ flexGrow: segment.value, color: `var(--part-${segment.part})` }}
        />
      ))}
      {rest && rest.value > 0 && <span className="rest" style={{ flexGrow: rest.value }} />}
    </span>
  );
}
