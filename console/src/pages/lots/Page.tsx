import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { Button } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { lotTable } from "../../api/lotQueries.ts";
import { seldom } from "../../api/queries.ts";
import { addTexts } from "../../app/i18n.ts";
import { Answer, Empty, Page } from "../../parts/Frame.tsx";
import { PlaceSelect } from "../../parts/PlaceSelect.tsx";
import { useNarrow } from "../../parts/useNarrow.ts";
import { Calendar, weeks } from "./Calendar.tsx";
import { daysAfter, type Expiring, expiring, isoDay, lotsOf, monday } from "./expiry.ts";
import { LotTable } from "./LotTable.tsx";
import en from "./texts.en.json";
import zh from "./texts.zh.json";

addTexts("lots", { en, zh });

const route = getRouteApi("/lots");

type Search = ReturnType<typeof route.useSearch>;

export function LotsPage() {
  const { t } = useTranslation("lots");
  const { loc } = route.useSearch();
  const navigate = useNavigate();
  const asked = useQuery(lotTable(loc));
  const lots = useMemo(() => expiring(asked.data ?? []), [asked.data]);
  return (
    <Page
      title={t("title")}
      name={t("title")}
      purpose={t("purpose")}
      guide="lots"
      reading={{ came: asked.dataUpdatedAt, error: asked.error, pace: seldom }}
      actions={<Button onClick={() => void asked.refetch()}>{t("again")}</Button>}
    >
      <search className="filters">
        <PlaceSelect
          value={loc}
          onChange={(value) => void navigate({ to: "/lots", search: value ? { loc: value } : {} })}
        />
      </search>
      <Answer of={asked} what={t("what")} rows={12}>
        {() => (lots.length === 0 ? <Empty>{t("none")}</Empty> : <Expiry lots={lots} />)}
      </Answer>
    </Page>
  );
}

/** The calendar, and the lots of the day that is chosen. */
function Expiry({ lots }: { lots: Expiring[] }) {
  const { t } = useTranslation("lots");
  const { day, from, loc } = route.useSearch();
  const narrow = useNarrow();
  const today = isoDay(new Date());
  const now = monday(today);
  const first = from && /^\d{4}-\d\d-\d\d$/.test(from) && !Number.isNaN(Date.parse(from)) ? monday(from) : now;
  const search = { ...(loc ? { loc } : {}), ...(first === now ? {} : { from: first }) };
  const old = lotsOf(lots, "expired", today).length;
  const later = lots.filter((lot) => lot.day >= daysAfter(first, 7 * weeks)).length;
  const to = (changed: Search) => ({ to: "/lots", search: { ...search, ...changed } }) as const;
  const begin = (start: string) => ({ to: "/lots", search: { ...(loc ? { loc } : {}), from: start } }) as const;
  return (
    <>
      <nav className="filters" aria-label={t("days")}>
        {old > 0 && (
          <Link {...to({ day: "expired" })} className="expired" aria-current={day === "expired" ? "true" : undefined}>
            ▲ {t("expiredCount", { count: old })}
          </Link>
        )}
        {day && <Link {...to({})}>{t("all", { count: lots.length })}</Link>}
        {!narrow && first > now && <Link {...begin(daysAfter(first, -7 * weeks))}>{t("earlier")}</Link>}
        {!narrow && later > 0 && <Link {...begin(daysAfter(first, 7 * weeks))}>{t("later", { count: later })}</Link>}
        <span className="found">{t("utc")}</span>
      </nav>
      {!narrow && <Calendar lots={lots} first={first} today={today} chosen={day} search={search} />}
      <div className="tab-list">
        <LotTable key={day ?? ""} lots={lotsOf(lots, day, today)} today={today} />
      </div>
    </>
  );
}
