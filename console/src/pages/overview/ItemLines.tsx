import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import type { ItemList } from "../../api/types.ts";
import { Answer } from "../../parts/Frame.tsx";
import { Id } from "../../parts/Id.tsx";
import { Time } from "../../parts/Time.tsx";
import type { ItemState } from "../../states.ts";

interface Asked {
  data: ItemList | undefined;
  error: unknown;
  dataUpdatedAt: number;
  refetch: () => unknown;
}

/** The items in a state that have changed last, each with the way to why. */
export function ItemLines(props: { name: string; none: string; of: Asked; state: ItemState }) {
  const { t } = useTranslation("overview");
  return (
    <section aria-label={props.name}>
      <h2>{props.name}</h2>
      <Answer of={props.of} what={props.name} rows={3}>
        {({ items, total }) =>
          items.length === 0 ? (
            <p className="muted">{props.none}</p>
          ) : (
            <ul className="lines">
              {items.map(({ inventory: { product_id, location_id, updated_at }, title }) => (
                <li key={`${product_id}/${location_id}`}>
                  <Link to="/items/$product" params={{ product: product_id }} search={{ loc: location_id }}>
                    <Id>{product_id}</Id>
                  </Link>{" "}
                  {title && <bdi className="muted">{title}</bdi>} · <Id>{location_id}</Id>
                  <span className="end">
                    <Time at={updated_at} relative />{" "}
                    <Link
                      to="/items/$product"
                      params={{ product: product_id }}
                      search={{ loc: location_id, tab: "why" }}
                      aria-label={t("whyOf", { product: product_id, place: location_id })}
                    >
                      {t("why")}
                    </Link>
                  </span>
                </li>
              ))}
              {total > items.length && (
                <li>
                  <Link to="/items" search={{ status: props.state, sort: "-updated" }}>
                    {t("all", { count: total })}
                  </Link>
                </li>
              )}
            </ul>
          )
        }
      </Answer>
    </section>
  );
}
