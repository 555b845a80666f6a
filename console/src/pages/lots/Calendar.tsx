import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { quantity } from "../../format/decimal.ts";
import { byDay, type Expiring, weeksFrom } from "./expiry.ts";

/** The weeks that are shown at once. */
export const weeks = 6;

/** The lots that expire on each day of some weeks. A day with lots leads to them. */
export function Calendar(props: {
  lots: readonly Expiring[];
  /** The Monday that it begins with. */
  first: string;
  today: string;
  chosen: string | undefined;
  /** The rest of the address. */
  search: { loc?: string; from?: string };
}) {
  const { t, i18n } = useTranslation("lots");
  const { lots, first, today, chosen, search } = props;
  const days = byDay(lots);
  const shown = weeksFrom(first, weeks);
  const written = (day: string, options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(i18n.language, { ...options, timeZone: "UTC" }).format(new Date(day));
  return (
    <table className="calendar" aria-label={t("calendar")}>
      <thead>
        <tr>
          {shown[0]?.map((day) => (
            <th key={day} scope="col">
              {written(day, { weekday: "short" })}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {shown.map((week) => (
          <tr key={week[0]}>
            {week.map((day) => {
              const of = days.get(day);
              const date = (
                <span className={day === today ? "date today" : "date"}>
                  {written(day, { month: "short", day: "numeric" })} {day === today && t("today")}
                </span>
              );
              return (
                <td key={day} className={[day < today ? "past-day" : "", of ? "due" : ""].join(" ").trim()}>
                  {of ? (
                    <Link
                      to="/lots"
                      search={{ ...search, day }}
                      {...(day === chosen ? { "aria-current": "date" as const } : {})}
                    >
                      {date} {t("count", { count: of.lots })}{" "}
                      <span className="muted">
                        {[
                          ...(of.pieces > 0 ? [t("pieces", { count: of.pieces })] : []),
                          ...of.measured.map(({ unit, value, scale }) => quantity(value, unit, scale)),
                        ].join(" · ")}
                      </span>
                    </Link>
                  ) : (
                    date
                  )}
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
