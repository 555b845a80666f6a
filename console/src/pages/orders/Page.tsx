import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { Button } from "antd";
import type { components } from "holdfast-client";
import { useTranslation } from "react-i18next";
import { orderNamed, orders } from "../../api/orderQueries.ts";
import { skewOf } from "../../format/time.ts";
import { Answer, Empty, Page, Waiting } from "../../parts/Frame.tsx";
import { usePages } from "../../parts/usePages.ts";
import { Filters } from "./Filters.tsx";
import { OrderTable } from "./OrderTable.tsx";
import { Tabbed } from "./Tabbed.tsx";

const route = getRouteApi("/orders");

type Order = components["schemas"]["OrderSummary"];
type Orders = components["schemas"]["ListOrdersResponse"];

export function OrdersPage() {
  const { t } = useTranslation(["orders", "app"]);
  const search = route.useSearch();
  const navigate = useNavigate();
  const { q, state, loc, ch, product, customer, due, sort } = search;
  const filter = {
    q,
    state,
    location_id: loc,
    channel_id: ch,
    product_id: product,
    customer_id: customer,
    due_before: due,
    sort,
  };
  const { rows, answer, gone, waiting, renew, onSeen } = usePages<Order, Orders>(
    JSON.stringify(search),
    ({ order_id }) => order_id,
    (token, live) => orders(filter, token, live),
  );
  // A whole id means that order, whatever its state.
  const named = useQuery(orderNamed(q ?? ""));
  const found = named.data?.items.filter((one) => !rows.some((row) => row?.order_id === one.order_id)) ?? [];
  const skew = skewOf(answer.data?.as_of, answer.dataUpdatedAt);
  const nothing = rows.length === 0 && found.length === 0;
  return (
    <Page
      title={t("orders:title")}
      name={t("orders:title")}
      purpose={t("orders:purpose")}
      guide="order-life"
      reading={{ asOf: answer.data?.as_of, came: answer.dataUpdatedAt, error: answer.error }}
    >
      <Tabbed active="orders">
        <Filters search={search} />
        <Answer of={answer} what={t("orders:what")} rows={12}>
          {() => (
            <>
              <Waiting count={waiting} onShow={renew} />
              {found.length > 0 && (
                <section aria-label={t("orders:named")}>
                  <p className="muted">{t("orders:named")}</p>
                  <OrderTable rows={found} skew={skew} />
                </section>
              )}
              {rows.length > 0 && <OrderTable rows={rows} skew={skew} gone={gone} onSeen={onSeen} />}
              {nothing && (
                <Empty
                  action={
                    Object.keys(search).length > 0 && (
                      <Button onClick={() => void navigate({ to: "/orders" })}>{t("app:frame.dropAll")}</Button>
                    )
                  }
                >
                  {q
                    ? t("orders:unknown")
                    : Object.keys(search).length > 0
                      ? t("app:frame.nothingMatches")
                      : t("orders:none")}
                </Empty>
              )}
            </>
          )}
        </Answer>
      </Tabbed>
    </Page>
  );
}
