import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { alerts } from "../../api/alertQueries.ts";
import { useWho } from "../../api/queries.ts";
import { alertStates } from "../../parts/alerts.ts";
import { Answer, Empty } from "../../parts/Frame.tsx";
import { PlaceSelect } from "../../parts/PlaceSelect.tsx";
import { Typed } from "../../parts/Typed.tsx";
import { AlertTable } from "./AlertTable.tsx";
import { asked, type Filter, isFiltered } from "./filter.ts";

/** The alerts, by state, rule, product and place. */
export function Alerts({ filter }: { filter: Filter }) {
  const { t } = useTranslation(["alerts", "app"]);
  const { data: who } = useWho();
  const navigate = useNavigate();
  // A key that is bound to places has to name one of them.
  const place = filter.loc ?? who?.locations?.[0];
  const of = useQuery({ ...alerts(asked(filter, place)), enabled: who !== undefined });
  const set = (changed: { [Name in keyof Filter]?: string | undefined }, replace = false) => {
    const next = Object.entries({ ...filter, ...changed }).filter(([, value]) => value);
    void navigate({ to: "/inbox/alerts", search: Object.fromEntries(next), replace });
  };
  return (
    <>
      <search className="filters">
        <select
          className="choice-of"
          aria-label={t("alerts:state")}
          value={filter.state ?? ""}
          onChange={(event) => set({ state: event.target.value || undefined })}
        >
          <option value="">{t("alerts:allStates")}</option>
          {alertStates.map((one) => (
            <option key={one} value={one}>
              {t(`app:alert.state.${one}`)}
            </option>
          ))}
        </select>
        <Typed main value={filter.rule} label={t("alerts:rule")} width={160} onChange={(rule) => set({ rule }, true)} />
        <Typed
          value={filter.product}
          label={t("app:thing.product")}
          width={160}
          onChange={(product) => set({ product }, true)}
        />
        <PlaceSelect value={place} onChange={(loc) => set({ loc })} />
      </search>
      <Answer of={of} what={t("alerts:what")}>
        {({ items, next_page_token }) =>
          items.length > 0 ? (
            <>
              {next_page_token && <p className="frame muted">{t("alerts:more", { count: items.length })}</p>}
              <AlertTable rows={items} />
            </>
          ) : isFiltered(filter) ? (
            <Empty
              action={<Button onClick={() => void navigate({ to: "/inbox/alerts" })}>{t("app:frame.dropAll")}</Button>}
            >
              {t("app:frame.nothingMatches")}
            </Empty>
          ) : (
            <Empty>{t("alerts:none")}</Empty>
          )
        }
      </Answer>
    </>
  );
}
