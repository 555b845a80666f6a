import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { figuresByDay, stockByDay } from "../../api/queries.ts";
import { addTexts } from "../../app/i18n.ts";
import { useKeys } from "../../app/keys.ts";
import { csv, save } from "../../format/csv.ts";
import { Answer, Page } from "../../parts/Frame.tsx";
import { OverviewTabs } from "../../parts/OverviewTabs.tsx";
import { PlaceSelect } from "../../parts/PlaceSelect.tsx";
import { Typed } from "../../parts/Typed.tsx";
import { DayTable } from "./DayTable.tsx";
import { Rates } from "./Rates.tsx";
import { Stock } from "./Stock.tsx";
import { counted, type Measure, measures } from "./sums.ts";
import en from "./texts.en.json";
import zh from "./texts.zh.json";

addTexts("figures", { en, zh });

const route = getRouteApi("/figures");
const spans = ["7", "30", "90"] as const;

/** Rates and sums of days, each with the figures that it is made of. */
export function FiguresPage() {
  const { t } = useTranslation(["figures", "app"]);
  const search = route.useSearch();
  const navigate = useNavigate();
  const days = Number(search.days) || 30;
  const answer = useQuery(figuresByDay(days, search.loc, search.ch));
  // Stock is no channel's.
  const stock = useQuery({ ...stockByDay(days, search.loc), enabled: !search.ch });
  const set = (changed: { [Name in keyof typeof search]?: string | undefined }, replace = false) => {
    const next = Object.entries({ ...search, ...changed }).filter(([, value]) => value);
    void navigate({ to: "/figures", search: Object.fromEntries(next), replace });
  };
  const all = measures(answer.data?.items ?? []);
  const keep = () => save("holdfast-figures.csv", table(all));
  useKeys({ e: keep });
  return (
    <Page
      title={t("figures:title")}
      name={t("figures:title")}
      purpose={t("figures:purpose")}
      guide="figures"
      reading={{ asOf: answer.data?.as_of, came: answer.dataUpdatedAt, error: answer.error }}
      actions={<Button onClick={keep}>{t("figures:export")}</Button>}
    >
      <OverviewTabs />
      <div className="limited">
        <search className="filters">
          <select
            className="choice-of"
            aria-label={t("figures:span")}
            value={String(days)}
            onChange={({ target }) => set({ days: target.value })}
          >
            {spans.map((span) => (
              <option key={span} value={span}>
                {t("figures:days", { count: Number(span) })}
              </option>
            ))}
          </select>
          <PlaceSelect value={search.loc} onChange={(loc) => set({ loc })} />
          <Typed value={search.ch} label={t("figures:channel")} onChange={(ch) => set({ ch }, true)} width={150} main />
        </search>
        <Answer of={answer} what={t("figures:what")} rows={8}>
          {() => (
            <>
              <Rates of={(all[0] as Measure).total} />
              {all.map((of) => (
                <DayTable key={`${of.unit} ${of.scale}`} of={of} />
              ))}
            </>
          )}
        </Answer>
        {search.ch ? null : (
          <Answer of={stock} what={t("figures:stock")} rows={8}>
            {({ items, rates }) =>
              rates.map((of) => (
                <Stock
                  key={`${of.unit ?? ""} ${of.scale ?? 0}`}
                  days={items.filter(({ unit, scale }) => unit === of.unit && scale === of.scale)}
                  rates={of}
                />
              ))
            }
          </Answer>
        )}
      </div>
    </Page>
  );
}

function table(all: readonly Measure[]): string {
  return csv(
    ["day", "unit", "scale", ...counted],
    all.flatMap((of) => of.days.map(({ at, sums }) => [at, of.unit, of.scale, ...counted.map((name) => sums[name])])),
  );
}
