import { Link } from "@tanstack/react-router";
import type { components } from "holdfast-client";
import { useTranslation } from "react-i18next";
import { Answer } from "../../parts/Frame.tsx";
import { Id } from "../../parts/Id.tsx";
import { Time } from "../../parts/Time.tsx";

interface Asked {
  data: components["schemas"]["ListCasesResponse"] | undefined;
  error: unknown;
  dataUpdatedAt: number;
  refetch: () => unknown;
}

/** So many are shown; the newest stand on top. */
const shown = 20;

export function CaseList({ of }: { of: Asked }) {
  const { t } = useTranslation("overview");
  return (
    <section id="cases" aria-label={t("openCases")}>
      <h2>{t("openCases")}</h2>
      <Answer of={of} what={t("casesWhat")} rows={2}>
        {({ items }) =>
          items.length === 0 ? (
            <p className="muted">{t("noCases")}</p>
          ) : (
            <ul className="lines">
              {items.slice(0, shown).map((one) => (
                <li key={one.case_id}>
                  {t(`kind.${one.kind}`, { defaultValue: one.kind })} ·{" "}
                  {one.product_id ? (
                    <Link to="/items/$product" params={{ product: one.product_id }} search={{ loc: one.location_id }}>
                      <Id>{one.product_id}</Id>
                    </Link>
                  ) : (
                    <Id>{one.till_id ?? ""}</Id>
                  )}{" "}
                  · <Id>{one.location_id}</Id>
                  <span className="end">
                    <Time at={one.opened_at} relative />
                  </span>
                </li>
              ))}
            </ul>
          )
        }
      </Answer>
    </section>
  );
}
