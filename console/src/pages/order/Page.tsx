import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link } from "@tanstack/react-router";
import { type components, HoldfastError } from "holdfast-client";
import { useTranslation } from "react-i18next";
import { order, orderHistory, orderNamed } from "../../api/orderQueries.ts";
import { addTexts } from "../../app/i18n.ts";
import { skewOf } from "../../format/time.ts";
import { type Column, DataTable } from "../../parts/DataTable.tsx";
import { Deadline } from "../../parts/Deadline.tsx";
import { Answer, Empty, Page } from "../../parts/Frame.tsx";
import { Id } from "../../parts/Id.tsx";
import { lotText } from "../../parts/lots.ts";
import { OrderBadge } from "../../parts/OrderBadge.tsx";
import { Quantity } from "../../parts/Quantity.tsx";
import { Actions } from "./Actions.tsx";
import { History } from "./History.tsx";
import en from "./texts.en.json";
import zh from "./texts.zh.json";

addTexts("order", { en, zh });

const route = getRouteApi("/orders/$order");

type Line = components["schemas"]["Reservation"];
type Summary = components["schemas"]["OrderSummary"];

export function OrderPage() {
  const { t } = useTranslation(["order", "app"]);
  const { order: id } = route.useParams();
  const asked = useQuery(order(id));
  const named = useQuery(orderNamed(id));
  const summary = named.data?.items[0];
  const history = useQuery({ ...orderHistory(id, summary?.updated_at ?? ""), enabled: summary !== undefined });
  const skew = skewOf(named.data?.as_of, named.dataUpdatedAt);
  const unknown = asked.error instanceof HoldfastError && asked.error.code === "NOT_FOUND";
  return (
    <Page
      title={<Id>{id}</Id>}
      name={id}
      purpose={t("order:purpose")}
      guide="order-life"
      reading={{ came: asked.dataUpdatedAt, error: asked.error }}
    >
      <div className="limited">
        {unknown ? (
          <Empty>{t("order:unknown")}</Empty>
        ) : (
          <Answer of={asked} what={t("order:what")}>
            {(data) => (
              <>
                <About lines={data.reservations} summary={summary} skew={skew} />
                <Actions key={id} order={id} lines={data.reservations} steps={history.data?.steps ?? []} />
                <Lines lines={data.reservations} skew={skew} />
                <History id={id} of={history} skew={skew} />
              </>
            )}
          </Answer>
        )}
      </div>
    </Page>
  );
}

function About({ lines, summary, skew }: { lines: Line[]; summary: Summary | undefined; skew: number }) {
  const { t } = useTranslation(["order", "app"]);
  const channels = [...new Set(lines.map(({ channel_id }) => channel_id || t("order:noChannel")))].join(", ");
  const customer = lines.find(({ customer_id }) => customer_id)?.customer_id;
  return (
    <p className="frame">
      {summary && (
        <>
          <OrderBadge of={summary} />
          {summary.expires_at && (
            <>
              {" "}
              {t("app:figure.until")} <Deadline at={summary.expires_at} skew={skew} />
            </>
          )}
          {"; "}
        </>
      )}
      <bdi>{t("order:about", { count: lines.length, channels })}</bdi>
      {customer && (
        <>
          , <bdi>{t("order:customer", { customer })}</bdi>
        </>
      )}
    </p>
  );
}

function Lines({ lines, skew }: { lines: Line[]; skew: number }) {
  const { t } = useTranslation(["order", "app"]);
  const figure = (key: "requested" | "deducted" | "released", wide = false): Column<Line> => ({
    key,
    title: t(`order:${key}`),
    width: 90,
    figure: true,
    wide,
    cell: (row) => <Quantity of={row} value={row[key]} />,
  });
  const columns: Column<Line>[] = [
    {
      key: "product",
      title: t("app:thing.product"),
      width: 140,
      second: (row) => <Id>{row.location_id}</Id>,
      cell: (row) => (
        <Link to="/items/$product" params={{ product: row.product_id }} search={{ loc: row.location_id }}>
          <Id>{row.product_id}</Id>
        </Link>
      ),
    },
    { key: "place", title: t("app:thing.location"), width: 110, wide: true, cell: (row) => <Id>{row.location_id}</Id> },
    { key: "state", title: t("order:state"), width: 110, cell: (row) => t(`order:states.${row.state}`) },
    figure("requested", true),
    {
      key: "held",
      title: t("order:held"),
      width: 90,
      figure: true,
      cell: (row) => <Quantity of={row} value={row.quantity} />,
    },
    figure("deducted", true),
    figure("released", true),
    {
      key: "until",
      title: t("order:until"),
      width: 170,
      wide: true,
      cell: (row) =>
        row.state !== "active" ? null : row.committed ? (
          t("app:figure.paid")
        ) : (
          <Deadline at={row.expires_at} skew={skew} />
        ),
    },
    {
      key: "lots",
      title: t("order:lots"),
      width: 180,
      wide: true,
      cell: (row) => <bdi>{(row.lots ?? []).map((of) => `${lotText(of.lot)} × ${of.quantity ?? 0}`).join("; ")}</bdi>,
    },
  ];
  return <DataTable label={t("order:what")} columns={columns} rows={lines} rowKey={(row) => row.reservation_id} />;
}
