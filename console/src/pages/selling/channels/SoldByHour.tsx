import { useQuery } from "@tanstack/react-query";
import { useTranslation } from "react-i18next";
import { useDayZone } from "../../../api/queries.ts";
import { hourFigures } from "../../../api/sellingQueries.ts";
import { quantity } from "../../../format/decimal.ts";
import { midnight } from "../../../format/midnight.ts";
import { AsOf } from "../../../parts/AsOf.tsx";
import { type Column, DataTable } from "../../../parts/DataTable.tsx";
import { Answer } from "../../../parts/Frame.tsx";
import { Id } from "../../../parts/Id.tsx";
import { Quantity } from "../../../parts/Quantity.tsx";
import { hours, type Sold, soldByHour, until } from "./hours.ts";

const pace = 10_000;
const daysAWeek = 7;
const anHour = 3_600_000;
const height = 20;

/** The units that each channel sold by hour: today, and on the same day of last week. */
export function SoldByHour({ loc, ch }: { loc: string | undefined; ch: string | undefined }) {
  const { t } = useTranslation("selling");
  const now = new Date();
  const zone = useDayZone();
  const [start, end, startBefore, endBefore] = [0, -1, daysAWeek, daysAWeek - 1].map(
    (days) => new Date(midnight(now.getTime(), days, zone)),
  ) as [Date, Date, Date, Date];
  const today = useQuery(hourFigures(start, end, loc, ch, pace));
  const before = useQuery(hourFigures(startBefore, endBefore, loc, ch, 60 * pace));
  return (
    <section className="limited">
      <h2>
        {t("hours.title")} <small className="muted">{zone}</small>
      </h2>
      <Answer of={today} what={t("hours.what")} rows={2}>
        {(data) => {
          const rows = soldByHour(data.items, start.getTime(), before.data?.items ?? [], startBefore.getTime());
          return (
            <>
              <p className="frame">
                <AsOf asOf={data.as_of} came={today.dataUpdatedAt} error={today.error} pace={pace} />
              </p>
              {rows.length === 0 ? (
                <p className="muted frame">{t("hours.none")}</p>
              ) : (
                <Hours rows={rows} hour={Math.floor((now.getTime() - start.getTime()) / anHour)} />
              )}
            </>
          );
        }}
      </Answer>
    </section>
  );
}

function Hours({ rows, hour }: { rows: Sold[]; hour: number }) {
  const { t } = useTranslation(["selling", "app"]);
  const figure = (key: string, title: string, of: (row: Sold) => number, wide = false): Column<Sold> => ({
    key,
    title,
    width: 120,
    figure: true,
    wide,
    cell: (row) => <Quantity of={row} value={of(row)} />,
  });
  const time = `${hour}:00`;
  const columns: Column<Sold>[] = [
    {
      key: "channel",
      title: t("app:thing.channel"),
      width: 130,
      cell: (row) =>
        row.channel ? <Id>{row.channel}</Id> : <span className="muted">{t("selling:hours.noChannel")}</span>,
    },
    figure("now", t("selling:hours.now"), (row) => row.today[hour] ?? 0),
    figure("last", t("selling:hours.last"), (row) => (hour > 0 ? (row.today[hour - 1] ?? 0) : 0), true),
    figure("today", t("selling:hours.today", { time }), (row) => until(row.today, hour)),
    figure("before", t("selling:hours.before", { time }), (row) => until(row.before, hour)),
    { key: "curve", title: t("selling:hours.curve"), width: 220, wide: true, cell: (row) => <Bars of={row} /> },
  ];
  return (
    <DataTable
      label={t("selling:hours.title")}
      columns={columns}
      rows={rows}
      rowKey={(row) => `${row.channel} ${row.unit ?? ""}`}
    />
  );
}

/** Each hour of the day as a bar, last week's as a line above it. */
function Bars({ of }: { of: Sold }) {
  const { t } = useTranslation("selling");
  const most = Math.max(1, ...of.today, ...of.before);
  const high = (units: number) => (units / most) * height;
  return (
    <svg
      className="hours"
      viewBox={`0 0 ${hours} ${height}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={t("hours.most", { most: quantity(most, of.unit, of.scale) })}
    >
      {of.today.map((units, at) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: an hour has no other name
        <rect key={at} x={at + 0.1} width={0.8} y={height - high(units)} height={high(units)} />
      ))}
      <polyline points={of.before.map((units, at) => `${at + 0.5},${(height - high(units)).toFixed(2)}`).join(" ")} />
    </svg>
  );
}
