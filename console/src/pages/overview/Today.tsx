import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { useTranslation } from "react-i18next";
import { dayFigures } from "../../api/figureQueries.ts";
import { useDayZone } from "../../api/queries.ts";
import { grouped } from "../../format/decimal.ts";
import { midnight } from "../../format/midnight.ts";
import { Answer } from "../../parts/Frame.tsx";
import { Changing } from "../../parts/Live.tsx";
import { type Day, dayOf, lineOf, moreThan, points, step } from "./curve.ts";

const height = 40;

/** Today's reserves next to yesterday's and last week's up to the same minute. */
export function Today() {
  const { t } = useTranslation("overview");
  const now = new Date();
  const zone = useDayZone();
  const starts = [0, 1, 7].map((before) => new Date(midnight(now.getTime(), before, zone)));
  const today = useQuery(dayFigures(starts[0] as Date, 10_000));
  const yesterday = useQuery(dayFigures(starts[1] as Date, 600_000));
  const week = useQuery(dayFigures(starts[2] as Date, 600_000));
  return (
    <section>
      <h2>
        {t("today.title")} <small className="muted">{zone}</small>
      </h2>
      <Answer of={today} what={t("today.what")}>
        {(data) => {
          const minute = Math.floor((now.getTime() - (starts[0] as Date).getTime()) / 60_000);
          const [a, b, c] = [data, yesterday.data, week.data].map((of, n) =>
            dayOf(of?.items ?? [], (starts[n] as Date).getTime(), minute),
          ) as [Day, Day, Day];
          return (
            <>
              <p>
                <Link
                  className="made-of figure"
                  to="/journal"
                  search={{ operation: "reserve", since: (starts[0] as Date).toISOString() }}
                >
                  <Changing value={a.reserves}>{grouped(a.reserves)}</Changing>
                </Link>{" "}
                {t("today.reserves")}
                <Compared now={a.reserves} then={b.reserves} with={t("today.yesterday")} />
                <Compared now={a.reserves} then={c.reserves} with={t("today.week")} />
                {t("today.rest", { refused: grouped(a.refused), expired: grouped(a.expired) })}
              </p>
              <Curve now={a} yesterday={b} week={c} upTo={Math.floor(minute / step) + 1} />
            </>
          );
        }}
      </Answer>
    </section>
  );
}

function Compared(props: { now: number; then: number; with: string }) {
  const more = moreThan(props.now, props.then);
  if (more === undefined) return null;
  return (
    <>
      {" · "}
      {props.with} {grouped(props.then)} ({more < 0 ? "▼" : "▲"} {Math.abs(more)} %)
    </>
  );
}

/** The reserve calls of each ten minutes. The sentence above says what it comes to. */
function Curve({ now, yesterday, week, upTo }: { now: Day; yesterday: Day; week: Day; upTo: number }) {
  const { t } = useTranslation("overview");
  const most = Math.max(...now.curve, ...yesterday.curve, ...week.curve);
  return (
    <svg
      className="curve"
      viewBox={`0 -1 ${points} ${height + 2}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={t("today.curve", { most: grouped(most) })}
    >
      <polyline className="week" points={lineOf(week.curve, most, height)} />
      <polyline className="yesterday" points={lineOf(yesterday.curve, most, height)} />
      <polyline className="now" points={lineOf(now.curve, most, height, upTo)} />
    </svg>
  );
}
