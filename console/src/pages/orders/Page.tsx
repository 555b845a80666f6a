import { useQuery } from "@tanstack/react-query";
import { getRouteApi, Link, useNavigate } from "@tanstack/react-router";
import { Button } from "antd";
import { useTranslation } from "react-i18next";
import { holds } from "../../api/queries.ts";
import { addTexts } from "../../app/i18n.ts";
import { Answer, Empty, Page } from "../../parts/Frame.tsx";
import { HoldTable } from "../../parts/HoldTable.tsx";
import { PlaceSelect } from "../../parts/PlaceSelect.tsx";
import { Typed } from "../../parts/Typed.tsx";
import en from "./texts.en.json";
import zh from "./texts.zh.json";

addTexts("orders", { en, zh });

const route = getRouteApi("/orders");

type Search = ReturnType<typeof route.useSearch>;

export function OrdersPage() {
  const { t } = useTranslation(["orders", "app"]);
  const search = route.useSearch();
  const navigate = useNavigate();
  const asked = useQuery(
    holds({ order_prefix: search.q, product_id: search.product, location_id: search.loc, channel_id: search.ch }),
  );
  const set = (changed: { [Name in keyof Search]?: string | undefined }, replace = false) => {
    const next = Object.entries({ ...search, ...changed }).filter(([, value]) => value);
    void navigate({ to: "/orders", search: Object.fromEntries(next), replace });
  };
  return (
    <Page
      title={t("orders:title")}
      name={t("orders:title")}
      purpose={t("orders:purpose")}
      guide="order-life"
      reading={{ asOf: asked.data?.as_of, came: asked.dataUpdatedAt, error: asked.error }}
    >
      <search className="filters">
        <Typed value={search.q} label={t("orders:order")} onChange={(q) => set({ q }, true)} width={200} main />
        <Typed
          value={search.product}
          label={t("orders:product")}
          onChange={(product) => set({ product }, true)}
          width={160}
        />
        <PlaceSelect value={search.loc} onChange={(loc) => set({ loc })} />
        <Typed value={search.ch} label={t("orders:channel")} onChange={(ch) => set({ ch }, true)} width={120} />
        {search.q && (
          <Link to="/orders/$order" params={{ order: search.q }}>
            {t("orders:open", { id: search.q })}
          </Link>
        )}
      </search>
      <Answer of={asked} what={t("orders:what")} rows={12}>
        {(data) =>
          data.items.length > 0 ? (
            <>
              {data.next_page_token && <p className="frame muted">{t("orders:more", { count: data.items.length })}</p>}
              <HoldTable rows={data.items} product place />
            </>
          ) : Object.keys(search).length === 0 ? (
            <Empty>{t("orders:none")}</Empty>
          ) : (
            <Empty action={<Button onClick={() => void navigate({ to: "/orders" })}>{t("app:frame.dropAll")}</Button>}>
              {t("app:frame.nothingMatches")}
            </Empty>
          )
        }
      </Answer>
    </Page>
  );
}
