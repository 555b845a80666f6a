import { useTranslation } from "react-i18next";
import { mapOf, worstOf } from "../parts/stockMap.ts";
import { badges } from "../states.ts";
import { Panel } from "./Panel.tsx";
import type { Shown } from "./run.ts";

const width = 64;
const height = 22;
/** The most locations without coordinates that are named. */
const mostNamed = 3;

/** The locations on a plain grid, each as the worst of its items is. */
export function Places({ night, now }: Shown) {
  const { t } = useTranslation("wall");
  const { dots, rest } = mapOf(night.stock?.items ?? [], width, height);
  const named = rest.slice(0, mostNamed).map((one) => ({ ...one, dot: worstOf(one.items) }));
  return (
    <Panel
      night={night}
      now={now}
      name="places"
      of="stock"
      title={t("places.title")}
      empty={dots.length + rest.length === 0}
    >
      <div className="plot">
        {dots.length > 0 && (
          <svg viewBox={`-4 -4 ${width + 8} ${height + 8}`} role="img" aria-label={t("places.title")}>
            {dots.map((dot) => (
              <text key={dot.locations[0]?.location_id} className={`is-${dot.state}`} x={dot.x} y={dot.y}>
                <title>{dot.locations.map(({ location_id }) => location_id).join(", ")}</title>
                {badges[dot.state].shape}
              </text>
            ))}
          </svg>
        )}
        {rest.length > 0 && (
          <p className="legend">
            {named.map(({ location_id, dot }) => (
              <span key={location_id}>
                <i className={`shape is-${dot}`}>{badges[dot].shape}</i> <bdi>{location_id}</bdi>
              </span>
            ))}
            {rest.length > named.length && <span>{t("places.more", { count: rest.length - named.length })}</span>}
          </p>
        )}
      </div>
    </Panel>
  );
}
