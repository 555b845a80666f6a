import { useQuery } from "@tanstack/react-query";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { Button, Select } from "antd";
import type { components } from "holdfast-client";
import { useTranslation } from "react-i18next";
import { product, titleOf } from "../../api/itemQueries.ts";
import { every, slowly } from "../../api/queries.ts";
import { addTexts } from "../../app/i18n.ts";
import { quantity } from "../../format/decimal.ts";
import { useAsOf, useLiveUp, useNewest, useWatched } from "../../live/useLive.ts";
import { Answer, Page } from "../../parts/Frame.tsx";
import { Id } from "../../parts/Id.tsx";
import { Changing } from "../../parts/Live.tsx";
import { StateBadge } from "../../parts/StateBadge.tsx";
import { Tabs } from "../../parts/Tabs.tsx";
import { stateOf } from "../../states.ts";
import { Actions } from "./actions/Actions.tsx";
import { pastOf } from "./moment.ts";
import { Past } from "./Past.tsx";
import { Accounts } from "./tabs/Accounts.tsx";
import { Channels } from "./tabs/Channels.tsx";
import { Journal } from "./tabs/Journal.tsx";
import { Lots } from "./tabs/Lots.tsx";
import { Orders } from "./tabs/Orders.tsx";
import { Places } from "./tabs/Places.tsx";
import { Promised } from "./tabs/Promised.tsx";
import { Why } from "./tabs/Why.tsx";
import en from "./texts.en.json";
import zh from "./texts.zh.json";
import { Where } from "./Where.tsx";

addTexts("item", { en, zh });

const route = getRouteApi("/items/$product");

type Product = components["schemas"]["ProductInventory"];

export function ItemPage() {
  const { t } = useTranslation(["item", "app"]);
  const { product: id } = route.useParams();
  const { loc } = route.useSearch();
  const pace = useLiveUp() ? slowly : every;
  const asked = useQuery(product(id, pace));
  const { data: title } = useQuery(titleOf(id));
  return (
    <Page
      title={
        <>
          <Id>{id}</Id> {title && <bdi className="muted">{title}</bdi>}
        </>
      }
      name={id}
      purpose={t("item:purpose")}
      guide="order-life"
      reading={{ asOf: asked.data?.as_of, came: asked.dataUpdatedAt, error: asked.error, pace, live: true }}
    >
      <div className="limited">
        <Answer of={asked} what={t("item:what")}>
          {(data) => <Item id={id} data={data} loc={loc ?? only(data)} />}
        </Answer>
      </div>
    </Page>
  );
}

/** A product at one place only is shown there. */
function only({ locations }: Product): string | undefined {
  return locations.length === 1 ? locations[0]?.location_id : undefined;
}

/** One stream may have so many. */
const watched = 500;

function Item({ id, data: read, loc }: { id: string; data: Product; loc: string | undefined }) {
  useWatched(read.locations.slice(0, watched).map(({ product_id, location_id }) => ({ product_id, location_id })));
  const data = { ...read, locations: useNewest(read.locations) };
  const asOf = useAsOf(read.as_of);
  const { t } = useTranslation(["item", "app"]);
  const { tab, ch, at: asked } = route.useSearch();
  const past = pastOf(asked);
  const navigate = useNavigate({ from: "/items/$product" });
  const at = data.locations.find(({ location_id }) => location_id === loc);
  const set = (changed: { loc?: string; tab?: string; at?: string | undefined }) => {
    const next = { loc, tab, ch, at: past, ...changed };
    void navigate({ to: ".", search: Object.fromEntries(Object.entries(next).filter(([, value]) => value)) });
  };
  const tabs = [
    { key: "accounts", children: <Accounts id={id} loc={loc} /> },
    { key: "why", children: <Why id={id} loc={loc} /> },
    ...(data.locations.length > 1 ? [{ key: "places", children: <Places product={data} /> }] : []),
    { key: "channels", children: <Channels id={id} loc={loc} /> },
    { key: "orders", children: <Orders id={id} loc={loc} /> },
    { key: "journal", children: <Journal id={id} loc={loc} of={data} /> },
    { key: "lots", children: <Lots id={id} loc={loc} /> },
    { key: "promised", children: <Promised id={id} loc={loc} /> },
  ].map((one) => ({ ...one, label: t(`item:tab.${one.key}`) }));

  return (
    <>
      <div className="filters">
        <Select
          aria-label={t("item:place")}
          style={{ minWidth: 200 }}
          popupMatchSelectWidth={false}
          showSearch
          value={loc ?? ""}
          options={[
            ...(data.locations.length > 1 ? [{ value: "", label: t("item:allPlaces") }] : []),
            ...data.locations.map(({ location_id }) => ({ value: location_id, label: location_id })),
          ]}
          onChange={(value) => set({ loc: value })}
        />
        {!past && <Button onClick={() => set({ at: asOf ?? new Date().toISOString() })}>{t("item:past.look")}</Button>}
        {at && !past && (
          <>
            <Changing value={stateOf(at)}>
              <StateBadge state={stateOf(at)} />
            </Changing>
            {at.retired && <span>{t("item:retired")}</span>}
            {at.channels_off && at.channels_off.length > 0 && (
              <span>{t("item:offChannels", { channels: at.channels_off.join(", ") })}</span>
            )}
            {at.low_stock_threshold > 0 && (
              <span className="muted">
                {t("item:thresholdNote", { threshold: quantity(at.low_stock_threshold, at.unit, at.scale) })}
              </span>
            )}
            <span className="muted figure">{t("item:version", { version: at.version })}</span>
          </>
        )}
        {!at && loc && <span>{t("item:notHere", { product: id })}</span>}
        {!loc && <span className="muted">{t("item:sum")}</span>}
      </div>
      {past ? (
        <Past id={id} loc={loc} at={past} of={data} onAt={(at) => set({ at })} />
      ) : (
        <>
          <Where id={id} loc={loc} product={data} />
          {at && <Actions item={at} asOf={asOf} />}
          <Tabs
            label={id}
            tabs={tabs}
            active={tab ?? (loc ? "accounts" : "places")}
            onChange={(key) => set({ tab: key })}
          />
        </>
      )}
    </>
  );
}
