import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import type { components } from "holdfast-client";
import { useTranslation } from "react-i18next";
import { tillStock } from "../../api/tillQueries.ts";
import { quantity } from "../../format/decimal.ts";
import { type Column, DataTable } from "../../parts/DataTable.tsx";
import { Answer } from "../../parts/Frame.tsx";
import { Id } from "../../parts/Id.tsx";
import { Changing } from "../../parts/Live.tsx";
import type { Till } from "../../parts/tills.ts";

type Row = components["schemas"]["TillStock"];

/** The stock that a till alone may sell. */
export function Stock({ of }: { of: Till }) {
  const { t } = useTranslation(["till", "app"]);
  const navigate = useNavigate();
  const asked = useQuery(tillStock(of.till_id));
  const page = ({ product_id }: Row) => ({
    to: "/items/$product" as const,
    params: { product: product_id },
    search: { loc: of.location_id },
  });
  const columns: Column<Row>[] = [
    {
      key: "product",
      title: t("app:thing.product"),
      width: 220,
      cell: (row) => (
        <Link {...page(row)}>
          <Id>{row.product_id}</Id>
        </Link>
      ),
    },
    {
      key: "has",
      title: t("till:has"),
      width: 120,
      figure: true,
      cell: (row) => (
        <Changing value={row.units}>
          <span className="figure">{quantity(row.units, row.unit, row.scale)}</span>
        </Changing>
      ),
    },
    {
      key: "keep",
      title: t("till:handsBack"),
      width: 140,
      figure: true,
      wide: true,
      cell: (row) =>
        row.keep === undefined ? (
          <span className="muted">–</span>
        ) : (
          <span className="figure">{quantity(row.units - row.keep, row.unit, row.scale)}</span>
        ),
    },
    {
      key: "onHand",
      title: t("till:onHand"),
      width: 160,
      figure: true,
      cell: (row) => <span className="figure">{quantity(row.on_hand, row.unit, row.scale)}</span>,
    },
  ];
  return (
    <section>
      <h2>{t("till:stock.title")}</h2>
      <Answer of={asked} what={t("till:stock.title")} rows={3}>
        {({ items, next_page_token }) =>
          items.length === 0 ? (
            <p className="muted">{t("till:stock.none")}</p>
          ) : (
            <>
              <p className="muted">{t("till:stock.how")}</p>
              {next_page_token && <p className="muted">{t("till:stock.more", { count: items.length })}</p>}
              <DataTable
                label={t("till:stock.title")}
                columns={columns}
                rows={items}
                rowKey={(row) => row.product_id}
                onOpen={(row) => void navigate(page(row))}
              />
            </>
          )
        }
      </Answer>
    </section>
  );
}
