import { DownloadOutlined } from "@ant-design/icons";
import { getRouteApi, useNavigate } from "@tanstack/react-router";
import { Button } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { type ItemFilter, items } from "../../api/itemQueries.ts";
import { every, slowly } from "../../api/queries.ts";
import type { ItemList, ListedItem } from "../../api/types.ts";
import { addTexts } from "../../app/i18n.ts";
import { useKeys } from "../../app/keys.ts";
import { csv, save } from "../../format/csv.ts";
import { decimal } from "../../format/decimal.ts";
import { figures, keyOf as keyOfItem } from "../../live/figures.ts";
import { useLiveUp, useWatched } from "../../live/useLive.ts";
import { DataTable } from "../../parts/DataTable.tsx";
import { Answer, Empty, Page, Waiting } from "../../parts/Frame.tsx";
import { around } from "../../parts/pages.ts";
import { usePages } from "../../parts/usePages.ts";
import { Bulk } from "./Bulk.tsx";
import { Chosen } from "./Chosen.tsx";
import { chooser } from "./chooser.tsx";
import { columnsOf, keyOf, watchedOf } from "./columns.tsx";
import { Filters } from "./Filters.tsx";
import en from "./texts.en.json";
import zh from "./texts.zh.json";
import { useMarked } from "./useMarked.ts";

addTexts("items", { en, zh });

const route = getRouteApi("/items");

export function ItemsPage() {
  const { t } = useTranslation(["items", "app"]);
  const filter = route.useSearch();
  const navigate = useNavigate();
  const name = JSON.stringify(filter);
  const pace = useLiveUp() ? slowly : every;
  const { rows, answer, gone, waiting, renew, seen, onSeen } = usePages<ListedItem, ItemList>(
    name,
    keyOf,
    (token, live) => items(filter, token, live && pace),
  );
  const { from, to } = around(seen.first, seen.last);
  const near = rows.slice(from, to).filter((row) => row !== undefined);
  useWatched(near.map((row) => watchedOf(row, filter.ch)));
  const marked = useMarked(name, filter);
  const plain = useMemo(() => columnsOf(t, filter.ch), [t, filter.ch]);
  const columns = [chooser(t, marked.rows, marked.choose), ...plain];
  const read = rows.filter((row) => row !== undefined);
  const chosen = [...marked.rows.values()];
  const newest = (row: ListedItem) => ({ ...row, ...figures.get(keyOfItem(watchedOf(row, filter.ch))) }) as ListedItem;
  const keep = () => save("holdfast-items.csv", table(read.map(newest)));
  useKeys({ e: keep });

  const show = (next: Change, replace = false) => void navigate({ to: "/items", search: clean(next), replace });
  return (
    <Page
      title={t("items:title")}
      name={t("items:title")}
      purpose={t("items:purpose")}
      guide="concepts"
      reading={{ asOf: answer.data?.as_of, came: answer.dataUpdatedAt, error: answer.error, pace, live: true }}
      actions={
        <Button icon={<DownloadOutlined />} disabled={read.length === 0} onClick={keep}>
          {t("items:export")}
        </Button>
      }
    >
      <Filters
        filter={filter}
        total={answer.data?.total}
        onChange={(changed, replace) => show({ ...filter, ...changed }, replace)}
      />
      {(chosen.length > 0 || marked.reading !== undefined || marked.failed !== undefined) && (
        <>
          <Chosen of={marked} />
          {chosen.length > 0 && marked.reading === undefined && (
            <Bulk chosen={chosen.map((row) => newest(row).inventory)} />
          )}
        </>
      )}
      <Answer of={answer} what={t("items:what")} rows={12}>
        {() =>
          rows.length === 0 ? (
            <Nothing filter={filter} onChange={show} />
          ) : (
            <>
              <Waiting count={waiting} onShow={renew} />
              <DataTable
                key={name}
                label={t("items:title")}
                fills
                columns={columns}
                rows={rows}
                rowKey={keyOf}
                rowClass={(row) => (gone.has(row) ? "gone" : "")}
                onSeen={onSeen}
                onMark={marked.choose}
                sort={filter.sort ?? "product"}
                onSort={(sort) => show({ ...filter, sort })}
                onOpen={({ inventory }) =>
                  void navigate({
                    to: "/items/$product",
                    params: { product: inventory.product_id },
                    search: { loc: inventory.location_id, ...(filter.ch ? { ch: filter.ch } : {}) },
                  })
                }
              />
            </>
          )
        }
      </Answer>
    </Page>
  );
}

type Change = { [Name in keyof ItemFilter]?: string | undefined };

function Nothing(props: { filter: ItemFilter; onChange: (next: Change) => void }) {
  const { t } = useTranslation(["items", "app"]);
  const { sort, ...filters } = props.filter;
  const set = Object.keys(filters) as (keyof typeof filters)[];
  if (set.length === 0) return <Empty action={<p className="muted">{t("items:noneHint")}</p>}>{t("items:none")}</Empty>;
  const { [set[set.length - 1] as keyof typeof filters]: _, ...fewer } = filters;
  return (
    <Empty action={<Button onClick={() => props.onChange({ ...fewer, sort })}>{t("app:frame.dropLast")}</Button>}>
      {t("app:frame.nothingMatches")}
    </Empty>
  );
}

function clean(filter: Change): ItemFilter {
  return Object.fromEntries(Object.entries(filter).filter(([, value]) => value)) as ItemFilter;
}

function table(rows: ListedItem[]): string {
  const head = [
    "product_id",
    "title",
    "location_id",
    "state",
    "on_hand",
    "reserved_stock",
    "available_stock",
    "in_transit",
    "unit",
    "updated_at",
  ];
  return csv(
    head,
    rows.map(({ inventory: one, title, state }) => {
      const figure = (value: number | undefined) =>
        value === undefined ? "" : one.scale ? decimal(value, one.scale).replaceAll(",", "").replace("−", "-") : value;
      return [
        one.product_id,
        title,
        one.location_id,
        state,
        figure(one.on_hand),
        figure(one.reserved_stock),
        figure(one.available_stock),
        figure(one.in_transit),
        one.unit,
        one.updated_at,
      ];
    }),
  );
}
