import { Link } from "@tanstack/react-router";
import type { TFunction } from "i18next";
import type { ReactNode } from "react";
import type { ListedItem } from "../../api/types.ts";
import type { Figures, Watched } from "../../live/figures.ts";
import { useFigures } from "../../live/useLive.ts";
import type { Column } from "../../parts/DataTable.tsx";
import { Id } from "../../parts/Id.tsx";
import { Live } from "../../parts/Live.tsx";
import { Quantity } from "../../parts/Quantity.tsx";
import { StateBadge } from "../../parts/StateBadge.tsx";
import { StockBar } from "../../parts/StockBar.tsx";
import { Time } from "../../parts/Time.tsx";
import { stateOf } from "../../states.ts";

type Texts = TFunction<["items", "app"]>;

/** The identity of a row: an item has no id of its own. */
export function keyOf({ inventory }: ListedItem): string {
  return `${inventory.product_id}/${inventory.location_id}`;
}

/** The row as it is looked at, on a channel or on all. */
export function watchedOf({ inventory }: ListedItem, channel: string | undefined): Watched {
  const { product_id, location_id } = inventory;
  return { product_id, location_id, ...(channel ? { channel_id: channel } : {}) };
}

export function columnsOf(t: Texts, channel: string | undefined): Column<ListedItem>[] {
  const live = (row: ListedItem, value: (now: Figures) => string | number, draw: (now: Figures) => ReactNode) => (
    <Live item={watchedOf(row, channel)} read={row} value={value}>
      {draw}
    </Live>
  );
  // A figure leads to what it is made of.
  const figure = (row: ListedItem, of: (now: Figures["inventory"]) => number, tab: string) =>
    live(
      row,
      ({ inventory }) => of(inventory),
      ({ inventory }) => made(of(inventory), inventory, tab),
    );
  const made = (value: number, inventory: Figures["inventory"], tab: string) => {
    const shown = <Quantity of={inventory} value={inventory.tracked ? value : undefined} />;
    if (!inventory.tracked || value === 0) return shown;
    const search = { loc: inventory.location_id, tab, ...(channel ? { ch: channel } : {}) };
    return (
      <Link className="made-of" to="/items/$product" params={{ product: inventory.product_id }} search={search}>
        {shown}
      </Link>
    );
  };
  return [
    {
      key: "product",
      title: t("items:product"),
      sort: "product",
      width: 200,
      second: ({ inventory }) => <Id>{inventory.location_id}</Id>,
      cell: ({ inventory, title }) => (
        <>
          <Link
            to="/items/$product"
            params={{ product: inventory.product_id }}
            search={{ loc: inventory.location_id, ...(channel ? { ch: channel } : {}) }}
          >
            <Id>{inventory.product_id}</Id>
          </Link>{" "}
          {title && <bdi className="muted">{title}</bdi>}
        </>
      ),
    },
    {
      key: "place",
      title: t("items:placeHead"),
      width: 100,
      wide: true,
      cell: ({ inventory }) => <Id>{inventory.location_id}</Id>,
    },
    {
      key: "state",
      title: t("items:state"),
      width: 115,
      cell: (row) => live(row, stateNow, (now) => <StateBadge state={stateNow(now)} />),
    },
    {
      key: "on_hand",
      title: t("app:figure.on_hand"),
      sort: "on_hand",
      figure: true,
      width: 80,
      wide: true,
      cell: (row) => figure(row, (now) => now.on_hand, "accounts"),
    },
    {
      key: "held",
      title: t("items:held"),
      sort: "held",
      figure: true,
      width: 75,
      wide: true,
      cell: (row) => figure(row, (now) => now.reserved_stock, "orders"),
    },
    {
      key: "available",
      title: t("app:figure.available"),
      sort: "available",
      figure: true,
      width: 95,
      cell: (row) => <span className="strong">{figure(row, (now) => now.available_stock, "channels")}</span>,
    },
    {
      key: "parts",
      title: t("items:parts"),
      width: 110,
      wide: true,
      cell: (row) => <Bar item={watchedOf(row, channel)} read={row} />,
    },
    {
      key: "transit",
      title: t("app:part.transit"),
      figure: true,
      width: 85,
      wide: true,
      cell: (row) => figure(row, (now) => now.in_transit ?? 0, "accounts"),
    },
    {
      key: "updated",
      title: t("app:figure.changed"),
      sort: "updated",
      width: 160,
      wide: true,
      cell: (row) =>
        live(
          row,
          () => 0, // it changes whenever anything else does
          ({ inventory }) => <Time at={inventory.updated_at} />,
        ),
    },
  ];
}

const stateNow = ({ state, inventory }: Figures) => state ?? stateOf(inventory);

function Bar({ item, read }: { item: Watched; read: Figures }) {
  const { inventory } = useFigures(item) ?? read;
  return (
    <StockBar
      of={inventory}
      segments={[
        { part: "pool", value: inventory.available_stock },
        { part: "held", value: inventory.reserved_stock },
        { part: "withheld", value: inventory.withheld ?? 0 },
        { part: "quality", value: inventory.quality ?? 0 },
        { part: "damaged", value: inventory.damaged ?? 0 },
      ]}
    />
  );
}
