import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import type { components } from "holdfast-client";
import { useTranslation } from "react-i18next";
import { overstock } from "../../api/figureQueries.ts";
import { csv, save } from "../../format/csv.ts";
import { decimal, grouped, quantity } from "../../format/decimal.ts";
import { type Column, DataTable } from "../../parts/DataTable.tsx";
import { Answer, Empty } from "../../parts/Frame.tsx";
import { Id } from "../../parts/Id.tsx";
import { PlaceSelect } from "../../parts/PlaceSelect.tsx";
import { FiguresFrame } from "./FiguresFrame.tsx";
import { percent } from "./service.ts";

type Row = components["schemas"]["Overstock"];
type Sum = components["schemas"]["OverstockSum"];

const route = getRouteApi("/figures");

/** The stock beyond the targets of the replenishment rules, now: the items with the most of it. */
export function OverstockTab() {
  const { t } = useTranslation("figures");
  const { loc } = route.useSearch();
  const navigate = useNavigate();
  const answer = useQuery(overstock(loc));
  const { data } = answer;
  return (
    <FiguresFrame
      tab="overstock"
      reading={{ asOf: data?.as_of, came: answer.dataUpdatedAt, error: answer.error }}
      keep={data && (() => save("holdfast-overstock.csv", table(data.items)))}
      name={t("overstock.export")}
    >
      <search className="filters">
        <PlaceSelect
          value={loc}
          onChange={(next) =>
            void navigate({ to: "/figures", search: { tab: "overstock", ...(next ? { loc: next } : {}) } })
          }
        />
      </search>
      <Answer of={answer} what={t("overstock.what")} rows={8}>
        {({ items, sums }) =>
          sums.length === 0 ? (
            <Empty>{t("overstock.noTarget")}</Empty>
          ) : (
            <>
              <Sums of={sums} />
              <Worst of={items} />
            </>
          )
        }
      </Answer>
    </FiguresFrame>
  );
}

function Sums({ of }: { of: readonly Sum[] }) {
  const { t } = useTranslation("figures");
  return (
    <dl className="tiles">
      {of.map((sum) => (
        <div key={sum.unit ?? ""}>
          <dt title="overstock ÷ on_hand">
            {sum.unit ? t("overstock.rateIn", { unit: sum.unit }) : t("overstock.rate")}
          </dt>
          <dd>
            {percent(sum.overstock_rate)}{" "}
            <small className="muted">
              {quantity(sum.overstock, sum.unit, sum.scale)} ÷ {quantity(sum.on_hand, sum.unit, sum.scale)}
              {" · "}
              {t("overstock.over", { count: sum.items_over, of: grouped(sum.items) })}
            </small>
          </dd>
        </div>
      ))}
    </dl>
  );
}

function Worst({ of }: { of: readonly Row[] }) {
  const { t } = useTranslation("figures");
  const units = (key: "on_hand" | "target" | "overstock", title: string, wide: boolean): Column<Row> => ({
    key,
    title,
    figure: true,
    width: 110,
    wide,
    cell: (row) => quantity(row[key], row.unit, row.scale),
  });
  const columns: Column<Row>[] = [
    {
      key: "product",
      title: t("overstock.product"),
      width: 200,
      second: (row) => <Id>{row.location_id}</Id>,
      cell: (row) => (
        <Link to="/items/$product" params={{ product: row.product_id }} search={{ loc: row.location_id }}>
          <Id>{row.product_id}</Id>
        </Link>
      ),
    },
    { key: "place", title: t("overstock.place"), width: 140, wide: true, cell: (row) => <Id>{row.location_id}</Id> },
    units("on_hand", t("on_hand"), true),
    units("target", t("overstock.target"), false),
    units("overstock", t("overstock.units"), false),
  ];
  return (
    <section>
      <h2>{t("overstock.worst")}</h2>
      {of.length === 0 ? (
        <Empty>{t("overstock.none")}</Empty>
      ) : (
        <DataTable
          label={t("overstock.worst")}
          columns={columns}
          rows={of}
          rowKey={(row) => `${row.product_id}/${row.location_id}`}
        />
      )}
    </section>
  );
}

function table(rows: readonly Row[]): string {
  const plain = (row: Row, value: number) =>
    row.scale ? decimal(value, row.scale).replaceAll(",", "").replace("−", "-") : value;
  return csv(
    ["product_id", "location_id", "unit", "on_hand", "target", "overstock"],
    rows.map((row) => [
      row.product_id,
      row.location_id,
      row.unit,
      ...[row.on_hand, row.target, row.overstock].map((value) => plain(row, value)),
    ]),
  );
}
