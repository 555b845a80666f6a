import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { figuresByDay, stockByDay } from "../../api/figureQueries.ts";
import { useDayZone } from "../../api/queries.ts";
import { csv, save } from "../../format/csv.ts";
import { Answer } from "../../parts/Frame.tsx";
import { PlaceSelect } from "../../parts/PlaceSelect.tsx";
import { Typed } from "../../parts/Typed.tsx";
import { DayTable } from "./DayTable.tsx";
import { FiguresFrame } from "./FiguresFrame.tsx";
import { Rates } from "./Rates.tsx";
import { Stock } from "./Stock.tsx";
import { counted, type Measure, measures } from "./sums.ts";

const route = getRouteApi("/figures");
const spans = ["7", "30", "90"] as const;

/** Rates and sums of days, each with the figures that it is made of. */
export function BookedTab() {
  const { t } = useTranslation("figures");
  const search = route.useSearch();
  const navigate = useNavigate();
  const days = Number(search.days) || 30;
  const zone = useDayZone();
  const answer = useQuery(figuresByDay(days, search.loc, search.ch, search.product, zone));
  // Stock is no channel's.
  const stock = useQuery({ ...stockByDay(days, search.loc, search.product, zone), enabled: !search.ch });
  const set = (changed: { [Name in keyof typeof search]?: string | undefined }, replace = false) => {
    const next = Object.entries({ ...search, ...changed }).filter(([, value]) => value);
    void navigate({ to: "/figures", search: Object.fromEntries(next), replace });
  };
  const all = measures(answer.data?.items ?? []);
  const keep = () => save("holdfast-figures.csv", table(all));
  return (
    <FiguresFrame
      tab="booked"
      reading={{ asOf: answer.data?.as_of, came: answer.dataUpdatedAt, error: answer.error }}
      keep={keep}
      name={t("export")}
    >
      <search className="filters">
        <select
          className="choice-of"
          aria-label={t("span")}
          value={String(days)}
          onChange={({ target }) => set({ days: target.value })}
        >
          {spans.map((span) => (
            <option key={span} value={span}>
              {t("days", { count: Number(span) })}
            </option>
          ))}
        </select>
        <PlaceSelect value={search.loc} onChange={(loc) => set({ loc })} />
        <Typed value={search.product} label={t("product")} onChange={(product) => set({ product }, true)} width={180} />
        <Typed value={search.ch} label={t("channel")} onChange={(ch) => set({ ch }, true)} width={150} main />
      </search>
      <Answer of={answer} what={t("what")} rows={8}>
        {() => (
          <>
            <Rates of={all} refusals={!search.product} />
            {all.map((of) => (
              <DayTable key={`${of.unit} ${of.scale}`} of={of} />
            ))}
          </>
        )}
      </Answer>
      {search.ch ? null : (
        <Answer of={stock} what={t("stock")} rows={8}>
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
    </FiguresFrame>
  );
}

function table(all: readonly Measure[]): string {
  return csv(
    ["day", "unit", "scale", ...counted, "counted_from", "counted_until"],
    all.flatMap((of) =>
      of.days.map(({ at, sums, from, until }) => [
        at,
        of.unit,
        of.scale,
        ...counted.map((name) => sums[name]),
        from,
        until,
      ]),
    ),
  );
}
