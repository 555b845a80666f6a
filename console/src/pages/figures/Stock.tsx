import type { components } from "holdfast-client";
import { useTranslation } from "react-i18next";
import { useDayZone } from "../../api/queries.ts";
import { decimal, grouped } from "../../format/decimal.ts";
import { day } from "../../format/time.ts";
import { type Column, DataTable } from "../../parts/DataTable.tsx";
import { stockRates, tenths } from "./stock.ts";

type StockFigures = components["schemas"]["StockFigures"];
type StockRates = components["schemas"]["StockRates"];

/** Levels by day of products that are counted in one unit, and the rates of the whole time. */
export function Stock({ days, rates }: { days: readonly StockFigures[]; rates: StockRates }) {
  const { t, i18n } = useTranslation("figures");
  const zone = useDayZone();
  const scale = rates.scale ?? 0;
  const name = rates.unit ? t("stockInUnit", { unit: rates.unit }) : t("stock");
  const columns: Column<StockFigures>[] = [
    { key: "at", title: t("day"), width: 120, cell: ({ at }) => (at ? day(new Date(at), i18n.language, zone) : "") },
    { key: "on_hand", title: t("on_hand"), figure: true, width: 110, cell: ({ on_hand }) => decimal(on_hand, scale) },
    { key: "items", title: t("items"), figure: true, width: 96, wide: true, cell: ({ items }) => grouped(items) },
    {
      key: "out_of_stock",
      title: t("out_of_stock"),
      figure: true,
      width: 96,
      cell: ({ out_of_stock }) => grouped(out_of_stock),
    },
    {
      key: "out_of_stock_hours",
      title: t("out_of_stock_hours"),
      figure: true,
      width: 110,
      wide: true,
      cell: ({ out_of_stock_hours }) => decimal(tenths(out_of_stock_hours), 1),
    },
  ];
  return (
    <section>
      <h2>{name}</h2>
      <dl className="tiles">
        {Object.entries(stockRates).map(([rate, { formula, of, percent }]) => {
          const value = of(rates);
          return (
            <div key={rate}>
              <dt title={formula}>{t(`stockRate.${rate}`)}</dt>
              <dd>
                {value === undefined ? "–" : decimal(tenths(percent ? 100 * value : value), 1) + (percent ? " %" : "")}
              </dd>
            </div>
          );
        })}
      </dl>
      <DataTable label={name} columns={columns} rows={[...days].reverse()} rowKey={({ at }) => at ?? ""} />
    </section>
  );
}
