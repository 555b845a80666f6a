import { useTranslation } from "react-i18next";
import { useDayZone } from "../../api/queries.ts";
import { decimal, grouped } from "../../format/decimal.ts";
import { clock, day } from "../../format/time.ts";
import { type Column, DataTable } from "../../parts/DataTable.tsx";
import { Empty } from "../../parts/Frame.tsx";
import { counted, type Day, type Measure } from "./sums.ts";

const calls: readonly string[] = ["reserves", "refused", "lines_reserved", "lines_expired", "lines_ended", "partial"];
/** Counts of calls and lines, also of products with a unit. */
const events: readonly string[] = [...calls, "counts", "counts_exact", "oversells"];
/** The columns that a narrow window has too. */
const first = ["reserves", "reserved", "sold"];

/** A day, and whether only a part of it is counted. */
function Part({ at, from, until }: Pick<Day, "at" | "from" | "until">) {
  const { t, i18n } = useTranslation("figures");
  const zone = useDayZone();
  const name = day(new Date(at), i18n.language, zone);
  if (!from && !until) return name;
  const times = [from, until].map((time) => (time ? clock(new Date(time), i18n.language, zone) : ""));
  return <span title={t("part", { from: times[0], until: times[1] })}>{name} *</span>;
}

/** Sums by day, of what is counted in one unit. */
export function DayTable({ of }: { of: Measure }) {
  const { t } = useTranslation("figures");
  const name = of.unit ? t("inUnit", { unit: of.unit }) : t("inPieces");
  const columns: Column<Day>[] = [
    {
      key: "at",
      title: t("day"),
      width: 120,
      cell: ({ at, from, until }) => <Part at={at} from={from} until={until} />,
    },
    // Calls and lines are counted once, next to the pieces.
    ...counted
      .filter((figure) => !of.unit || !calls.includes(figure))
      .map((figure) => ({
        key: figure,
        title: t(figure),
        figure: true,
        width: 96,
        wide: !first.includes(figure),
        cell: ({ sums }: Day) => (events.includes(figure) ? grouped(sums[figure]) : decimal(sums[figure], of.scale)),
      })),
  ];
  return (
    <section>
      <h2>{name}</h2>
      {of.days.length === 0 ? (
        <Empty>{t("none")}</Empty>
      ) : (
        <DataTable label={name} columns={columns} rows={of.days} rowKey={({ at }) => at} />
      )}
    </section>
  );
}
