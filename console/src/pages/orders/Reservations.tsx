import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { Button } from "antd";
import type { components } from "holdfast-client";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { holds } from "../../api/orderQueries.ts";
import { skewOf } from "../../format/time.ts";
import { mostChosen } from "../../parts/bulk.ts";
import { Answer, Empty, Page, Waiting } from "../../parts/Frame.tsx";
import { HoldTable } from "../../parts/HoldTable.tsx";
import { PlaceSelect } from "../../parts/PlaceSelect.tsx";
import { Typed } from "../../parts/Typed.tsx";
import { usePages } from "../../parts/usePages.ts";
import { Bulk } from "./Bulk.tsx";
import { Tabbed } from "./Tabbed.tsx";

const route = getRouteApi("/orders/reservations");

type Hold = components["schemas"]["Reservation"];
type Holds = components["schemas"]["ListReservationsResponse"];
type Search = ReturnType<typeof route.useSearch>;

/** The holds of all orders by their deadline, the first on top. */
export function ReservationsPage() {
  const { t } = useTranslation(["orders", "app"]);
  const search = route.useSearch();
  const navigate = useNavigate();
  const { rows, answer, gone, waiting, renew, onSeen } = usePages<Hold, Holds>(
    JSON.stringify(search),
    ({ reservation_id }) => reservation_id,
    (token, live) =>
      holds(
        { order_prefix: search.q, product_id: search.product, location_id: search.loc, channel_id: search.ch },
        token,
        live,
      ),
  );
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const read = rows.filter((row) => row !== undefined);
  const selected = read.filter(({ reservation_id }) => chosen.has(reservation_id));
  const set = (changed: { [Name in keyof Search]?: string | undefined }, replace = false) => {
    const next = Object.entries({ ...search, ...changed }).filter(([, value]) => value);
    void navigate({ to: "/orders/reservations", search: Object.fromEntries(next), replace });
  };
  const choose = ({ reservation_id: id }: Hold) =>
    setChosen((before) => {
      const next = new Set(before);
      if (!next.delete(id) && next.size < mostChosen) next.add(id);
      return next;
    });
  const filtered = Object.keys(search).length > 0;
  return (
    <Page
      title={t("orders:title")}
      name={t("orders:tab.reservations")}
      purpose={t("orders:holdsPurpose")}
      guide="order-life"
      reading={{ asOf: answer.data?.as_of, came: answer.dataUpdatedAt, error: answer.error }}
    >
      <Tabbed active="reservations">
        <search className="filters">
          <Typed value={search.q} label={t("orders:begins")} onChange={(q) => set({ q }, true)} width={200} main />
          <Typed
            value={search.product}
            label={t("orders:product")}
            onChange={(product) => set({ product }, true)}
            width={160}
          />
          <PlaceSelect value={search.loc} onChange={(loc) => set({ loc })} />
          <Typed value={search.ch} label={t("orders:ch")} onChange={(ch) => set({ ch }, true)} width={120} />
          <Button
            disabled={read.length === 0}
            onClick={() => setChosen(new Set(read.slice(0, mostChosen).map((row) => row.reservation_id)))}
          >
            {t("orders:chooseAll", { count: Math.min(read.length, mostChosen) })}
          </Button>
          <Button disabled={chosen.size === 0} onClick={() => setChosen(new Set())}>
            {t("orders:chooseNone")}
          </Button>
          <span className="found" role="status">
            {t("orders:chosen", { count: selected.length })}
          </span>
        </search>
        {selected.length > 0 && <Bulk chosen={selected} />}
        <Answer of={answer} what={t("orders:holds")} rows={12}>
          {() =>
            rows.length > 0 ? (
              <>
                <Waiting count={waiting} onShow={renew} />
                <HoldTable
                  rows={rows}
                  product
                  place
                  skew={skewOf(answer.data?.as_of, answer.dataUpdatedAt)}
                  gone={gone}
                  onSeen={onSeen}
                  chosen={chosen}
                  onChoose={choose}
                />
              </>
            ) : (
              <Empty
                action={
                  filtered && (
                    <Button onClick={() => void navigate({ to: "/orders/reservations" })}>
                      {t("app:frame.dropAll")}
                    </Button>
                  )
                }
              >
                {filtered ? t("app:frame.nothingMatches") : t("orders:noHolds")}
              </Empty>
            )
          }
        </Answer>
      </Tabbed>
    </Page>
  );
}
