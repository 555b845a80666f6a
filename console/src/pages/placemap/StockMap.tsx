import { useTranslation } from "react-i18next";
import { Id } from "../../parts/Id.tsx";
import { type LocationStock, mapOf } from "../../parts/stockMap.ts";
import { badges } from "../../states.ts";

const width = 120;
const height = 60;
const margin = 4;
/** The most locations without coordinates that are named. */
const mostNamed = 20;

/** The locations where they are, as the worst of their items; the table below says the same. */
export function StockMap({ of }: { of: readonly LocationStock[] }) {
  const { t } = useTranslation("placemap");
  const { dots, rest } = mapOf(of, width, height);
  return (
    <>
      {dots.length > 0 && (
        <svg
          className="stock-map"
          viewBox={`${-margin} ${-margin} ${width + 2 * margin} ${height + 2 * margin}`}
          role="img"
          aria-label={t("drawn", { count: of.length - rest.length })}
        >
          {dots.map((dot) => (
            <text
              key={dot.locations[0]?.location_id}
              x={dot.x}
              y={dot.y}
              textAnchor="middle"
              dominantBaseline="central"
              fontSize={4}
              fill={`var(--state-${dot.state})`}
            >
              <title>{dot.locations.map(({ location_id }) => location_id).join(", ")}</title>
              {badges[dot.state].shape}
            </text>
          ))}
        </svg>
      )}
      {rest.length > 0 && (
        <p className="frame muted">
          {t("nowhere", { count: rest.length })}{" "}
          {rest.slice(0, mostNamed).map(({ location_id }) => (
            <span key={location_id}>
              <Id>{location_id}</Id>{" "}
            </span>
          ))}
          {rest.length > mostNamed && "…"}
        </p>
      )}
    </>
  );
}
